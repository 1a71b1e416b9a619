using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Tools.Broker;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>Mosquitto where it is installed, else the tools' development broker in this process.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly ForeignProcess? _mosquitto;
    private readonly DevelopmentBroker? _development;

    private Broker(ForeignProcess? mosquitto, DevelopmentBroker? development, int port)
    {
        _mosquitto = mosquitto;
        _development = development;
        Port = port;
    }

    public int Port { get; }

    public string Name => _mosquitto is null ? "development broker" : "Mosquitto";

    /// <summary>It is there, but silent; the development broker cannot be that.</summary>
    public void Freeze() => Signals.Send(Mosquitto.Id, Signals.Stop);

    /// <summary>It is gone, and nobody listens there any more.</summary>
    public void Stop() => Signals.Send(Mosquitto.Id, Signals.Kill);

    private ForeignProcess Mosquitto => _mosquitto ?? throw new InvalidOperationException("only Mosquitto can hang; install it (Debian package mosquitto)");

    public static async Task<Broker> StartAsync(Fleet fleet, string folder)
    {
        var port = Ports.FreeTcp();
        var configuration = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            listener {port} 127.0.0.1
            cafile {folder}/ca.pem
            certfile {folder}/broker.pem
            keyfile {folder}/broker.key
            require_certificate true
            allow_anonymous true
            persistence false
            max_inflight_messages 1000
            user {Environment.UserName}
            """));
        if (ForeignProcess.Start("mosquitto", ["-c", configuration]) is { } mosquitto)
        {
            await WaitForPortAsync(port);
            return new Broker(mosquitto, null, port);
        }

        X509Certificate2Collection chain = [fleet.Pki.Broker.ToX509WithKey()];
        var development = new DevelopmentBroker(
            new IPEndPoint(IPAddress.Loopback, 0), chain, [X509CertificateLoader.LoadCertificate(fleet.Pki.Ca.Certificate.Der)]);
        await development.StartAsync();
        return new Broker(null, development, development.Port);
    }

    public async ValueTask DisposeAsync()
    {
        _mosquitto?.Dispose();
        if (_development is not null)
        {
            await _development.DisposeAsync();
        }
    }

    private static async Task WaitForPortAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
        }
    }
}
