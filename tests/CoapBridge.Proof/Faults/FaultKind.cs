namespace CoapBridge.Proof.Faults;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 and a start (Mosquitto: SIGTERM).</summary>
    BrokerRestart,

    /// <summary>The connection is lost, with FIN or RST, and none is let in.</summary>
    NetworkCut,

    /// <summary>No byte passes, and then the connection is lost or goes on.</summary>
    NetworkSilent,

    /// <summary>Nobody reads what the gateway sends, or a kilobyte now and then; large messages fill the window.</summary>
    SlowReader,

    /// <summary>PUBACKs are withheld on their way, and then lost or not.</summary>
    AcksWithheld,

    /// <summary>The broker records, and acknowledges nothing for a while.</summary>
    BrokerHolds,

    /// <summary>PUBACKs come late and in any order.</summary>
    AcksShuffled,

    /// <summary>A part of the messages is refused for now.</summary>
    RefusedForNow,

    /// <summary>kill -9 and a start.</summary>
    GatewayKill,

    /// <summary>SIGTERM, and a start when it has ended.</summary>
    GatewayRestart,

    /// <summary>No room for the outbox, while the broker is away.</summary>
    DiskFull,
}
