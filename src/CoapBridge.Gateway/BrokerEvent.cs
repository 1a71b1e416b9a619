using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>A change of the <see cref="BrokerLink"/> that an operator may want to read.</summary>
public abstract record BrokerEvent
{
    private BrokerEvent()
    {
    }

    /// <summary>CONNACK was a success.</summary>
    public sealed record Connected : BrokerEvent;

    /// <summary>There was no connection: TCP or TLS came to nothing.</summary>
    public sealed record ConnectFailed(ReconnectCause Cause, Instant NextAttempt) : BrokerEvent;

    /// <summary>CONNACK was a refusal.</summary>
    /// <param name="Reason">Its reason code.</param>
    /// <param name="Detail">The broker's own words; not trustworthy text.</param>
    /// <param name="NextAttempt">When the link tries again.</param>
    public sealed record Refused(MqttReasonCode Reason, string? Detail, Instant NextAttempt) : BrokerEvent;

    /// <summary>The connection is about to be left for one with another certificate of ours.</summary>
    /// <param name="Outstanding">Publishes whose PUBACKs are waited for.</param>
    public sealed record Renewing(int Outstanding) : BrokerEvent;

    /// <summary>The connection is about to be left for one with a broker that is preferred.</summary>
    /// <param name="Outstanding">Publishes whose PUBACKs are waited for.</param>
    public sealed record Moving(int Outstanding) : BrokerEvent;

    /// <summary>The broker has accepted us with another certificate.</summary>
    public sealed record Renewed : BrokerEvent;

    /// <summary>The broker does not take the other certificate; the one before is shown again.</summary>
    public sealed record RenewalRefused : BrokerEvent;

    /// <summary>A connection ended.</summary>
    /// <param name="End">By whom, or for what.</param>
    /// <param name="Reason">The reason code of the DISCONNECT, by whichever side; null: there was none.</param>
    /// <param name="Detail">The broken rule or the broker's own words; not trustworthy text.</param>
    /// <param name="NextAttempt">When the link tries again; null when it is draining.</param>
    public sealed record Closed(ConnectionEnd End, MqttReasonCode? Reason, string? Detail, Instant? NextAttempt) : BrokerEvent;
}
