using CoapBridge.Mqtt;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>Why the broker could not be reached, in one line, and what to do about it.</summary>
/// <param name="Reason">Which step failed; decides how long to wait.</param>
/// <param name="Problem">What happened.</param>
/// <param name="Remedy">What an operator can do.</param>
internal sealed record BrokerFault(BrokerFaultReason Reason, string Problem, string Remedy)
{
    /// <summary>How long to wait before the next attempt.</summary>
    public ReconnectCause Cause => Reason switch
    {
        BrokerFaultReason.BrokerRefused or BrokerFaultReason.TlsFailed => ReconnectCause.Untrusted,
        BrokerFaultReason.TlsRefused or BrokerFaultReason.Refused or BrokerFaultReason.NotProvisioned => ReconnectCause.Refused,
        _ => ReconnectCause.Unreachable,
    };

    /// <summary>Which broker; null: the one that the connection was to.</summary>
    public BrokerAddress? Broker { get; init; }
}
