using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// A connection of an earlier run, read back. Whether its device is still welcome is for <see cref="Judge"/> to say, and
/// for <see cref="Shard.TakeUp"/>, which makes it live. Its parts are used by one shard only, once.
/// <code>
/// struct { uint64 high; uint64 low; uint32 scope; uint16 port; } Address;
/// opaque Certificate&lt;1..2^24-1&gt;;
/// struct {
///   Address remote; Address local; uint64 hello_fingerprint;
///   uint8 path_is_unproved; uint64 unproved_path_left;
///   uint8 certificates; Certificate chain[certificates];
///   uint48 age; Connection connection; Endpoint endpoint;      age: how long they have rested, in milliseconds
/// } SavedConnection;
/// </code>
/// </summary>
public sealed class SavedConnection
{
    /// <summary>More than one ever has: a chain has at most 16 KiB (D-18).</summary>
    internal const int MaximumLength = 65_536 + CoapEndpoint.MaximumSavedLength;

    /// <summary>Decades, in milliseconds.</summary>
    private const ulong MaximumAge = 1UL << 40;

    private SavedConnection(
        NetworkPath path, ulong helloFingerprint, long? unprovedPathLeft, IReadOnlyList<byte[]> chain, DtlsConnection connection, CoapEndpoint endpoint)
    {
        Path = path;
        HelloFingerprint = helloFingerprint;
        UnprovedPathLeft = unprovedPathLeft;
        Chain = chain;
        Connection = connection;
        Endpoint = endpoint;
    }

    internal NetworkPath Path { get; }

    internal ulong HelloFingerprint { get; }

    internal long? UnprovedPathLeft { get; }

    internal IReadOnlyList<byte[]> Chain { get; }

    internal DtlsConnection Connection { get; }

    internal CoapEndpoint Endpoint { get; }

    /// <summary>
    /// Asks about the device's certificates again, by the rules of today: what has expired, or lost its CA, is not taken up.
    /// Costs as much as in a handshake; pure, runs on any thread.
    /// </summary>
    /// <param name="verifier">Of today.</param>
    /// <param name="time">The time of day.</param>
    public PeerVerdict Judge(IPeerVerifier verifier, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        return verifier.Verify(Chain, time);
    }

    internal static void Write(Instant now, DeviceLink link, ref WireWriter writer)
    {
        Write(link.Path.Remote, ref writer);
        Write(link.Path.Local, ref writer);
        writer.WriteUInt64(link.HelloFingerprint);
        writer.WriteUInt8(link.UnprovedPathLeft is null ? (byte)0 : (byte)1);
        writer.WriteUInt64((ulong)Math.Max(0, link.UnprovedPathLeft ?? 0));
        var chain = link.Device!.Chain;
        writer.WriteUInt8((byte)chain.Count);
        foreach (var certificate in chain)
        {
            var open = writer.OpenVector24();
            writer.WriteBytes(certificate);
            writer.Close(open);
        }

        link.Save(now, ref writer);
    }

    /// <summary>Null when it is malformed.</summary>
    internal static SavedConnection? TryRead(ShardSettings settings, IEntropy entropy, Instant saved, Instant now, ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var path = new NetworkPath(ReadAddress(ref reader), ReadAddress(ref reader));
        var fingerprint = reader.ReadUInt64();
        var isUnproved = reader.ReadUInt8();
        var left = reader.ReadUInt64();
        var chain = new byte[reader.ReadUInt8()][];
        for (var index = 0; index < chain.Length; index++)
        {
            chain[index] = reader.ReadVector24(1).ToArray();
        }

        var age = reader.ReadUInt48();
        var written = saved - TimeSpan.FromMilliseconds(Math.Min(age, MaximumAge));
        if (reader.Failed || age > MaximumAge || isUnproved > 1 || left > (isUnproved == 0 ? 0 : (ulong)long.MaxValue) || chain.Length == 0
            || DtlsConnection.Load(settings.Generation.Dtls, written, ref reader) is not { } connection
            || connection.ConnectionId.Length > ConnectionIdKey.MaximumLength
            || CoapEndpoint.Load(new EndpointGroup(Shard.UnderstoodOptions, TransmissionParameters.Default, entropy), written, now, ref reader) is not { } endpoint
            || !reader.AtEnd)
        {
            return null;
        }

        return new SavedConnection(path, fingerprint, isUnproved == 0 ? null : (long)left, chain, connection, endpoint);
    }

    private static void Write(in PeerAddress address, ref WireWriter writer)
    {
        writer.WriteUInt64(address.High);
        writer.WriteUInt64(address.Low);
        writer.WriteUInt32(address.Scope);
        writer.WriteUInt16(address.Port);
    }

    private static PeerAddress ReadAddress(ref WireReader reader) =>
        new(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt16());
}
