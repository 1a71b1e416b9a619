using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace CoapBridge.Upstream.Amqp;

// The gateway's queue: made, bound, and consumed by nobody else.
internal sealed partial class AmqpConnection
{
    /// <summary>Commands that may be under way to the disk.</summary>
    private const ushort Prefetch = 256;

    /// <summary>Why the queue could not be consumed at the last attempt; null: it is.</summary>
    public string? CommandProblem { get; private set; }

    /// <summary>Binds and unbinds, one after the other; throws when the connection has ended.</summary>
    public async Task<IReadOnlyList<BindingOutcome>> BindAsync(IReadOnlyList<BindingChange> changes, CancellationToken stop)
    {
        if (_commands is null && !await TryConsumeAsync(stop).ConfigureAwait(false))
        {
            return [.. changes.Select(_ => BindingOutcome.Later)];
        }

        var outcomes = new List<BindingOutcome>();
        IChannel? channel = null;
        foreach (var change in changes)
        {
            try
            {
                channel ??= await _connection!.CreateChannelAsync(null, stop).ConfigureAwait(false);
                await (change.IsWanted
                    ? channel.QueueBindAsync(CommandQueue, _options.Exchange, change.Key, cancellationToken: stop)
                    : channel.QueueUnbindAsync(CommandQueue, _options.Exchange, change.Key, cancellationToken: stop)).ConfigureAwait(false);
                outcomes.Add(BindingOutcome.Done);
            }
            catch (OperationInterruptedException refused) when (AmqpFaults.IsOfChannel(refused.ShutdownReason))
            {
                outcomes.Add(BindingOutcome.Refused);
                channel = null;
            }
        }

        if (channel is not null)
        {
            await channel.CloseAsync(stop).ConfigureAwait(false);
        }

        return outcomes;
    }

    private async Task<bool> TryConsumeAsync(CancellationToken stop)
    {
        try
        {
            var channel = await OpenQueueAsync(stop).ConfigureAwait(false);
            await channel.BasicQosAsync(0, Prefetch, global: false, stop).ConfigureAwait(false);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += HandleCommandAsync;
            consumer.UnregisteredAsync += (_, _) => Post(new AmqpEvent.Closed(this, 0, $"the queue {CommandQueue} was deleted"));
            _commands = channel;

            // Exclusive: a second gateway of this name would take half of the commands.
            await channel.BasicConsumeAsync(
                CommandQueue, autoAck: false, consumerTag: "", noLocal: false, exclusive: true, arguments: null, consumer, stop).ConfigureAwait(false);
            channel.ChannelShutdownAsync += (_, end) => AmqpFaults.IsOfChannel(end) ? Post(new AmqpEvent.Closed(this, end.ReplyCode, end.ReplyText)) : Task.CompletedTask;
            CommandProblem = null;
            return true;
        }
        catch (OperationInterruptedException refused) when (AmqpFaults.IsOfChannel(refused.ShutdownReason))
        {
            _commands = null;
            CommandProblem = refused.ShutdownReason!.ReplyText;
            return false;
        }
    }

    /// <summary>The queue as it is, or else a durable one.</summary>
    private async Task<IChannel> OpenQueueAsync(CancellationToken stop)
    {
        var channel = await _connection!.CreateChannelAsync(null, stop).ConfigureAwait(false);
        try
        {
            await channel.QueueDeclarePassiveAsync(CommandQueue, stop).ConfigureAwait(false);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            channel = await _connection!.CreateChannelAsync(null, stop).ConfigureAwait(false);
            await channel.QueueDeclareAsync(CommandQueue, durable: true, exclusive: false, autoDelete: false, cancellationToken: stop).ConfigureAwait(false);
        }

        return channel;
    }

    private Task HandleCommandAsync(object sender, BasicDeliverEventArgs command) => Post(new AmqpEvent.Command(
        this, command.DeliveryTag,
        command.Body.Length > MaximumBody ? null : AmqpMessage.OfCommand(command.RoutingKey, command.BasicProperties, command.Body.Span),
        command.Redelivered));
}
