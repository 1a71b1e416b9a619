using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>Who observes topics: what they are told of values, and how it ends (RFC 7641 §4.2).</summary>
internal sealed class StateObservers(RelayContext context, StateCache cache)
{
    /// <summary>Seconds that a value counts as fresh for an observer: it is told of changes, and need not ask again before.</summary>
    public const uint ObservedMaxAge = 86_400;

    public static Answer NoValue { get; } = new(CoapCode.NotFound, "no-value: nothing is retained");

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

    public void EndAll(TopicState state, in Answer answer)
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
