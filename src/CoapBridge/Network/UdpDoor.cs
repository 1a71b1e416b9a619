using System.Net;
using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>
/// One shard's sockets: every endpoint of the gateway, received from and sent to in batches. Used by the shard's thread
/// only, but for <see cref="Wake"/>. Nothing that a peer or the network does makes a call throw.
/// </summary>
internal abstract class UdpDoor : IDisposable
{
    /// <summary>Datagrams per socket and turn.</summary>
    public const int BatchSize = 32;

    /// <summary>The longest datagram that is taken in: one full DTLS record (RFC 6347 §4.1, RFC 5246 §6.2.3). Longer ones are dropped.</summary>
    public const int MaxDatagram = 18_496;

    /// <summary>The bound addresses, in the order of <c>Listen:Endpoints</c>, with the ports that the system chose.</summary>
    public abstract IReadOnlyList<IPEndPoint> LocalEndPoints { get; }

    /// <summary>What came, went and was dropped.</summary>
    public DoorCounters Counters { get; } = new();

    /// <summary>Room for the next datagram to send, at least <see cref="MaxDatagram"/> bytes; valid until <see cref="Transmit"/>.</summary>
    public abstract Span<byte> TransmitBuffer { get; }

    /// <summary>
    /// Waits until a datagram has come, <see cref="Wake"/> was called or the time is over, then takes in one batch per
    /// socket. Zero only looks; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.
    /// </summary>
    /// <returns>How many datagrams <see cref="Datagram"/> now gives.</returns>
    public abstract int Receive(TimeSpan timeout);

    /// <summary>One of the datagrams of the last <see cref="Receive"/>, writable, valid until the next.</summary>
    public abstract Span<byte> Datagram(int index, out NetworkPath path);

    /// <summary>Queues what was written to <see cref="TransmitBuffer"/>; a full batch leaves at once.</summary>
    /// <param name="path">Where to, and from which of our addresses.</param>
    /// <param name="length">Bytes of <see cref="TransmitBuffer"/> to send.</param>
    public abstract void Transmit(in NetworkPath path, int length);

    /// <summary>Sends what is queued.</summary>
    public abstract void Flush();

    /// <summary>Ends the current or the next wait. From any thread.</summary>
    public abstract void Wake();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
