using CoapBridge.Fuzz.Dtls;

namespace CoapBridge.Fuzz;

/// <summary>All there is.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "dtls-server", "dtls-client", "dtls-records", "shard", "coap", "mqtt", "certificates", "revocation", "device-lists", "policy",
    ];

    /// <summary>A new one: it has a state of its own.</summary>
    public static FuzzTarget Create(string name) => name switch
    {
        "dtls-server" => new DtlsServerTarget(),
        "dtls-client" => new DtlsClientTarget(),
        "dtls-records" => new DtlsRecordTarget(),
        "shard" => new ShardTarget(),
        "coap" => new CoapTarget(),
        "mqtt" => new MqttTarget(),
        "certificates" => new CertificateTarget(),
        "revocation" => new RevocationListTarget(),
        "device-lists" => new DeviceListTarget(),
        "policy" => new PolicyTarget(),
        _ => throw new ArgumentException($"no target {name}; there are {string.Join(", ", Names)}", nameof(name)),
    };
}
