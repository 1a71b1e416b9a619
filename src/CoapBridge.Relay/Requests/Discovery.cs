using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Identity;

namespace CoapBridge.Relay;

/// <summary>The gateway's own resources: <c>/.well-known/core</c> (RFC 6690) with what this device may use, and <c>/time</c>.</summary>
internal sealed class Discovery(RelayContext context)
{
    private static readonly PathTemplate Core = Fixed(".well-known/core");
    private static readonly PathTemplate Time = Fixed("time");

    /// <summary>False when the path is neither's.</summary>
    public bool TryHandle(in RelayRequest request)
    {
        var isCore = Core.Matches(request.Message);
        if (!isCore && !Time.Matches(request.Message))
        {
            return false;
        }

        context.Answer(request, request.Message.Code != CoapCode.Get ? UplinkRelay.WrongMethod : isCore ? Links(request) : TimeOfDay(request));
        return true;
    }

    private Answer Links(in RelayRequest request)
    {
        if (request.Message.TryGetUInt32(OptionNumber.Accept, out var accept) && accept != ContentFormats.Links)
        {
            return UplinkRelay.NotAcceptable;
        }

        var links = new StringBuilder("</time>;ct=\"0 60\"");
        foreach (var route in context.Settings.Routes.Routes)
        {
            if (Attributes(request, route) is { } attributes)
            {
                links.Append(",<").Append(route.Path.Stem).Append('>').Append(attributes);
            }
        }

        return Content(Encoding.UTF8.GetBytes(links.ToString()), ContentFormats.Links);
    }

    /// <summary>What can be said of a route to this device; null when the policy allows it nothing there.</summary>
    private string? Attributes(in RelayRequest request, Route route)
    {
        var rights = route.Kind switch
        {
            RouteKind.Publish => (PolicyAction[])[PolicyAction.Publish],
            RouteKind.State => [PolicyAction.Get, PolicyAction.Publish, PolicyAction.Retain, PolicyAction.Observe],
            RouteKind.Commands => [PolicyAction.Command],
            _ => [PolicyAction.Call],
        };
        var allowed = new List<PolicyAction>();
        foreach (var right in rights)
        {
            if (MayUse(request, route, right))
            {
                allowed.Add(right);
            }
        }

        if (allowed.Count == 0)
        {
            return null;
        }

        var observable = allowed.Contains(PolicyAction.Observe) || allowed.Contains(PolicyAction.Command) ? ";obs" : "";
        var formats = route.ContentFormats is { } list ? $";ct=\"{string.Join(' ', list.Order())}\"" : "";
        return $";rt=\"{route.Kind.ToString().ToLowerInvariant()}\"{observable}{formats}";
    }

    /// <summary>Asks for the shortest topic of the route and for one below it, within the device's own part where the path says everything.</summary>
    private bool MayUse(in RelayRequest request, Route route, PolicyAction right)
    {
        var device = request.Device.Name;
        var topic = route.Topic.Sample(device, "x");
        var own = topic.Length > 0 ? topic : $"{context.Settings.Routes.Prefix}/{device}";
        return context.Permits(request, right, own) || context.Permits(request, right, $"{own}/x");
    }

    private Answer TimeOfDay(in RelayRequest request)
    {
        if (context.TimeOfDay is not { } clock)
        {
            return new Answer(CoapCode.ServiceUnavailable, "clock: not known yet", MaxAge: 5);
        }

        var seconds = clock.At(request.Now).ToUnixTimeSeconds();
        var format = request.Message.TryGetUInt32(OptionNumber.Accept, out var accept) ? accept : ContentFormats.Text;
        return format switch
        {
            ContentFormats.Text => Content(Encoding.UTF8.GetBytes(seconds.ToString(CultureInfo.InvariantCulture)), ContentFormats.Text) with { MaxAge = 0 },
            ContentFormats.Cbor => Content(Cbor(seconds), ContentFormats.Cbor) with { MaxAge = 0 },
            _ => UplinkRelay.NotAcceptable,
        };
    }

    private static Answer Content(byte[] payload, ushort format) =>
        new(CoapCode.Content) { Content = new Content(payload) { Format = format } };

    /// <summary>An unsigned integer of 64 bits (RFC 8949 §3.1, major type 0).</summary>
    private static byte[] Cbor(long seconds)
    {
        var bytes = new byte[9];
        bytes[0] = 0x1B;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), seconds);
        return bytes;
    }

    private static PathTemplate Fixed(string path) =>
        PathTemplate.TryParse(path, out _) ?? throw new InvalidOperationException($"{path} is no path.");
}
