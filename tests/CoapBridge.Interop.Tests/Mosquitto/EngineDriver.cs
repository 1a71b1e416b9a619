using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>The plainest driver that <see cref="MqttClientEngine"/> can have: one read at a time over TLS.</summary>
internal sealed class EngineDriver(MqttClientEngine engine) : IAsyncDisposable
{
    private readonly byte[] _incoming = new byte[4096], _outgoing = new byte[4096];
    private readonly TcpClient _tcp = new();
    private SslStream? _stream;
    private Task<int>? _reading;

    public EngineDriver()
        : this(new MqttClientEngine(new MqttClientOptions("gateway-1", TimeSpan.FromSeconds(60))))
    {
    }

    public MqttClientEngine Engine => engine;

    public static Instant Now => new(Stopwatch.GetElapsedTime(0).Ticks);

    public async Task ConnectAsync(int port, X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.AddRange(authorities);
        await _tcp.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        _stream = new SslStream(_tcp.GetStream());
        await _stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                CertificateChainPolicy = trust,
            },
            TestContext.Current.CancellationToken);
        Engine.HandleConnected(Now);
    }

    /// <summary>Writes, reads and looks at the clock until <paramref name="wanted"/> events have come.</summary>
    public async Task<List<MqttEvent>> RunUntilAsync(int wanted)
    {
        var events = new List<MqttEvent>();
        while (events.Count < wanted)
        {
            await FlushAsync();
            while (Engine.TryTakeEvent(out var what))
            {
                events.Add(what);
            }

            if (events.Count >= wanted)
            {
                break;
            }

            _reading ??= _stream!.ReadAsync(_incoming, TestContext.Current.CancellationToken).AsTask();
            var count = await _reading.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            _reading = null;
            if (count == 0)
            {
                Engine.HandleDisconnected(Now);
            }

            Engine.HandleReceived(Now, _incoming.AsSpan(0, count));
            Engine.HandleTimeout(Now);
        }

        return events;
    }

    public async Task FlushAsync()
    {
        while (Engine.TryTakeTransmit(_outgoing, out var length))
        {
            await _stream!.WriteAsync(_outgoing.AsMemory(0, length), TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }

        _tcp.Dispose();
    }
}
