using System.Globalization;
using System.Text.Unicode;
using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// Turns an admitted request into the message that the broker gets: the one copy of the payload, and the properties that
/// tell the cloud who sent it (PRODUCT.md, "Publishing").
/// </summary>
internal static class RequestToPublish
{
    /// <summary>The message, or null with the answer that refuses the request.</summary>
    public static ApplicationMessage? Translate(
        in CoapMessage request, ReadOnlySpan<byte> body, RelaySettings settings, RelayClient client, DateTimeOffset? time, IEntropy entropy,
        out Answer refusal)
    {
        refusal = default;
        var device = client.Device ?? throw new InvalidOperationException("A request from a client without a name.");
        if (settings.Routes.Find(request) is not { } route)
        {
            refusal = new Answer(CoapCode.NotFound, "no-resource: see the gateway's routes");
            return null;
        }

        if (request.Code != CoapCode.Post)
        {
            refusal = new Answer(CoapCode.MethodNotAllowed, "method: this resource takes POST");
            return null;
        }

        if (TopicSegments.Join(request) is not { } path)
        {
            refusal = new Answer(CoapCode.BadRequest, "bad-path: a segment cannot be a topic level");
            return null;
        }

        if (!TryRead(request, body.Length, route, out var query, out refusal))
        {
            return null;
        }

        var topic = $"{settings.TopicPrefix}/{device.Name}/{path}";
        if (Forbids(settings.Policy, new(device, PolicyAction.Publish, topic) { Address = client.Address, Time = time }, query.Retain))
        {
            refusal = new Answer(CoapCode.Forbidden, "policy: not allowed");
            return null;
        }

        return Compose(
            request, body, settings, device, NewMessageId(entropy), path, topic, route.FixedQuality ?? Quality(request, query), query);
    }

    private static string NewMessageId(IEntropy entropy)
    {
        Span<byte> id = stackalloc byte[16];
        entropy.Fill(id);
        return Convert.ToHexStringLower(id);
    }

    private static bool TryRead(in CoapMessage request, int bodyLength, Route route, out PublishQuery query, out Answer refusal)
    {
        refusal = default;
        if (!PublishQuery.TryParse(request, out query, out var fault))
        {
            refusal = new Answer(CoapCode.BadRequest, $"bad-query: {fault}");
        }
        else if (query.Qos == 0 && route.FixedQuality == QualityOfService.AtLeastOnce)
        {
            refusal = new Answer(CoapCode.BadRequest, "bad-query: qos is always 1 here");
        }
        else if (bodyLength > route.MaximumBody)
        {
            refusal = new Answer(CoapCode.RequestEntityTooLarge, "too-large: see Size1", Size1: (uint)route.MaximumBody);
        }

        return refusal == default;
    }

    /// <summary>A retained publish needs both rights (PRODUCT.md, "Access policy").</summary>
    private static bool Forbids(AccessPolicy policy, in PolicyRequest publish, bool retain) =>
        !policy.Decide(publish).IsAllowed || (retain && !policy.Decide(publish with { Action = PolicyAction.Retain }).IsAllowed);

    private static QualityOfService Quality(in CoapMessage request, PublishQuery query) => query.Qos switch
    {
        0 => QualityOfService.AtMostOnce,
        1 => QualityOfService.AtLeastOnce,
        _ => request.Type == MessageType.Confirmable ? QualityOfService.AtLeastOnce : QualityOfService.AtMostOnce,
    };

    private static ApplicationMessage Compose(
        in CoapMessage request, ReadOnlySpan<byte> body, RelaySettings settings, DeviceIdentity device, string messageId,
        string path, string topic, QualityOfService quality, PublishQuery query)
    {
        var properties = new List<UserProperty>(6)
        {
            new("device", device.Name),
            new("gateway", settings.Gateway),
            new("cert_sha256", device.CertificateSha256),
            new("path", TopicSegments.PercentEncode(path)),
            new("message_id", messageId),
        };
        string? mediaType = null;
        var isText = false;
        if (request.TryGetUInt32(OptionNumber.ContentFormat, out var format))
        {
            mediaType = ContentFormats.ToMediaType(format);
            isText = ContentFormats.IsText(format) && Utf8.IsValid(body);
            if (mediaType is null)
            {
                properties.Add(new("content_format", format.ToString(CultureInfo.InvariantCulture)));
            }
        }

        return new ApplicationMessage
        {
            Topic = topic,
            Payload = body.ToArray(),
            QualityOfService = quality,
            Retain = query.Retain,
            MessageExpiryInterval = query.Expiry ?? (request.TryGetUInt32(OptionNumber.MaxAge, out var maxAge) ? maxAge : null),
            ContentType = mediaType,
            PayloadIsUtf8 = isText,
            UserProperties = properties,
        };
    }
}
