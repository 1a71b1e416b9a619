using System.Text;
using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>
/// What a message says of itself, as the last level of its topic: <c>name=value</c> pairs, percent-encoded, joined by '&amp;'. So
/// clouds with MQTT 3.1.1 alone carry properties (Azure IoT Hub's "property bag"). Names of the cloud's own begin with <c>$.</c>
/// </summary>
internal static class PropertyBag
{
    public const string MessageId = "$.mid";

    private const string ContentType = "$.ct", ContentEncoding = "$.ce";

    /// <summary>The User Properties, and what the cloud wants to know by names of its own: message id, content type and encoding.</summary>
    public static string Write(ApplicationMessage message)
    {
        var bag = new StringBuilder();
        foreach (var (name, value) in message.UserProperties)
        {
            Append(bag, name, value);
            if (name == RequestToPublish.MessageIdProperty)
            {
                Append(bag, MessageId, value);
            }
        }

        if (message.ContentType is { } contentType)
        {
            Append(bag, ContentType, contentType);
        }

        if (message.PayloadIsUtf8)
        {
            Append(bag, ContentEncoding, "utf-8");
        }

        return bag.ToString();
    }

    /// <summary>What a bag holds; of a name that stands twice the last. A leading <c>?</c> or slash is passed over.</summary>
    public static Dictionary<string, string> Read(string bag)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in bag.TrimStart('/', '?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            values[Uri.UnescapeDataString(name)] = equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..]);
        }

        return values;
    }

    private static void Append(StringBuilder bag, string name, string value) =>
        bag.Append(bag.Length > 0 ? "&" : "").Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
}
