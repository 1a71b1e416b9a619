namespace CoapBridge.Network;

/// <summary>The step at which the way to the broker ended.</summary>
internal enum BrokerFaultReason
{
    /// <summary>The name has no address.</summary>
    NameNotResolved,

    /// <summary>Nothing listens, or the network refuses.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The proxy does not lead to the broker.</summary>
    ProxyRefused,

    /// <summary>The connection ended during or after the handshake.</summary>
    Closed,

    /// <summary>We refuse the broker's certificate.</summary>
    BrokerRefused,

    /// <summary>The broker refuses our certificate, by an alert.</summary>
    TlsRefused,

    /// <summary>The service that should say where the broker is does not let the gateway have one.</summary>
    NotProvisioned,

    /// <summary>The broker refuses the gateway after TLS, in its own protocol (AMQP).</summary>
    Refused,

    /// <summary>TLS came to nothing without a word from the broker: no TLS port, or nothing in common.</summary>
    TlsFailed,
}
