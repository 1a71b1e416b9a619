using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Shards;

/// <content>What other threads leave for the shard.</content>
internal sealed partial class ShardLoop
{
    /// <summary>Places that a survey looks at in a turn: a millisecond, when a name must be read at each.</summary>
    private const int SurveyPortion = 1_024;

    /// <summary>Between two portions, so that devices have most of the shard's time.</summary>
    private static readonly TimeSpan SurveyPause = TimeSpan.FromMilliseconds(1);

    private readonly Queue<SurveyOrder> _surveys = new();

    private bool TakeMail(Instant now)
    {
        for (var taken = 0; taken < TurnBatch; taken++)
        {
            if (!_mail.TryTake(out var mail))
            {
                return false;
            }

            Handle(now, mail);
        }

        return true;
    }

    private void Handle(Instant now, in ShardMail mail)
    {
        switch (mail.Kind)
        {
            case ShardMail.MailKind.WorkResult:
                _shard.HandleWork(now, mail.WorkResult!);
                break;
            case ShardMail.MailKind.Order:
                _shard.HandleOrder(now, mail.Order);
                break;
            case ShardMail.MailKind.Receipt:
                _shard.HandleReceipt(now, mail.Receipt);
                break;
            case ShardMail.MailKind.Upstream:
                _shard.HandleUpstream(mail.Upstream);
                break;
            case ShardMail.MailKind.Delivery:
                _shard.HandleDelivery(now, mail.Delivery);
                _group.Upstream.Acknowledge(new DeliveryAcknowledgement(mail.Delivery.Ticket));
                break;
            case ShardMail.MailKind.Turn:
                _shard.HandleTurn(now, mail.Turn);
                break;
            case ShardMail.MailKind.DeskAnswer:
                _shard.HandleDeskAnswer(now, mail.DeskAnswer);
                break;
            case ShardMail.MailKind.Subscription:
                _shard.HandleSubscription(now, mail.Subscription);
                break;
            case ShardMail.MailKind.Drain:
                _shard.BeginDrain(now, mail.DrainLimit);
                break;
            case ShardMail.MailKind.Handover:
                _shard.BeginHandover(now, mail.DrainLimit);
                break;
            case ShardMail.MailKind.Save:
                Saved.TrySetResult(_shard.Save(now));
                break;
            case ShardMail.MailKind.CloseSaved:
                _shard.CloseSaved(now);
                break;
            case ShardMail.MailKind.Clock:
                _shard.AcceptsHandshakes = mail.ClockIsRight;
                break;
            case ShardMail.MailKind.Generation:
                _shard.HandleGeneration(now, mail.Generation!);
                break;
            case ShardMail.MailKind.Survey:
                _surveys.Enqueue(mail.Survey!);
                break;
        }
    }

    /// <summary>One portion of the oldest survey; one that nobody waits for any more is dropped.</summary>
    private void GoOnWithSurvey(Instant now)
    {
        if (_surveys.TryPeek(out var order) && (order.IsOver || _shard.Continue(now, order.Survey, SurveyPortion)))
        {
            _surveys.Dequeue();
            order.Complete();
        }
    }
}
