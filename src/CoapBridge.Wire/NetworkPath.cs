namespace CoapBridge.Wire;

/// <summary>
/// The two ends of a datagram's way: an answer leaves from the local address that the request came to, also on a host
/// with several addresses.
/// </summary>
/// <param name="Remote">The peer's address.</param>
/// <param name="Local">Our address, as the datagram named it.</param>
public readonly record struct NetworkPath(PeerAddress Remote, PeerAddress Local);
