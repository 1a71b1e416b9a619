using System.Net;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Dtls;
using CoapBridge.Tools.Device;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>The storm: full handshakes, so many in flight, until the process is ended.</summary>
internal sealed class StormLoad : ServerUnderTest
{
    public const string Verb = "storm-load";

    private StormLoad()
        : base("coapbridge")
    {
    }

    /// <param name="folder">With the gateway's certificate, and those of devices.</param>
    /// <param name="server">Where the gateway listens.</param>
    /// <param name="inFlight">Handshakes at a time.</param>
    public static void Run(string folder, IPEndPoint server, int inFlight)
    {
        var verifier = new PinnedVerifier(DeviceFiles.LoadCertificates(Path.Combine(folder, "gateway.pem"))[0]);
        var devices = Directory.EnumerateFiles(folder, "device-*.pem")
            .Select(file => new DtlsSettings { Credentials = DeviceFiles.Load(file, Path.ChangeExtension(file, ".key")), Verifier = verifier }).ToList();
        var load = new Load(new StormLoad { EndPoint = server, ProcessId = 0, Verifier = verifier }, devices);
        while (true)
        {
            load.Handshake(inFlight * 4, inFlight);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
