using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using CoapBridge.Mqtt;
using CoapBridge.Network;

namespace CoapBridge.Soak;

/// <summary>
/// The cloud: one client of the broker with a session that outlives the broker's restarts. It sees every message, answers calls, sends
/// commands and changes states. One task owns it.
/// </summary>
/// <param name="port">The broker's, not the network's that the gateway goes through.</param>
/// <param name="certificate">Its own.</param>
/// <param name="authority">The broker's CA.</param>
internal sealed class Cloud(int port, X509Certificate2 certificate, X509Certificate2 authority) : IAsyncDisposable
{
    public const string Replies = "cloud/replies";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly MqttClientEngine _engine = new(new MqttClientOptions("cloud", TimeSpan.FromSeconds(30)) { SessionExpiry = TimeSpan.FromDays(1) });
    private readonly Channel<ApplicationMessage> _toPublish = Channel.CreateUnbounded<ApplicationMessage>();
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _outgoing = new byte[64 * 1024];
    private Task _running = Task.CompletedTask;
    private ulong _ticket;

    /// <summary>A message that came, on the cloud's task.</summary>
    public event Action<ApplicationMessage>? Seen;

    /// <summary>Completes when it is subscribed to everything.</summary>
    public Task StartAsync()
    {
        _running = RunAsync();
        return _ready.Task;
    }

    /// <summary>At QoS 1, now or when there is a connection again.</summary>
    public void Publish(string topic, string payload, bool retain = false, string? correlation = null) => _toPublish.Writer.TryWrite(new ApplicationMessage
    {
        Topic = topic,
        Payload = Encoding.UTF8.GetBytes(payload),
        QualityOfService = QualityOfService.AtLeastOnce,
        Retain = retain,
        ResponseTopic = correlation is null ? null : Replies,
        CorrelationData = correlation is null ? null : Encoding.UTF8.GetBytes(correlation),
    });

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _over.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                await ServeAsync();
            }
            catch (Exception ended) when (ended is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // The broker restarts all the time.
            }

            _engine.HandleDisconnected(Clock.Now);
            await Task.Delay(Pause);
        }
    }

    private async Task ServeAsync()
    {
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync("127.0.0.1", port, _over.Token);
        await using var stream = new SslStream(tcp.GetStream());
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(authority);
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                CertificateChainPolicy = trust,
            },
            _over.Token);
        _engine.HandleConnected(Clock.Now);
        var incoming = new byte[64 * 1024];
        var reading = stream.ReadAsync(incoming, _over.Token).AsTask();
        while (!_engine.MustClose)
        {
            if (reading.IsCompleted)
            {
                var length = await reading;
                if (length == 0)
                {
                    return;
                }

                _engine.HandleReceived(Clock.Now, incoming.AsSpan(0, length));
                reading = stream.ReadAsync(incoming, _over.Token).AsTask();
            }

            _engine.HandleTimeout(Clock.Now);
            Follow();
            while (_engine.TryTakeTransmit(_outgoing, out var count))
            {
                await stream.WriteAsync(_outgoing.AsMemory(0, count), _over.Token);
            }

            await Task.WhenAny(reading, _toPublish.Reader.WaitToReadAsync(_over.Token).AsTask(), Task.Delay(Pause, _over.Token));
            _over.Token.ThrowIfCancellationRequested();
        }
    }

    private void Follow()
    {
        while (_engine.TryTakeEvent(out var what))
        {
            switch (what.Kind)
            {
                case MqttEventKind.ConnectionAccepted:
                    SubscriptionRequest[] wanted = [Of("devices/#"), Of(Replies)];
                    _engine.Subscribe(Clock.Now, 1, wanted);
                    break;
                case MqttEventKind.SubscribeAcknowledged:
                    _ready.TrySetResult();
                    break;
                case MqttEventKind.PublishLost or MqttEventKind.PublishNotSent:
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the broker lost its sessions: {what.Kind}"));
                case MqttEventKind.MessageReceived:
                    Take(what.Message!.Message);
                    if (what.Message.Message.QualityOfService != QualityOfService.AtMostOnce)
                    {
                        _engine.Acknowledge(Clock.Now, what.Ticket);
                    }

                    break;
            }
        }

        while (_engine.IsConnected && _toPublish.Reader.TryPeek(out var message) && _engine.Publish(Clock.Now, ++_ticket, message) == PublishOutcome.Accepted)
        {
            _toPublish.Reader.TryRead(out _);
        }
    }

    private void Take(ApplicationMessage message)
    {
        // A call is answered with what it asked.
        if (message is { ResponseTopic: { } answers, CorrelationData: { } correlation } && message.Topic.Contains("/rpc/", StringComparison.Ordinal))
        {
            _toPublish.Writer.TryWrite(new ApplicationMessage
            {
                Topic = answers, Payload = message.Payload, CorrelationData = correlation, QualityOfService = QualityOfService.AtLeastOnce,
            });
        }

        Seen?.Invoke(message);
    }

    private static SubscriptionRequest Of(string filter) => new(filter, QualityOfService.AtLeastOnce, WantsRetained: false);
}
