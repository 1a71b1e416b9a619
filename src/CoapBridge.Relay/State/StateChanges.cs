using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// PUT and DELETE of a topic's retained message (PRODUCT.md, "State"). Preconditions are compared here, and the changes of a
/// topic go to the broker one after the other, from whichever shard: each waits for its shard's turn.
/// </summary>
internal sealed class StateChanges(RelayContext context, StateCache cache, StateObservers observers)
{
    public void Handle(in RelayRequest request)
    {
        if (RequestToPublish.Translate(request, context, PolicyAction.Retain, out var refusal) is not { } message
            || !context.TryAdmit(request.Now, request.Client, out refusal)
            || cache.Claim(request, message.Topic, out refusal) is not { } state
            || (refusal = state.Refusal ?? default) != default)
        {
            context.Answer(request, refusal);
            return;
        }

        // An empty retained message deletes [MQTT-3.3.1-6]; an empty PUT would do the same and say something else.
        var isDelete = request.Message.Code == CoapCode.Delete;
        if (!isDelete && message.Payload.IsEmpty)
        {
            context.Answer(request, new Answer(CoapCode.BadRequest, "empty: DELETE removes a value"));
            cache.Settle(request.Now, state);
            return;
        }

        var change = StateRequest.Of(request, state, isDelete ? message with { Payload = default } : message, observer: null);
        change.Ticket = context.Begin(request, change);
        state.Writers.Enqueue(change);
        WriteNext(request.Now, state);
        cache.Settle(request.Now, state);
    }

    /// <summary>What became of a change that was sent.</summary>
    public void HandleReceipt(Instant now, in OpenRequest open, StateRequest change, in Answer answer)
    {
        var state = change.Topic;
        var done = answer.Code.Class != 2 ? answer
            : answer with { Code = change.IsDelete ? CoapCode.Deleted : change.HadValue ? CoapCode.Changed : CoapCode.Created };
        context.Answer(now, open, done);
        if (ReferenceEquals(state.Writing, change))
        {
            state.Writing = null;

            // Until the broker has sent it back, it is newer than all that was delivered.
            if (answer.Code.Class == 2 && !change.IsDelivered)
            {
                observers.SetValue(now, state, change.IsDelete ? null : new StateValue(now, change.Message!), change.Message!.QualityOfService);
            }

            EndTurn(state, change, isWritten: answer.Code.Class == 2);
            WriteNext(now, state);
        }

        cache.Settle(now, state);
    }

    /// <summary>The broker did not answer a change in time.</summary>
    public void HandleTimeout(Instant now, StateRequest change)
    {
        if (ReferenceEquals(change.Topic.Writing, change))
        {
            change.Topic.Writing = null;
            EndTurn(change.Topic, change, isWritten: false);
        }

        WriteNext(now, change.Topic);
    }

    /// <summary>It is this shard's turn to change the topic.</summary>
    public void HandleTurn(Instant now, in TurnGrant grant)
    {
        if (cache.Find(grant.Topic) is not { Turn: TopicTurn.Asked } state)
        {
            context.Turns.Enqueue(new TurnRequest(context.Shard, grant.Topic, IsOver: true)); // who wanted it is gone
            return;
        }

        state.Turn = TopicTurn.Held;
        state.Awaited = grant.Written is { } written && !state.WasDelivered(written) ? written : null;
        WriteNext(now, state);
        cache.Settle(now, state);
    }

    /// <summary>A change of the gateway's has come back.</summary>
    public void HandleOwn(Instant now, TopicState state, string messageId)
    {
        state.Remember(messageId);
        if (state.Awaited == messageId)
        {
            state.Awaited = null;
            WriteNext(now, state);
        }
    }

    /// <summary>Sends the next change whose preconditions hold, in this shard's turn.</summary>
    public void WriteNext(Instant now, TopicState state)
    {
        while (state.IsKnown && state.Writing is null && state.Awaited is null && state.Writers.TryPeek(out var change))
        {
            if (!context.Open.TryFind(change.Ticket, out _))
            {
                state.Writers.Dequeue();
            }
            else if (state.Turn != TopicTurn.Held)
            {
                AskForTurn(state);
                return;
            }
            else
            {
                Write(now, state, state.Writers.Dequeue());
            }
        }

        if (state.Turn == TopicTurn.Held && state.Writing is null && state.Writers.Count == 0)
        {
            EndTurn(state, null, isWritten: false);
        }
    }

    private void Write(Instant now, TopicState state, StateRequest change)
    {
        var value = state.Value is { } held && !held.HasExpired(now) ? held : null;
        if (change.MeetsPreconditions(value))
        {
            change.HadValue = value is not null;
            state.Writing = change;
            context.Publish(change.Ticket, change.Message!);
        }
        else if (context.Open.TryEnd(change.Ticket, out var open))
        {
            context.Answer(now, open, new Answer(CoapCode.PreconditionFailed, "precondition: not met"));
        }
    }

    private void AskForTurn(TopicState state)
    {
        if (state.Turn == TopicTurn.None)
        {
            state.Turn = TopicTurn.Asked;
            context.Turns.Enqueue(new TurnRequest(context.Shard, state.Topic));
        }
    }

    /// <summary>One change is one turn, so that no shard keeps the others waiting.</summary>
    private void EndTurn(TopicState state, StateRequest? change, bool isWritten)
    {
        state.Turn = TopicTurn.None;
        state.Awaited = null;

        // With QoS 0 nobody knows whether it will be delivered, and with MQTT 3.1.1 nobody knows it again.
        var written = isWritten && context.Settings.HasMqtt5 && change!.Message!.QualityOfService != QualityOfService.AtMostOnce ? StateFeed.MessageId(change.Message) : null;
        if (written is not null)
        {
            state.Remember(written);
        }

        context.Turns.Enqueue(new TurnRequest(context.Shard, state.Topic, IsOver: true, written));
    }
}
