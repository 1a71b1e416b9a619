using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Tools.Load;

/// <summary>One call of the verb <c>load</c>.</summary>
internal sealed class LoadCall(TextWriter output, TextWriter error)
{
    public const int Clean = 0;
    public const int Unclean = 1;
    public const int Usage = 2;
    public const int NoConnection = 3;

    private const int DefaultDevices = 100;

    /// <summary>Who waits longer begins anew: an operator wants to see that, not to wait for it.</summary>
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    public required string Uri { get; init; }

    public required string? Issuer { get; init; }

    public required string? Certificates { get; init; }

    public required string? Authority { get; init; }

    public required string Name { get; init; }

    /// <summary>Null: as many as there are certificates, or 100.</summary>
    public required int? Devices { get; init; }

    public required bool Json { get; init; }

    public required LoadPlan Plan { get; init; }

    private TextWriter Told => Json ? error : output;

    /// <summary>The exit code.</summary>
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        if (CoapUri.TryParse(Uri, out var problem) is not { } target)
        {
            return Fail(problem);
        }

        if (Issuer is null == Certificates is null)
        {
            return Fail("one of --issuer DIR (certificates are made) and --certs DIR (they are there) is needed");
        }

        if ((Authority ?? (Issuer is null ? null : Path.Combine(Issuer, "ca.pem"))) is not { } authority)
        {
            return Fail("--ca FILE is needed with --certs: the CA that the gateway's certificate must end in");
        }

        try
        {
            var gateway = new KnownGateway(GatewayTrust.Create(DeviceFiles.LoadCertificates(authority), target.Host));
            DtlsSettings[] devices = [.. LoadCredentials().Select(one => new DtlsSettings
            {
                Credentials = one, Verifier = gateway, HandshakeTimeout = HandshakeTimeout,
            })];
            var server = new IPEndPoint(target.Address ?? (await Dns.GetHostAddressesAsync(target.Host, stopping))[0], target.Port);
            await Told.WriteLineAsync($"{devices.Length} devices to {server}, {Plan.Mode.ToString().ToLowerInvariant()}; Ctrl-C ends with the summary");
            var run = new LoadRun(Plan with { Threads = Math.Min(Plan.Threads, devices.Length) }, new LoadTarget(server, Request(target), devices));
            var summary = await run.RunAsync(Told.WriteLine, stopping);
            await output.WriteLineAsync(Json ? summary.ToJson() : summary.ToText().TrimEnd());
            if (summary.NobodyConnected && gateway.Refusal is { } refusal)
            {
                await error.WriteLineAsync($"load: the gateway's certificate was refused: {refusal}");
            }

            return summary.NobodyConnected ? NoConnection : summary.IsClean ? Clean : Unclean;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException
            or ArgumentException or PlatformNotSupportedException or SocketException)
        {
            return Fail(exception.Message);
        }
    }

    private DtlsCredentials[] LoadCredentials()
    {
        var clock = Stopwatch.StartNew();
        if (Issuer is not null)
        {
            var made = LoadCertificates.Issue(Issuer, Name, Devices ?? DefaultDevices);
            Told.WriteLine($"{made.Length} certificates made in {clock.Elapsed.TotalSeconds:0.0} s");
            return made;
        }

        var found = LoadCertificates.Load(Certificates!);
        return Devices is not { } count ? found : count <= found.Length ? found[..count]
            : throw new IOException($"{Certificates} has certificates for {found.Length} devices, not for {count}; --issuer makes as many as are wanted");
    }

    private FleetRequest Request(CoapUri target)
    {
        var payload = new byte[Plan.PayloadSize];
        for (var index = 0; index < payload.Length; index++)
        {
            payload[index] = (byte)('0' + (index % 10));
        }

        return FleetRequest.Create(CoapCode.Post, Plan.Confirmable, (ref OptionWriter options) => target.WriteOptions(ref options, null), payload);
    }

    private int Fail(string what)
    {
        error.WriteLine($"load: {what}");
        return Usage;
    }
}
