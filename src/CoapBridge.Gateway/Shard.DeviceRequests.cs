using CoapBridge.Coap;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What the gateway asks of devices: commands, where the device is the server.
public sealed partial class Shard
{
    /// <summary>The desk gives a connection one command after the other, so one of each is open.</summary>
    private readonly Dictionary<DeviceLink, (OutgoingRequest Request, DeviceRequest Asked)> _asked = new(ReferenceEqualityComparer.Instance);

    private void Ask(Instant now, DeviceLink link, in DeviceRequest asked)
    {
        var command = asked.Command;
        Span<byte> buffer = stackalloc byte[Relay.Answer.MaximumOptionsLength];
        var options = new OptionWriter(buffer);
        foreach (var level in command.Name.Length > 0 ? command.Name.Split('/') : [])
        {
            options.Write(OptionNumber.UriPath, level);
        }

        if (command.Content.Format is { } format)
        {
            options.Write(OptionNumber.ContentFormat, format);
        }

        var request = default(OutgoingRequest);
        var outcome = options.Failed ? SendOutcome.TooLarge
            : link.Endpoint!.Request(now, MessageType.Confirmable, CoapCode.Post, options.Written, command.Content.Payload.Span, out request);
        if (outcome == SendOutcome.TooLarge)
        {
            _relay.HandleDeviceResponse(now, asked, CoapCode.RequestEntityTooLarge, null, default);
        }
        else if (outcome != SendOutcome.Accepted)
        {
            _relay.HandleNoResponse(asked, isReset: false);
        }
        else
        {
            _asked[link] = (request, asked);
        }

        Settle(now, link);
    }

    /// <summary>True when the event is about a request that the device was asked.</summary>
    private bool TryFollowAsked(Instant now, DeviceLink link, in CoapEvent what)
    {
        if (!_asked.TryGetValue(link, out var open) || open.Request != what.Request)
        {
            return false;
        }

        _asked.Remove(link);
        if (what.Kind == CoapEventKind.Response && CoapMessage.TryParse(what.Datagram, out var response, out _))
        {
            uint? format = response.TryGetUInt32(OptionNumber.ContentFormat, out var number) ? number : null;
            _relay.HandleDeviceResponse(now, open.Asked, response.Code, format, response.Payload);
        }
        else
        {
            _relay.HandleNoResponse(open.Asked, isReset: what.Kind == CoapEventKind.RequestReset);
        }

        return true;
    }
}
