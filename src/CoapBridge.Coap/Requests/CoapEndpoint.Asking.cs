using CoapBridge.Wire;

namespace CoapBridge.Coap;

// Our requests that are answered more than once: observations of ours (RFC 7641 §3).
public sealed partial class CoapEndpoint
{
    /// <summary>
    /// Says that we observe no more, under the token of the registration (RFC 7641 §3.6). It is answered like any request, and
    /// that is the last event of it.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="observation">A request with Observe 0 that was answered with Observe.</param>
    /// <param name="options">Those of the registration, but with Observe 1.</param>
    public SendOutcome Deregister(Instant now, OutgoingRequest observation, ReadOnlySpan<byte> options)
    {
        if (_requests is null || _requests.TokenOf(observation) is not { Length: > 0 } token)
        {
            return SendOutcome.Gone;
        }

        var message = new OutgoingMessage(MessageType.Confirmable, CoapCode.Get, 0, token, OutgoingMessage.BodyOf(options, default));
        return SendConfirmable(now, new Confirmable(message, observation, default));
    }

    private void FollowResponse(Instant now, OutgoingRequest request, in CoapMessage message, ReadOnlySpan<byte> datagram, bool accepted)
    {
        if (!accepted)
        {
            EndRequest(request, CoapEventKind.ResponseRefused);
        }
        else if (message.Code.Class == 2 && _requests?.Observes(request) == true && message.TryGetUInt32(OptionNumber.Observe, out var observe))
        {
            // RFC 7641 §3.4: what was overtaken on its way is acknowledged, and tells nothing.
            if (_requests.IsNews(request, now, observe))
            {
                _events.Add(new CoapEvent(CoapEventKind.Response, request, default, datagram.ToArray()));
            }
        }
        else
        {
            EndRequest(request, CoapEventKind.Response, datagram.ToArray());
        }
    }

    /// <summary>RFC 7641 §3.6: an RST to a notification ends the observation, and a NON is rejected so, too.</summary>
    private Reception RejectResponse(in CoapMessage message)
    {
        if (message.Type == MessageType.NonConfirmable && message.TryGetOption(OptionNumber.Observe, out _))
        {
            Send(OutgoingMessage.Reset(message.MessageId));
            return Reception.Dropped(CoapDrop.UnmatchedResponse);
        }

        return Reject(message, CoapDrop.UnmatchedResponse);
    }

    private static bool Observes(in OutgoingMessage request)
    {
        var buffer = new byte[request.Length];
        request.Encode(buffer);
        return CoapMessage.TryParse(buffer, out var message, out _) && message.TryGetUInt32(OptionNumber.Observe, out var value) && value == 0;
    }
}
