using CoapBridge.Mqtt;

namespace CoapBridge.Upstream.Amqp;

/// <summary>What a connection tells the driver, from the threads of RabbitMQ.Client.</summary>
/// <param name="From">The connection: what an earlier one said late means nothing.</param>
internal abstract record AmqpEvent(AmqpConnection From)
{
    /// <summary>basic.ack or basic.nack of publishes.</summary>
    public sealed record Confirmed(AmqpConnection From, ulong Number, bool IsMultiple, bool IsNegative) : AmqpEvent(From);

    /// <summary>basic.return: no queue is bound for a message.</summary>
    public sealed record Returned(AmqpConnection From, string? MessageId, string Key) : AmqpEvent(From);

    /// <summary>A message from the gateway's queue; null when it cannot be a command.</summary>
    public sealed record Command(AmqpConnection From, ulong Tag, ApplicationMessage? Message, bool IsDuplicate) : AmqpEvent(From);

    /// <summary>An answer to a call.</summary>
    public sealed record Reply(AmqpConnection From, ApplicationMessage Message) : AmqpEvent(From);

    /// <summary>connection.blocked, or connection.unblocked without a reason.</summary>
    public sealed record Blocked(AmqpConnection From, string? Reason) : AmqpEvent(From);

    /// <summary>The broker has closed the publishing channel over a publish.</summary>
    public sealed record PublishRefused(AmqpConnection From, ushort Code, string Text) : AmqpEvent(From);

    /// <summary>The connection has ended, or is of no use any more.</summary>
    /// <param name="From">Which.</param>
    /// <param name="Code">The broker's reply code; 0: it ended without a word.</param>
    /// <param name="Text">The broker's words; null without a word.</param>
    public sealed record Closed(AmqpConnection From, ushort Code, string? Text) : AmqpEvent(From);
}
