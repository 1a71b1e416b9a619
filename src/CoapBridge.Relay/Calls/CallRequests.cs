using System.Buffers.Binary;
using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// POST to a route of kind Call: a message with a Response Topic of the gateway's, whose answer is the device's
/// (MQTT 5 §4.10). One topic serves all calls of the gateway; the Correlation Data says whose an answer is, and holds what
/// nobody can guess.
/// </summary>
internal sealed class CallRequests(RelayContext context)
{
    private const int CorrelationLength = sizeof(ushort) + sizeof(ulong) + 8;

    private SubscriptionStatus? _status;
    private string? _responseTopic;

    /// <summary>Begins to listen for answers as soon as there is a route that wants any.</summary>
    public void HandleSettings()
    {
        if (_responseTopic is null && context.Settings.Routes.Routes.Any(route => route.Kind == RouteKind.Call))
        {
            _responseTopic = $"{context.Settings.GatewayTopic}/r/calls";
            context.Subscriptions.Enqueue(new SubscriptionChange(context.Shard, _responseTopic, Wanted: true, WantsRetained: false));
        }
    }

    public void Handle(in RelayRequest request)
    {
        if (RequestToPublish.Translate(request, context, PolicyAction.Call, out var refusal) is not { } message
            || !context.TryAdmit(request.Now, request.Client, out refusal) || !IsListening(out refusal))
        {
            context.Answer(request, refusal);
            return;
        }

        var call = new OpenCall();
        var ticket = context.Begin(request, call);
        call.Correlation = NewCorrelation(ticket);
        context.Publish(ticket, message with
        {
            QualityOfService = request.Route.Quality ?? QualityOfService.AtLeastOnce,
            Retain = false,
            ResponseTopic = _responseTopic,
            CorrelationData = call.Correlation,
        });
    }

    /// <summary>The broker has the call, or will not; only a failure ends it.</summary>
    public void HandleReceipt(Instant now, in Receipt receipt, in Answer answer)
    {
        var isUnheard = receipt is { Outcome: ReceiptOutcome.Acknowledged, Reason: MqttReasonCode.NoMatchingSubscribers };
        if ((isUnheard || answer.Code.Class != 2) && context.Open.TryEnd(receipt.Ticket, out var open))
        {
            context.Answer(now, open, isUnheard ? new Answer(CoapCode.GatewayTimeout, "nobody-there: no one takes this call") : answer);
        }
    }

    /// <summary>True when the delivery was meant for calls, of whichever shard.</summary>
    public bool TryHandleDelivery(Instant now, in Delivery delivery)
    {
        if (delivery.Filter != _responseTopic)
        {
            return false;
        }

        var correlation = delivery.Message.CorrelationData is { } data ? data.Span : default;
        if (correlation.Length != CorrelationLength)
        {
            // Nobody's, so the first shard counts it.
            context.Counters.LateAnswers += context.Shard == 0 ? 1 : 0;
        }
        else if (BinaryPrimitives.ReadUInt16BigEndian(correlation) == context.Shard)
        {
            HandleAnswer(now, BinaryPrimitives.ReadUInt64BigEndian(correlation[sizeof(ushort)..]), correlation, delivery.Message);
        }

        return true;
    }

    public void HandleStatus(in SubscriptionStatus status)
    {
        if (status.Filter == _responseTopic)
        {
            _status = status;
        }
    }

    public void HandleUpstream(in UpstreamStatus status) => _status = status.State == UpstreamState.Connected ? _status : null;

    private void HandleAnswer(Instant now, ulong ticket, ReadOnlySpan<byte> correlation, ApplicationMessage message)
    {
        if (context.Open.TryFind(ticket, out var open) && open.Detail is OpenCall call && correlation.SequenceEqual(call.Correlation))
        {
            context.Open.TryEnd(ticket, out _);
            context.Answer(now, open, Answer.Changed with { Content = new Content(message.Payload) { Format = ContentFormats.Of(message) } });
        }
        else
        {
            context.Counters.LateAnswers++;
        }
    }

    private bool IsListening(out Answer refusal)
    {
        refusal = _status switch
        {
            { State: SubscriptionState.Refused, Reason: var reason } => new Answer(CoapCode.BadGateway, $"broker-refused: 0x{(byte)reason:x2}"),
            null => new Answer(CoapCode.ServiceUnavailable, "no-answers: retry", MaxAge: 1),
            _ => default,
        };
        return refusal == default;
    }

    private byte[] NewCorrelation(ulong ticket)
    {
        var correlation = new byte[CorrelationLength];
        BinaryPrimitives.WriteUInt16BigEndian(correlation, (ushort)context.Shard);
        BinaryPrimitives.WriteUInt64BigEndian(correlation.AsSpan(sizeof(ushort)), ticket);
        context.Entropy.Fill(correlation.AsSpan(sizeof(ushort) + sizeof(ulong)));
        return correlation;
    }
}
