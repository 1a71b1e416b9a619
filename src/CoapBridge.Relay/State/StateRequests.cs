using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// GET of a topic's retained message, with and without Observe (PRODUCT.md, "State"). A value is known when the broker has
/// delivered it, or has had the time to.
/// </summary>
internal sealed class StateRequests(RelayContext context, StateCache cache, StateObservers observers, StateChanges changes)
{
    /// <summary>GET, with and without Observe.</summary>
    public void HandleRead(in RelayRequest request)
    {
        Token? observer = request.Message.TryGetUInt32(OptionNumber.Observe, out var observe) && observe == 0 ? new Token(request.Message.Token) : null;
        if (observer is { } token && request.Client.Record?.Take(token) is StateObservation before)
        {
            observers.Forget(request.Now, before); // RFC 7641 §4.1: a registration under the same token replaces the one before
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

    /// <summary>The answer came too late, or there will be none.</summary>
    public void HandleTimeout(Instant now, StateRequest ask)
    {
        var state = ask.Topic;
        state.Readers.Remove(ask);
        changes.HandleTimeout(now, ask);
        cache.Settle(now, state);
    }

    /// <summary>The value is known now: whoever waits for it goes on.</summary>
    public void HandleKnown(Instant now, TopicState state)
    {
        state.IsKnown = true;
        state.Refusal = null;
        state.Awaited = null; // what the broker says now is after every change before
        var readers = state.Readers.ToArray();
        state.Readers.Clear();
        foreach (var ask in readers)
        {
            if (context.Open.TryEnd(ask.Ticket, out var open))
            {
                AnswerRead(now, open, ask);
            }
        }

        changes.WriteNext(now, state);
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

        observers.EndAll(state, refusal);
        changes.WriteNext(now, state);
        cache.Settle(now, state);
    }

    private void AnswerRead(Instant now, in OpenRequest open, StateRequest ask)
    {
        var value = ask.Topic.Value is { } held && !held.HasExpired(now) ? held : null;
        if (value is null || !value.Satisfies(ask.Accept))
        {
            context.Answer(now, open, value is null ? StateObservers.NoValue : UplinkRelay.NotAcceptable);
        }
        else if (ask.Observer is { } token)
        {
            // With the content even to one that has it: all notifications have the Content-Format of this answer (RFC 7641 §4.2).
            var observation = new StateObservation(open.Client, token, ask.Topic, ask.Accept);
            ask.Topic.Add(observation);
            open.Client.Recorded.Add(observation);
            context.Answer(now, open, value.ToAnswer(now, StateObservers.ObservedMaxAge) with { Observe = true });
        }
        else
        {
            context.Answer(now, open, ask.Has(value) ? value.ToValid(now, null) : value.ToAnswer(now, null));
        }
    }
}
