using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// GET, PUT and DELETE of a topic's retained message (PRODUCT.md, "State"). A value is known when the broker has delivered it,
/// or has had the time to; preconditions are compared here, and the changes of a topic go to the broker one after the other.
/// </summary>
internal sealed class StateRequests(RelayContext context, StateCache cache)
{
    /// <summary>Seconds that a value counts as fresh for an observer: it is told of changes, and need not ask again before.</summary>
    public const uint ObservedMaxAge = 86_400;

    public static Answer NoValue { get; } = new(CoapCode.NotFound, "no-value: nothing is retained");

    /// <summary>GET, with and without Observe.</summary>
    public void HandleRead(in RelayRequest request)
    {
        Token? observer = request.Message.TryGetUInt32(OptionNumber.Observe, out var observe) && observe == 0 ? new Token(request.Message.Token) : null;
        if (observer is { } token && request.Client.Record?.Take(token) is StateObservation before)
        {
            Forget(request.Now, before); // RFC 7641 §4.1: a registration under the same token replaces the one before
        }

        if (RequestToPublish.TopicOf(request) is not { } topic)
        {
            context.Answer(request, RequestToPublish.BadPath);
        }
        else if (!context.Permits(request, observer is null ? PolicyAction.Get : PolicyAction.Observe, topic))
        {
            context.Answer(request, RequestToPublish.NotAllowed);
        }
        else if (!context.TryAdmit(request.Now, request.Client, out var refusal) || cache.Claim(request, topic, out refusal) is not { } state)
        {
            context.Answer(request, refusal);
        }
        else
        {
            var ask = StateRequest.Of(request, state, null, observer);
            if (state.Refusal is { } refused)
            {
                context.Answer(request, refused);
            }
            else if (state.IsKnown)
            {
                AnswerRead(request.Now, new OpenRequest(request.Client, request.Exchange, request.WantsTime, ask), ask);
            }
            else
            {
                ask.Ticket = context.Begin(request, ask);
                state.Readers.Add(ask);
            }

            cache.Settle(request.Now, state);
        }
    }

    /// <summary>PUT and DELETE.</summary>
    public void HandleChange(in RelayRequest request)
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
                SetValue(now, state, change.IsDelete ? null : new StateValue(now, change.Message!), change.Message!.QualityOfService);
            }

            WriteNext(now, state);
        }

        cache.Settle(now, state);
    }

    /// <summary>The answer came too late, or there will be none.</summary>
    public void HandleTimeout(Instant now, StateRequest ask)
    {
        var state = ask.Topic;
        state.Readers.Remove(ask);
        if (ReferenceEquals(state.Writing, ask))
        {
            state.Writing = null;
        }

        WriteNext(now, state);
        cache.Settle(now, state);
    }

    /// <summary>The value is known now: whoever waits for it goes on.</summary>
    public void HandleKnown(Instant now, TopicState state)
    {
        state.IsKnown = true;
        state.Refusal = null;
        var readers = state.Readers.ToArray();
        state.Readers.Clear();
        foreach (var ask in readers)
        {
            if (context.Open.TryEnd(ask.Ticket, out var open))
            {
                AnswerRead(now, open, ask);
            }
        }

        WriteNext(now, state);
        cache.Settle(now, state);
    }

    /// <summary>The broker does not let the gateway read the topic: nothing can be said of it.</summary>
    public void HandleRefused(Instant now, TopicState state, in Answer refusal)
    {
        state.Refusal = refusal;
        var waiting = state.Readers.Concat(state.Writers).ToArray();
        state.Readers.Clear();
        state.Writers.Clear();
        foreach (var ask in waiting)
        {
            if (context.Open.TryEnd(ask.Ticket, out var open))
            {
                context.Answer(now, open, refusal);
            }
        }

        EndAll(state, refusal);
        cache.Settle(now, state);
    }

    /// <summary>A new value, or none any more; observers are told unless it is what they have.</summary>
    public void SetValue(Instant now, TopicState state, StateValue? value, QualityOfService quality)
    {
        var before = state.Value;
        cache.SetValue(state, value);
        if (value is null)
        {
            EndAll(state, NoValue);
        }
        else if (!value.IsSameAs(before))
        {
            Tell(now, state, value, quality);
        }
    }

    /// <summary>Tells every observer; one that cannot take the format is told that, and is none any more (RFC 7641 §4.2).</summary>
    public void Tell(Instant now, TopicState state, StateValue value, QualityOfService quality)
    {
        var answer = value.ToAnswer(now, ObservedMaxAge);
        for (var place = state.Observers.Count - 1; place >= 0; place--)
        {
            var observer = state.Observers[place];
            if (!context.Permits(now, observer.Client, PolicyAction.Observe, state.Topic))
            {
                End(observer, RequestToPublish.NotAllowed);
            }
            else if (!value.Satisfies(observer.Accept))
            {
                End(observer, UplinkRelay.NotAcceptable);
            }
            else
            {
                context.Notifications.Enqueue(new RelayNotification(observer.Client, observer.Token, answer, quality != QualityOfService.AtMostOnce));
            }
        }
    }

    /// <summary>A device observes no more.</summary>
    public void Forget(Instant now, StateObservation observation)
    {
        observation.Topic.Remove(observation);
        cache.Settle(now, observation.Topic);
    }

    private void AnswerRead(Instant now, in OpenRequest open, StateRequest ask)
    {
        var value = ask.Topic.Value is { } held && !held.HasExpired(now) ? held : null;
        if (value is null || !value.Satisfies(ask.Accept))
        {
            context.Answer(now, open, value is null ? NoValue : UplinkRelay.NotAcceptable);
        }
        else if (ask.Observer is { } token)
        {
            // With the content even to one that has it: all notifications have the Content-Format of this answer (RFC 7641 §4.2).
            var observation = new StateObservation(open.Client, token, ask.Topic, ask.Accept);
            ask.Topic.Add(observation);
            open.Client.Recorded.Add(observation);
            context.Answer(now, open, value.ToAnswer(now, ObservedMaxAge) with { Observe = true });
        }
        else
        {
            context.Answer(now, open, ask.Has(value) ? value.ToValid(now, null) : value.ToAnswer(now, null));
        }
    }

    /// <summary>Sends the next change whose preconditions hold.</summary>
    private void WriteNext(Instant now, TopicState state)
    {
        while (state.IsKnown && state.Writing is null && state.Writers.TryDequeue(out var change))
        {
            if (!context.Open.TryFind(change.Ticket, out _))
            {
                continue;
            }

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
    }

    private void EndAll(TopicState state, in Answer answer)
    {
        for (var place = state.Observers.Count - 1; place >= 0; place--)
        {
            End(state.Observers[place], answer);
        }
    }

    private void End(StateObservation observer, in Answer answer)
    {
        observer.Topic.Remove(observer);
        observer.Client.Recorded.Take(observer.Token);
        context.Notifications.Enqueue(new RelayNotification(observer.Client, observer.Token, answer, Confirmable: true));
    }
}
