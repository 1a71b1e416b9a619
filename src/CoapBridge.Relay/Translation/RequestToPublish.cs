using System.Buffers;
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
    /// <summary>The user property by which the cloud drops duplicates.</summary>
    public const string MessageIdProperty = "message_id";

    /// <summary>The message, or null with the answer that refuses the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="context">Whose policy and name count.</param>
    /// <param name="action">The right that it needs; Publish with a wish to retain needs Retain as well.</param>
    /// <param name="refusal">The answer when there is no message.</param>
    public static ApplicationMessage? Translate(in RelayRequest request, RelayContext context, PolicyAction action, out Answer refusal) =>
        Translate(request, context, action, out _, out refusal);

    /// <inheritdoc cref="Translate(in RelayRequest, RelayContext, PolicyAction, out Answer)"/>
    /// <param name="ttd">How long the answer may wait for a command.</param>
    public static ApplicationMessage? Translate(
        in RelayRequest request, RelayContext context, PolicyAction action, out TimeSpan ttd, out Answer refusal)
    {
        ttd = default;
        var length = RequestPath.LengthFor(request.Message);
        var text = length <= 512 ? stackalloc char[length] : new char[length];
        if (!RequestPath.TryRead(request.Message, text, stackalloc int[RequestPath.MaximumSegments + 1], out var path)
            || request.Route.Topic.Compose(path, request.Device.Name) is not { } topic)
        {
            refusal = BadPath;
            return null;
        }

        if (!TryRead(request, out var query, out refusal))
        {
            return null;
        }

        var retains = action == PolicyAction.Retain || (action == PolicyAction.Publish && (query.Retain || request.Route.Retains));
        if (!context.Permits(request, action, topic) || (retains && !context.Permits(request, PolicyAction.Retain, topic)))
        {
            refusal = NotAllowed;
            return null;
        }

        ttd = TimeSpan.FromSeconds(query.Ttd);
        return Compose(request, context, path, topic, query, retains);
    }

    /// <summary>A reply to a command, without a topic; null with the answer that refuses it.</summary>
    /// <param name="request">POST to <c>/cr/{id}</c>.</param>
    /// <param name="context">Whose name counts.</param>
    /// <param name="id">The command's.</param>
    /// <param name="status">What the device says of it; empty: nothing.</param>
    /// <param name="refusal">The answer when there is none.</param>
    public static ApplicationMessage? TranslateReply(in RelayRequest request, RelayContext context, out string id, out string status, out Answer refusal)
    {
        (id, status) = ("", "");
        var length = RequestPath.LengthFor(request.Message);
        var text = length <= 512 ? stackalloc char[length] : new char[length];
        if (!RequestPath.TryRead(request.Message, text, stackalloc int[RequestPath.MaximumSegments + 1], out var path))
        {
            refusal = BadPath;
            return null;
        }

        if (!TryRead(request, out var query, out refusal) || !TryReadStatus(request.Message, out status, out refusal))
        {
            return null;
        }

        id = path[1].ToString();
        var draft = Compose(request, context, path, "", query, retains: false);
        return draft with
        {
            QualityOfService = QualityOfService.AtLeastOnce,
            UserProperties = status.Length > 0 ? [.. draft.UserProperties, new("status", status)] : draft.UserProperties,
        };
    }

    /// <summary>The reply to a command that went to the device as a request: its response, whose code is the status.</summary>
    public static ApplicationMessage OfResponse(
        DeviceIdentity device, RelayContext context, Command command, CoapCode code, uint? format, ReadOnlySpan<byte> payload)
    {
        var properties = Origin(device, context, "/" + string.Join('/', command.Name.Split('/').Select(Uri.EscapeDataString)));
        properties.Add(new("status", code.ToString()));
        var (mediaType, isText) = FormatOf(format, payload, properties);
        return new ApplicationMessage
        {
            Topic = command.ReplyTopic(code.ToString()) ?? "",
            CorrelationData = command.CorrelationData,
            Payload = payload.ToArray(),
            QualityOfService = QualityOfService.AtLeastOnce,
            ContentType = mediaType,
            PayloadIsUtf8 = isText,
            UserProperties = properties,
        };
    }

    /// <summary>Letters, digits, dot, hyphen and underscore, at most 32: nothing that could say anything else in a property (ATTACKS I14).</summary>
    private static bool TryReadStatus(in CoapMessage request, out string status, out Answer refusal)
    {
        (status, refusal) = ("", default);
        foreach (var option in request.Options)
        {
            if (option.Number == OptionNumber.UriQuery && option.Value.StartsWith("status="u8))
            {
                status = System.Text.Encoding.UTF8.GetString(option.Value["status=".Length..]);
            }
        }

        if (status.Length > 32 || status.AsSpan().ContainsAnyExcept(StatusCharacters))
        {
            refusal = new Answer(CoapCode.BadRequest, "bad-query: status");
        }

        return refusal == default;
    }

    private static readonly SearchValues<char> StatusCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <summary>The topic that the request is about; null when its path makes none.</summary>
    public static string? TopicOf(in RelayRequest request)
    {
        var length = RequestPath.LengthFor(request.Message);
        var text = length <= 512 ? stackalloc char[length] : new char[length];
        return RequestPath.TryRead(request.Message, text, stackalloc int[RequestPath.MaximumSegments + 1], out var path)
            ? request.Route.Topic.Compose(path, request.Device.Name) : null;
    }

    public static Answer BadPath { get; } = new(CoapCode.BadRequest, "bad-path: a segment cannot be a topic level");

    public static Answer NotAllowed { get; } = new(CoapCode.Forbidden, "policy: not allowed");

    private static bool TryRead(in RelayRequest request, out PublishQuery query, out Answer refusal)
    {
        refusal = default;
        var route = request.Route;
        if (!PublishQuery.TryParse(request.Message, out query, out var fault))
        {
            refusal = new Answer(CoapCode.BadRequest, $"bad-query: {fault}");
        }
        else if (query.Qos == 0 && route.Quality == QualityOfService.AtLeastOnce)
        {
            refusal = new Answer(CoapCode.BadRequest, "bad-query: qos is always 1 here");
        }
        else if (route.ContentFormats is { } formats && !request.Body.IsEmpty
            && !(request.Message.TryGetUInt32(OptionNumber.ContentFormat, out var format) && formats.Contains((ushort)format)))
        {
            refusal = new Answer(CoapCode.UnsupportedContentFormat, $"content-format: takes {string.Join(", ", formats.Order())}");
        }
        else if (request.Body.Length > route.MaximumBody)
        {
            refusal = new Answer(CoapCode.RequestEntityTooLarge, "too-large: see Size1", Size1: (uint)route.MaximumBody);
        }

        return refusal == default;
    }

    private static QualityOfService Quality(in RelayRequest request, PublishQuery query) => request.Route.Quality ?? query.Qos switch
    {
        0 => QualityOfService.AtMostOnce,
        1 => QualityOfService.AtLeastOnce,
        _ => request.Message.Type == MessageType.Confirmable ? QualityOfService.AtLeastOnce : QualityOfService.AtMostOnce,
    };

    private static ApplicationMessage Compose(
        in RelayRequest request, RelayContext context, in RequestPath path, string topic, PublishQuery query, bool retains)
    {
        var properties = Origin(request.Device, context, path.PercentEncode());
        uint? format = request.Message.TryGetUInt32(OptionNumber.ContentFormat, out var number) ? number : null;
        var (mediaType, isText) = FormatOf(format, request.Body, properties);

        var message = new ApplicationMessage
        {
            Topic = topic,
            Payload = request.Body.ToArray(),
            QualityOfService = Quality(request, query),
            Retain = retains,
            MessageExpiryInterval = query.Expiry
                ?? (request.Message.TryGetUInt32(OptionNumber.MaxAge, out var maxAge) ? maxAge : request.Route.Expiry),
            ContentType = mediaType,
            PayloadIsUtf8 = isText,
            UserProperties = properties,
        };
        return request.Route.Topic.HasProperties ? message with { Topic = $"{topic}/{PropertyBag.Write(message)}" } : message;
    }

    /// <summary>What a message says of its format; a number without a media type becomes a property.</summary>
    private static (string? MediaType, bool IsText) FormatOf(uint? number, ReadOnlySpan<byte> payload, List<UserProperty> properties)
    {
        if (number is not { } known)
        {
            return (null, false);
        }

        var format = (ushort)known;
        var mediaType = ContentFormats.ToMediaType(format);
        if (mediaType is null)
        {
            properties.Add(new(ContentFormats.Property, format.ToString(CultureInfo.InvariantCulture)));
        }

        return (mediaType, ContentFormats.IsText(format) && Utf8.IsValid(payload));
    }

    /// <summary>Who sent it (PRODUCT.md, "Publishing").</summary>
    private static List<UserProperty> Origin(DeviceIdentity device, RelayContext context, string path) => new(7)
    {
        new("device", device.Name),
        new("gateway", context.Settings.Gateway),
        new("cert_sha256", device.CertificateSha256),
        new("path", path),
        new(MessageIdProperty, NewMessageId(context.Entropy)),
    };

    private static string NewMessageId(IEntropy entropy)
    {
        Span<byte> id = stackalloc byte[16];
        entropy.Fill(id);
        return Convert.ToHexStringLower(id);
    }
}
