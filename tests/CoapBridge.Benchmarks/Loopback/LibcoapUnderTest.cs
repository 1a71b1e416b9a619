using System.Globalization;
using System.Net;
using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>libcoap's example server on OpenSSL: the C peer. It has the gateway's certificate and asks devices for theirs.</summary>
internal sealed class LibcoapUnderTest : ServerUnderTest
{
    private readonly ForeignProcess _process;

    private LibcoapUnderTest(ForeignProcess process)
        : base("libcoap") => _process = process;

    /// <summary>Null when it is not installed (package libcoap3-bin).</summary>
    public static async Task<LibcoapUnderTest?> StartAsync(Fleet fleet, string folder)
    {
        // CCM_8 is below OpenSSL's default security level.
        var configuration = Path.Combine(folder, "openssl.cnf");
        await File.WriteAllTextAsync(configuration, """
            openssl_conf = all
            [all]
            ssl_conf = tls
            [tls]
            system_default = defaults
            [defaults]
            CipherString = ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0
            """);
        var port = Ports.FreeUdp();
        var process = ForeignProcess.Start(
            "coap-server-openssl",
            [
                "-A", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-v", "0",
                "-c", Path.Combine(folder, "gateway.pem"), "-j", Path.Combine(folder, "gateway.key"), "-C", Path.Combine(folder, "ca.pem"),
            ],
            ("OPENSSL_CONF", configuration));
        if (process is null)
        {
            return null;
        }

        await Task.Delay(500);
        return new LibcoapUnderTest(process)
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, port + 1), ProcessId = process.Id, Verifier = new PinnedVerifier(fleet.Pki.Gateway.Der),
        };
    }

    public override ValueTask DisposeAsync()
    {
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
