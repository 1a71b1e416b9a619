using CoapBridge.Coap;
using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>What is kept of a request for a topic's state while the value is not known or the broker has not answered.</summary>
internal sealed class StateRequest
{
    private StateRequest(TopicState topic, ApplicationMessage? message)
    {
        Topic = topic;
        Message = message;
    }

    public TopicState Topic { get; }

    /// <summary>What PUT and DELETE publish; null for GET.</summary>
    public ApplicationMessage? Message { get; }

    public bool IsDelete { get; private init; }

    /// <summary>GET with Observe 0: the token to be told under.</summary>
    public Token? Observer { get; private init; }

    /// <summary>The only format that is taken; null: any.</summary>
    public uint? Accept { get; private init; }

    /// <summary>The open request's ticket.</summary>
    public ulong Ticket { get; set; }

    /// <summary>There was a value when the change was sent.</summary>
    public bool HadValue { get; set; }

    /// <summary>The broker has sent the change back to us as a subscriber.</summary>
    public bool IsDelivered { get; set; }

    /// <summary>ETag with GET, If-Match with PUT and DELETE.</summary>
    private List<byte[]> Tags { get; } = [];

    private bool MatchesAny { get; set; }

    private bool IfNoneMatch { get; set; }

    public static StateRequest Of(in RelayRequest request, TopicState topic, ApplicationMessage? message, Token? observer)
    {
        var state = new StateRequest(topic, message)
        {
            IsDelete = request.Message.Code == CoapCode.Delete,
            Observer = observer,
            Accept = request.Message.TryGetUInt32(OptionNumber.Accept, out var accept) ? accept : null,
        };
        var tag = message is null ? OptionNumber.ETag : OptionNumber.IfMatch;
        foreach (var option in request.Message.Options)
        {
            // RFC 7252 §5.10.8.1: an empty If-Match is met by any value.
            state.MatchesAny |= option.Number == tag && option.Value.IsEmpty;
            state.IfNoneMatch |= option.Number == OptionNumber.IfNoneMatch;
            if (option.Number == tag)
            {
                state.Tags.Add(option.Value.ToArray());
            }
        }

        return state;
    }

    /// <summary>The device has the value already (RFC 7252 §5.10.6.2).</summary>
    public bool Has(StateValue value)
    {
        foreach (var tag in Tags)
        {
            if (value.EntityTag.SequenceEqual(tag))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>If-Match and If-None-Match hold (RFC 7252 §5.10.8).</summary>
    public bool MeetsPreconditions(StateValue? value) =>
        !(IfNoneMatch && value is not null) && (Tags.Count == 0 || (value is not null && (MatchesAny || Has(value))));
}
