using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Upstream.Amqp;

namespace CoapBridge.Check;

/// <summary>One message to the exchange over a connection that is there, with a confirm. It touches no queue.</summary>
internal static class AmqpRoundTrip
{
    /// <summary>Null when the broker confirmed it.</summary>
    /// <param name="transport">Disposed of.</param>
    /// <param name="options">The exchange and its virtual host.</param>
    /// <param name="topic">Where the message goes.</param>
    /// <param name="stop">Gives up; then it throws.</param>
    public static async Task<BrokerFault?> RunAsync(BrokerConnection transport, AmqpOptions options, string topic, CancellationToken stop)
    {
        using var wake = new SemaphoreSlim(0);
        var events = new Inbox<AmqpEvent>(int.MaxValue, () => wake.Release());
        var (connection, fault) = await AmqpConnection.OpenAsync(transport, options, BrokerRoundTrip.ClientOf(options.ClientId), events, stop).ConfigureAwait(false);
        if (connection is null)
        {
            return fault;
        }

        var message = new ApplicationMessage { Topic = topic, Payload = "check"u8.ToArray() };
        try
        {
            await connection.WriteAsync(new AmqpBatch([message], []), stop).ConfigureAwait(false);
            return await AnswerAsync(events, wake, stop).ConfigureAwait(false);
        }
        finally
        {
            await connection.LeaveAsync().ConfigureAwait(false);
        }
    }

    private static async Task<BrokerFault?> AnswerAsync(Inbox<AmqpEvent> events, SemaphoreSlim wake, CancellationToken stop)
    {
        while (true)
        {
            await wake.WaitAsync(stop).ConfigureAwait(false);
            while (events.TryTake(out var what))
            {
                switch (what)
                {
                    case AmqpEvent.Confirmed { IsNegative: false }:
                        return null;
                    case AmqpEvent.Confirmed:
                        return new BrokerFault(BrokerFaultReason.Refused, "the broker could not take the message (basic.nack)", "see the broker's log; a queue may be full");
                    case AmqpEvent.Blocked { Reason: { } reason }:
                        return new BrokerFault(BrokerFaultReason.Refused, $"the broker takes no messages for now: {reason}", "give it memory or disk; until then events go to the outbox");
                    case AmqpEvent.PublishRefused refused:
                        return new BrokerFault(BrokerFaultReason.Refused, $"the broker refuses the message: {refused.Code} {refused.Text}", "let the gateway's user write to the exchange");
                    case AmqpEvent.Closed closed:
                        return new BrokerFault(BrokerFaultReason.Closed, $"the broker ended the connection: {closed.Code} {closed.Text}", "see the broker's log");
                }
            }
        }
    }
}
