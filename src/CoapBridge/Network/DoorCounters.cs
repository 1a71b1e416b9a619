namespace CoapBridge.Network;

/// <summary>A door's totals. Written by the shard's thread, read by the metrics.</summary>
internal sealed class DoorCounters
{
    private long _received;
    private long _sent;
    private long _tooLarge;
    private long _notUnicast;
    private long _malformed;
    private long _kernelDrops;
    private long _receiveErrors;
    private long _sendErrors;
    private long _sendBlocked;
    private long _noSocket;

    public long Received => Volatile.Read(ref _received);

    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Every reason for which a datagram was lost here, with its total.</summary>
    public IEnumerable<(string Reason, long Total)> Dropped =>
    [
        ("too_large", Volatile.Read(ref _tooLarge)),
        ("not_unicast", Volatile.Read(ref _notUnicast)),
        ("no_address", Volatile.Read(ref _malformed)),
        ("kernel", Volatile.Read(ref _kernelDrops)),
        ("receive_error", Volatile.Read(ref _receiveErrors)),
        ("send_error", Volatile.Read(ref _sendErrors)),
        ("send_blocked", Volatile.Read(ref _sendBlocked)),
        ("no_socket", Volatile.Read(ref _noSocket)),
    ];

    public void CountReceived() => _received++;

    public void CountSent(int datagrams) => _sent += datagrams;

    /// <summary>Longer than <see cref="UdpDoor.MaxDatagram"/>.</summary>
    public void CountTooLarge() => _tooLarge++;

    /// <summary>Sent to a multicast or broadcast address: DTLS is for two (RFC 7252 §9.1).</summary>
    public void CountNotUnicast() => _notUnicast++;

    /// <summary>Came without a usable source address.</summary>
    public void CountNoAddress() => _malformed++;

    /// <summary>The kernel dropped them because the receive buffer was full.</summary>
    public void CountKernelDrops(long datagrams) => _kernelDrops += datagrams;

    public void CountReceiveError() => _receiveErrors++;

    /// <summary>The system refused to send: no route, too long for the link, filtered.</summary>
    public void CountSendError() => _sendErrors++;

    /// <summary>The send buffer was full.</summary>
    public void CountSendBlocked(int datagrams) => _sendBlocked += datagrams;

    /// <summary>The path's own address belongs to none of the sockets.</summary>
    public void CountNoSocket() => _noSocket++;
}
