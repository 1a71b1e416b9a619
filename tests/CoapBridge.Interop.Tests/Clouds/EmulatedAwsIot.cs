using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>
/// AWS IoT Core's device endpoint on port 443 as its documentation describes it: ALPN x-amzn-mqtt-ca, MQTT 5 without subscription
/// identifiers and QoS 2, topics of at most 7 slashes and 256 bytes and never $aws, 128 KB, 8 filters in a SUBSCRIBE and 50 in all, and
/// what config/profiles/aws-iot-policy.json allows.
/// </summary>
internal sealed class EmulatedAwsIot(TestPki pki, CertificateAuthority root)
    : EmulatedCloud(pki, root, "*.iot.eu-central-1.amazonaws.com", alpn: "x-amzn-mqtt-ca")
{
    // Session Expiry 3600 s, Receive Maximum 100, Maximum QoS 1, Maximum Packet Size 149,504, Topic Alias Maximum 0, no Subscription Identifiers.
    internal override string Welcome =>
        "20" + "17" + (Connects.IsEmpty ? "00" : "01") + "00" + "14" + "1100000E10" + "210064" + "2401" + "2700024800" + "220000" + "2900";

    /// <summary>What a rule or another client publishes; a filter's # does not match the level above it there.</summary>
    public Task SendAsync(string topic, string payload)
    {
        Assert.True(Filters.Keys.Any(filter => Matches(filter.Split('/'), topic.Split('/'))), $"nobody has subscribed to {topic}");
        return Session!.SendAsync(topic, payload, qos: 1);
    }

    internal override string? Check(CloudConnect connect) =>
        connect.Alpn != "x-amzn-mqtt-ca" ? $"protocol \"{connect.Alpn}\" on port 443"
        : connect.Version != 5 ? $"MQTT version {connect.Version}"
        : connect.ClientId is not ("gateway-1" or "gateway-1-check") ? $"client identifier {connect.ClientId}"
        : connect.WillTopic is { } will && CheckTopic(will) is { } broken ? $"a will at {broken}"
        : connect.KeepAlive is < 30 or > 1_200 ? $"a keep-alive of {connect.KeepAlive} s"
        : null;

    internal override string? Check(CloudMessage message) =>
        message.Qos > 1 ? "QoS 2"
        : message.Payload.Length > 128 * 1024 ? "more than 128 KB"
        : CheckTopic(message.Topic);

    internal override string? CheckFilters(IReadOnlyList<string> filters) =>
        filters.Count > 8 ? "more than 8 filters in a SUBSCRIBE"
        : Filters.Count + filters.Count > 50 ? "more than 50 subscriptions"
        : filters.Select(CheckTopic).FirstOrDefault(broken => broken is not null);

    private static bool Matches(string[] filter, string[] topic) =>
        (filter[^1] == "#" ? topic.Length >= filter.Length : topic.Length == filter.Length)
        && filter.Zip(topic).All(pair => pair.First is "+" or "#" || pair.First == pair.Second);

    private static string? CheckTopic(string topic) =>
        topic.Count(one => one == '/') > 7 ? $"more than 7 slashes: {topic}"
        : topic.Length > 256 ? $"more than 256 bytes: {topic}"
        : !topic.StartsWith("devices/", StringComparison.Ordinal) && !topic.StartsWith("gateways/gateway-1/", StringComparison.Ordinal) ? $"not in the policy: {topic}"
        : null;
}
