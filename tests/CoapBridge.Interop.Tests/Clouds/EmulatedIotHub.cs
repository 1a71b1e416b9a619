using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>
/// Azure IoT Hub's device endpoint as its documentation describes it: MQTT 3.1.1; the device id as Client Identifier and as the
/// certificate's common name; the user name with its api-version and no password; its own topics and nothing else; no QoS 2;
/// 256 KB; a keep-alive of at most 1177 s; five subscriptions. A retained message is no error there, but nothing that a gateway should send.
/// </summary>
internal sealed class EmulatedIotHub(TestPki pki, CertificateAuthority root, string host = "example.azure-devices.net")
    : EmulatedCloud(pki, root, "*.azure-devices.net", alpn: null)
{
    private const string Device = "gateway-1";
    private const string Events = $"devices/{Device}/messages/events/";
    private const string Bound = $"devices/{Device}/messages/devicebound/";

    /// <summary>The first connection finds no session; the hub keeps subscriptions from then on.</summary>
    internal override string Welcome => Connects.IsEmpty ? "20020000" : "20020100";

    /// <summary>A cloud-to-device message with application properties.</summary>
    public Task SendToDeviceAsync(string payload, params (string Name, string Value)[] properties)
    {
        Assert.True(Filters.ContainsKey($"{Bound}#"), "the gateway has not subscribed to cloud-to-device messages");
        var bag = string.Join('&', properties.Select(property => $"{Uri.EscapeDataString(property.Name)}={Uri.EscapeDataString(property.Value)}"));
        return Session!.SendAsync($"{Bound}%24.to=%2Fdevices%2F{Device}%2Fmessages%2FdeviceBound&%24.mid=m-1&{bag}", payload, qos: 1);
    }

    /// <summary>A direct method; what the gateway answers is received as any message.</summary>
    public Task InvokeAsync(string method, string payload, string requestId)
    {
        Assert.True(Filters.ContainsKey("$iothub/methods/POST/#"), "the gateway has not subscribed to direct methods");
        return Session!.SendAsync($"$iothub/methods/POST/{method}/?$rid={requestId}", payload, qos: 0);
    }

    internal override string? Check(CloudConnect connect) =>
        connect.Version != 4 ? $"MQTT version {connect.Version}"
        : connect.ClientId != Device ? $"client identifier {connect.ClientId}"
        : connect.CommonName != Device ? $"a certificate of {connect.CommonName}"
        : connect.UserName != $"{host}/{Device}/?api-version=2021-04-12" ? $"user name {connect.UserName}"
        : connect.HasPassword ? "a password beside the certificate"
        : connect.WillTopic is { } will && !will.StartsWith(Events, StringComparison.Ordinal) ? $"a will at {will}"
        : connect.KeepAlive is 0 or > 1_177 ? $"a keep-alive of {connect.KeepAlive} s"
        : null;

    internal override string? Check(CloudMessage message) =>
        message.Qos > 1 ? "QoS 2"
        : message.IsRetained ? $"a retained message at {message.Topic}"
        : message.Payload.Length > 256 * 1024 ? "more than 256 KB"
        : message.Topic.StartsWith(Events, StringComparison.Ordinal) ? CheckBag(message.Topic[Events.Length..])
        : message.Topic.StartsWith("$iothub/methods/res/", StringComparison.Ordinal) ? CheckResult(message.Topic["$iothub/methods/res/".Length..])
        : $"the topic {message.Topic}";

    internal override string? CheckFilters(IReadOnlyList<string> filters) =>
        Filters.Count + filters.Count > 5 ? "more than five subscriptions"
        : filters.FirstOrDefault(filter => filter is not ($"{Bound}#" or "$iothub/methods/POST/#" or "$iothub/twin/res/#" or "$iothub/twin/PATCH/properties/desired/#")) is { } other
            ? $"a subscription to {other}" : null;

    private static string? CheckBag(string bag) =>
        bag.Contains('/', StringComparison.Ordinal) || bag.Split('&').Any(pair => pair.Count(one => one == '=') != 1)
            || bag.Split('&').Any(pair => Uri.EscapeDataString(Uri.UnescapeDataString(pair.Replace("=", "", StringComparison.Ordinal))) != pair.Replace("=", "", StringComparison.Ordinal))
            ? $"the property bag {bag}" : null;

    private static string? CheckResult(string rest) =>
        rest.Split('/') is [var status, var id] && status.All(char.IsAsciiDigit) && id.StartsWith("?$rid=", StringComparison.Ordinal) ? null : $"the result at {rest}";
}
