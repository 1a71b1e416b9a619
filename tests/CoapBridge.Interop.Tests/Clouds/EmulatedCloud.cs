using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>
/// A stand-in for a cloud that cannot be had here: TLS with a certificate of a public root, client certificates that lead to the fleet's
/// CA, and the documented rules of its MQTT endpoint. What breaks a rule is remembered and costs the connection, as there.
/// </summary>
internal abstract class EmulatedCloud : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SslServerAuthenticationOptions _tls;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<CloudMessage> _messages = new();
    private readonly Task _running;

    /// <param name="pki">Its demo CA is the one that the operator has uploaded.</param>
    /// <param name="root">The public root.</param>
    /// <param name="name">The name in the server's certificate, with its wildcard.</param>
    /// <param name="alpn">What the port speaks; null: MQTT alone.</param>
    protected EmulatedCloud(TestPki pki, CertificateAuthority root, string name, string? alpn)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(pki.Demo.Ca.Certificate.Der));
        _tls = new SslServerAuthenticationOptions
        {
            ServerCertificate = root.Issue(new CertificateOptions { CommonName = name, DnsNames = [name], ExtendedKeyUsage = [CertificatePurposes.ServerAuth] }).ToX509WithKey(),
            ClientCertificateRequired = true,
            CertificateChainPolicy = trust,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = alpn is null ? null : [new SslApplicationProtocol(alpn)],
        };
        _listener.Start();
        _running = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What was done against the rules, in order.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>The connections that were welcomed.</summary>
    public ConcurrentQueue<CloudConnect> Connects { get; } = new();

    /// <summary>The filters that are subscribed to.</summary>
    public ConcurrentDictionary<string, int> Filters { get; } = new();

    /// <summary>The connection that is there now; null: none.</summary>
    protected CloudSession? Session { get; private set; }

    /// <summary>The next message that fits; those that do not are passed over.</summary>
    public async Task<CloudMessage> ReceiveAsync(Func<CloudMessage, bool> fits)
    {
        var limit = DateTime.UtcNow + WorkerProcess.Patience;
        while (true)
        {
            while (_messages.TryDequeue(out var message))
            {
                if (fits(message))
                {
                    return message;
                }
            }

            Assert.True(DateTime.UtcNow < limit, $"no such message; violations: {string.Join("; ", Violations)}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until the gateway has subscribed to this.</summary>
    public async Task WaitForFilterAsync(string filter)
    {
        var limit = DateTime.UtcNow + WorkerProcess.Patience;
        while (!Filters.ContainsKey(filter))
        {
            Assert.True(DateTime.UtcNow < limit, $"no subscription to {filter}, but to {string.Join(", ", Filters.Keys)}; violations: {string.Join("; ", Violations)}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Drop() => Session?.Abort();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    /// <summary>The rule that a CONNECT breaks; null: it is welcome.</summary>
    internal abstract string? Check(CloudConnect connect);

    /// <summary>The rule that a message breaks; null: it is taken.</summary>
    internal abstract string? Check(CloudMessage message);

    /// <summary>The rule that a SUBSCRIBE breaks; null: it is granted.</summary>
    internal abstract string? CheckFilters(IReadOnlyList<string> filters);

    /// <summary>The CONNACK of a welcome, in hex.</summary>
    internal abstract string Welcome { get; }

    /// <summary>What the cloud does about a message that it has taken.</summary>
    internal virtual Task HandleAsync(CloudSession session, CloudMessage message)
    {
        _messages.Enqueue(message);
        return Task.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(_tls, _stop.Token);
            var session = new CloudSession(this, stream, _stop.Token);
            Session = session; // one connection to a client: a newer one is in force
            await session.RunAsync();
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // The gateway has gone, or was not let in.
        }
    }
}
