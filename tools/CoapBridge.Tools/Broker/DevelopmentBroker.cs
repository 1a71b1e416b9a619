using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using CoapBridge.Mqtt;

namespace CoapBridge.Tools.Broker;

/// <summary>
/// A small MQTT 5 broker for development: mutual TLS only, QoS 0 and 1, retained messages, wills, no sessions that
/// outlive a connection. One task owns all state; the connections send it work through a bounded channel.
/// </summary>
public sealed class DevelopmentBroker : IAsyncDisposable
{
    private const int Backlog = 1024;
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private readonly TcpListener _listener;
    private readonly SslServerAuthenticationOptions _tls;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Action> _work =
        Channel.CreateBounded<Action>(new BoundedChannelOptions(Backlog) { SingleReader = true });

    private readonly BrokerTopics _topics;
    private Task _running = Task.CompletedTask;

    /// <summary>Port 0 takes a free one; see <see cref="Port"/>. Clients need a certificate that ends in <paramref name="authorities"/>.</summary>
    public DevelopmentBroker(IPEndPoint endpoint, X509Certificate2Collection certificate, X509Certificate2Collection authorities)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        trust.CustomTrustStore.AddRange(authorities);
        trust.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        _listener = new TcpListener(endpoint);
        _topics = new BrokerTopics(Report);
        _tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate[0], certificate, offline: true),
            ClientCertificateRequired = true,
            CertificateChainPolicy = trust,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }

    /// <summary>Called for each message that a client published, with that client's identifier, on the broker's task.</summary>
    public event Action<string, ApplicationMessage>? MessageSeen;

    /// <summary>Called with a line of text for each connection that comes, goes or fails.</summary>
    public event Action<string>? Noted;

    /// <summary>The port that it listens on, once started.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Binds and begins to serve; returns when clients can connect.</summary>
    public Task StartAsync()
    {
        _listener.Start();
        _running = Task.WhenAll(AcceptAsync(), WorkAsync());
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _listener.Dispose();
        _stop.Dispose();
    }

    internal void Note(string line) => Noted?.Invoke(line);

    private void Report(string client, ApplicationMessage message) => MessageSeen?.Invoke(client, message);

    private async Task AcceptAsync()
    {
        var serving = new HashSet<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                serving.RemoveWhere(task => task.IsCompleted);
                serving.Add(ServeAsync(client));
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                continue;
            }
        }

        await Task.WhenAll(serving);
        _work.Writer.TryComplete();
    }

    private async Task ServeAsync(TcpClient tcp)
    {
        var peer = tcp.Client.RemoteEndPoint?.ToString() ?? "?";
        try
        {
            using var owned = tcp;
            tcp.NoDelay = true;
            await using var stream = new SslStream(tcp.GetStream());
            using (var handshake = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
            {
                handshake.CancelAfter(HandshakeTimeout);
                await stream.AuthenticateAsServerAsync(_tls, handshake.Token);
            }

            Note($"connected peer={peer} subject=\"{stream.RemoteCertificate?.Subject}\"");
            using var connection = new BrokerConnection(stream, _topics, _work.Writer, _stop.Token);
            await connection.ServeAsync();
            Note($"closed peer={peer}");
        }
        catch (Exception failed) when (failed is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            Note($"failed peer={peer} why=\"{failed.Message}\"");
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var work in _work.Reader.ReadAllAsync())
        {
            work();
        }
    }
}
