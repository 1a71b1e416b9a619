using System.Text;
using CoapBridge.Network;
using CoapBridge.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// One connection of RabbitMQ.Client over a TLS connection of ours: a channel that publishes with confirms and gets the answers to
/// calls, and, once commands are wanted, one that consumes the gateway's queue. What comes is left in the driver's inbox.
/// </summary>
internal sealed partial class AmqpConnection : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A broker that is silent is missed after two of these.</summary>
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(20);

    /// <summary>Events above which answers to calls are dropped; everything else is bounded where it comes from.</summary>
    private const int MaximumEvents = 16_384;

    /// <summary>Bytes of a command or an answer.</summary>
    private const int MaximumBody = 1 << 20;

    private readonly BrokerConnection _transport;
    private readonly SecuredClient _client;
    private readonly AmqpOptions _options;
    private readonly Inbox<AmqpEvent> _events;
    private IConnection? _connection;
    private IChannel? _publishing;
    private IChannel? _commands;

    private AmqpConnection(BrokerConnection transport, AmqpOptions options, Inbox<AmqpEvent> events)
    {
        _transport = transport;
        _client = new SecuredClient(transport.Socket, transport.Stream);
        _options = options;
        _events = events;
    }

    /// <summary>The TLS connection below.</summary>
    public BrokerConnection Transport => _transport;

    /// <summary>The first failure of TLS; null: there was none.</summary>
    public Exception? TransportFault => _client.Fault;

    /// <summary>Of the gateway whose commands it holds; operators may make it themselves, with arguments of their own.</summary>
    public string CommandQueue => $"gateways.{RoutingKey.OfTopic(_options.ClientId)}.commands";

    /// <summary>Logs in and looks whether the exchange is there; the connection, or why there is none.</summary>
    /// <param name="transport">Owned by the connection, or disposed of.</param>
    /// <param name="options">Virtual host and exchange.</param>
    /// <param name="name">What operators see of the connection at the broker.</param>
    /// <param name="events">Where everything that comes is left.</param>
    /// <param name="stop">Gives up; then it throws.</param>
    public static async Task<(AmqpConnection? Connection, BrokerFault? Fault)> OpenAsync(
        BrokerConnection transport, AmqpOptions options, string name, Inbox<AmqpEvent> events, CancellationToken stop)
    {
        var connection = new AmqpConnection(transport, options, events);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await connection.LogInAsync(name, limit.Token).ConfigureAwait(false);
            return (connection, null);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && AmqpFaults.IsOfBroker(exception))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            return (null, AmqpFaults.Explain(exception, connection.TransportFault, options, limit.IsCancellationRequested) with { Broker = transport.Broker });
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Gives messages and settlements to the broker; each channel's in order. False when not all went out: an event tells that the
    /// channel or the connection has ended, and what becomes of them.
    /// </summary>
    public async Task<bool> WriteAsync(AmqpBatch batch, CancellationToken stop)
    {
        try
        {
            if (_commands is { } commands)
            {
                foreach (var (tag, isTaken) in batch.Settlements)
                {
                    var settled = isTaken ? commands.BasicAckAsync(tag, multiple: false, stop) : commands.BasicNackAsync(tag, multiple: false, requeue: false, stop);
                    await settled.ConfigureAwait(false);
                }
            }

            var publishing = _publishing!; // the numbers of the batch are this channel's
            foreach (var message in batch.Messages)
            {
                var (exchange, key) = AmqpMessage.AddressOf(message.Topic)!.Value;
                await publishing.BasicPublishAsync(
                    exchange ?? _options.Exchange, key, mandatory: true, AmqpMessage.PropertiesOf(message), message.Payload, stop).ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception exception) when (AmqpFaults.IsOfBroker(exception))
        {
            return false;
        }
    }

    /// <summary>Another channel in place of the one that the broker has closed.</summary>
    public async Task<bool> ReopenAsync(CancellationToken stop)
    {
        try
        {
            await OpenPublishingAsync(stop).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (AmqpFaults.IsOfBroker(exception))
        {
            return false;
        }
    }

    /// <summary>Says goodbye, and waits a little for the answer.</summary>
    public async Task LeaveAsync()
    {
        if (_connection is { IsOpen: true } connection)
        {
            await Task.WhenAny(connection.CloseAsync(Constants.ReplySuccess, "leaving", TimeSpan.FromSeconds(1), abort: true), Task.Delay(TimeSpan.FromSeconds(1)))
                .ConfigureAwait(false);
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends it at once; nobody wants to know how.</summary>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _transport.DisposeAsync().ConfigureAwait(false);
        if (_connection is { } connection)
        {
            await connection.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LogInAsync(string name, CancellationToken stop)
    {
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1", // not resolved and not used: the connection is there
            SocketFactory = _ => _client,
            AuthMechanisms = [new ExternalMechanismFactory()],
            VirtualHost = _options.VirtualHost,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = _heartbeat,
            HandshakeContinuationTimeout = Patience,
            ContinuationTimeout = Patience,
        };
        factory.ClientProperties["product"] = Encoding.UTF8.GetBytes("CoapBridge");
        _connection = await factory.CreateConnectionAsync(name, stop).ConfigureAwait(false);
        _connection.ConnectionBlockedAsync += (_, blocked) => Post(new AmqpEvent.Blocked(this, blocked.Reason));
        _connection.ConnectionUnblockedAsync += (_, _) => Post(new AmqpEvent.Blocked(this, null));
        _connection.ConnectionShutdownAsync += (_, end) => Post(
            end.Initiator == ShutdownInitiator.Peer ? new AmqpEvent.Closed(this, end.ReplyCode, end.ReplyText) : new AmqpEvent.Closed(this, 0, null));
        await OpenPublishingAsync(stop).ConfigureAwait(false);
    }

    private async Task OpenPublishingAsync(CancellationToken stop)
    {
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
        var channel = await _connection!.CreateChannelAsync(options, stop).ConfigureAwait(false);
        channel.BasicAcksAsync += (_, ack) => Post(new AmqpEvent.Confirmed(this, ack.DeliveryTag, ack.Multiple, IsNegative: false));
        channel.BasicNacksAsync += (_, nack) => Post(new AmqpEvent.Confirmed(this, nack.DeliveryTag, nack.Multiple, IsNegative: true));
        channel.BasicReturnAsync += (_, returned) => Post(new AmqpEvent.Returned(this, returned.BasicProperties.MessageId, returned.RoutingKey));
        await channel.ExchangeDeclarePassiveAsync(_options.Exchange, stop).ConfigureAwait(false);
        var replies = new AsyncEventingBasicConsumer(channel);
        replies.ReceivedAsync += HandleReplyAsync;
        await channel.BasicConsumeAsync(AmqpMessage.DirectReplyTo, autoAck: true, replies, stop).ConfigureAwait(false);
        channel.ChannelShutdownAsync += (_, end) => AmqpFaults.IsOfChannel(end) ? Post(new AmqpEvent.PublishRefused(this, end.ReplyCode, end.ReplyText)) : Task.CompletedTask;
        _publishing = channel;
    }

    private Task HandleReplyAsync(object sender, BasicDeliverEventArgs reply) =>
        reply.Body.Length > MaximumBody || _events.Count > MaximumEvents ? Task.CompletedTask
        : Post(new AmqpEvent.Reply(this, AmqpMessage.OfReply(reply.BasicProperties, reply.Body.Span)));

    private Task Post(AmqpEvent what)
    {
        _events.TryPost(what);
        return Task.CompletedTask;
    }
}
