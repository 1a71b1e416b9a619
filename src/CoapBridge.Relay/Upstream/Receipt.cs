using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>What became of a <see cref="Publish"/>.</summary>
public enum ReceiptOutcome : byte
{
    /// <summary>The broker answered QoS 1; the reason code says how.</summary>
    Acknowledged,

    /// <summary>QoS 0: the bytes were given to TLS.</summary>
    HandedOver,

    /// <summary>The connection ended before the answer; the broker may have the message.</summary>
    ConnectionLost,

    /// <summary>There was no connection; nothing was sent.</summary>
    NotConnected,

    /// <summary>More waits than may; nothing was sent.</summary>
    QueueFull,

    /// <summary>Larger than the broker takes; nothing was sent.</summary>
    TooLarge,

    /// <summary>The broker does not offer this quality of service, or no retained messages; nothing was sent.</summary>
    NotOffered,

    /// <summary>MQTT cannot carry it; nothing was sent.</summary>
    NotValid,

    /// <summary>The outbox has it on disk (DESIGN D-11).</summary>
    Stored,

    /// <summary>The outbox has no room.</summary>
    OutboxFull,

    /// <summary>The outbox could not write it.</summary>
    NotStored,
}

/// <summary>The answer to a <see cref="Publish"/>, from the broker link to the shard.</summary>
/// <param name="Ticket">The publish's ticket.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">PUBACK's reason code; meaningful with <see cref="ReceiptOutcome.Acknowledged"/>.</param>
public readonly record struct Receipt(ulong Ticket, ReceiptOutcome Outcome, MqttReasonCode Reason = MqttReasonCode.Success);
