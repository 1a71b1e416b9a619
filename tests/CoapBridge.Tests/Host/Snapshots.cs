using CoapBridge.Status;

namespace CoapBridge.Tests.Host;

/// <summary>Statuses for tests of what is made of them.</summary>
internal static class Snapshots
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 30, 0, TimeSpan.Zero);

    /// <summary>Two devices, a broker, nothing to complain of.</summary>
    public static StatusSnapshot Well { get; } = new()
    {
        Time = Now,
        Gateway = "gateway-1",
        Version = "0.1.0",
        UptimeSeconds = 11_540,
        Ready = true,
        Missing = [],
        Upstream = new("connected", "broker.example:8883", "192.0.2.1:8883", Now.AddHours(-3), null, Now.AddDays(200), 200, null),
        Outbox = new(0, 0, 268_435_456, null, 0, false),
        Connections = new(2, 100_000, 0, 7, 0, 10, 2, 0, []),
        Certificates = [Certificate("gateway", 300), Certificate("device CA", 3_000), Certificate("broker CA", 2_000)],
        RevocationLists = [],
        Devices = new(null, 2, 2, 1, 1, true, [Device("device-1"), Device("device-2")]),
        Problems = [],
        Configuration = new("/etc/coapbridge/appsettings.json", 0, null),
    };

    public static CertificateReport Certificate(string use, int days) => new(use, $"CN={use}", "CN=Fleet CA", Now.AddDays(days), days);

    public static DeviceRow Device(string name) =>
        new(name, "192.0.2.7:49152", Now.AddMinutes(-42), Now.AddSeconds(-7), 1_204, Now.AddDays(90), 90, false);

    public static RefusalReport Refusal(string reason, long recent, string? subject = null) =>
        new(reason, recent * 3, recent, RefusalWords.Of(reason).What, RefusalWords.Of(reason).Remedy, Now.AddMinutes(-1), "192.0.2.9:1024", subject);
}
