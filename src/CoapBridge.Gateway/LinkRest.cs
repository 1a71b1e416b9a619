using System.Buffers.Binary;
using System.Security.Cryptography;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// How an idle device's connection and endpoint rest: as the bytes in which a restart would save them, a fifth of what they
/// take awake. Reading them back costs about a microsecond, so a device that speaks again notices nothing.
/// <code>
/// struct { uint64 ticks; Connection connection; Endpoint endpoint; } Rest;     ticks: when it was written
/// </code>
/// </summary>
internal sealed class LinkRest(DtlsSettings settings, EndpointGroup endpoints)
{
    /// <summary>More than a connection and an endpoint at rest ever need.</summary>
    private const int MaximumLength = 1_024;

    /// <summary>What the endpoints of all links have in common.</summary>
    public EndpointGroup Endpoints => endpoints;

    /// <summary>What woken connections go on with.</summary>
    public DtlsSettings Settings { get; set; } = settings;

    /// <summary>Both must be at rest; they are not to be used any more.</summary>
    public static byte[] Write(Instant now, DtlsConnection connection, CoapEndpoint endpoint)
    {
        Span<byte> buffer = stackalloc byte[MaximumLength];
        var writer = new WireWriter(buffer);
        writer.WriteUInt64((ulong)now.Ticks);
        connection.Save(now, ref writer);
        endpoint.Save(now, ref writer);
        var rest = !writer.Failed ? writer.Written.ToArray() : throw new InvalidOperationException("A link at rest is too long.");
        CryptographicOperations.ZeroMemory(buffer);
        return rest;
    }

    /// <summary>Writes how long ago, in milliseconds, and what <see cref="Write"/> wrote then.</summary>
    public static void Copy(Instant now, byte[] rest, ref WireWriter writer)
    {
        var written = new Instant(BinaryPrimitives.ReadInt64BigEndian(rest));
        writer.WriteUInt48((ulong)Math.Max(0, (now - written).Ticks / TimeSpan.TicksPerMillisecond));
        writer.WriteBytes(rest.AsSpan(sizeof(long)));
    }

    /// <summary>By which the link is found.</summary>
    public static ReadOnlySpan<byte> ConnectionIdOf(byte[] rest) => DtlsConnection.SavedConnectionId(rest.AsSpan(sizeof(ulong)));

    /// <summary>When the device was heard of last; to the millisecond.</summary>
    public static Instant LastHeardOf(byte[] rest) =>
        new Instant(BinaryPrimitives.ReadInt64BigEndian(rest)) - DtlsConnection.SavedSilence(rest.AsSpan(sizeof(ulong)));

    /// <summary>Reads what <see cref="Write"/> wrote, and erases it: a sequence number must not come twice under a key.</summary>
    public (DtlsConnection Connection, CoapEndpoint Endpoint) Read(byte[] rest)
    {
        var reader = new WireReader(rest);
        var written = new Instant((long)reader.ReadUInt64());
        var connection = DtlsConnection.Load(Settings, written, ref reader);
        var endpoint = CoapEndpoint.Load(endpoints, written, written, ref reader);
        CryptographicOperations.ZeroMemory(rest);
        return connection is not null && endpoint is not null && reader.AtEnd
            ? (connection, endpoint) : throw new InvalidOperationException("A link at rest cannot be read.");
    }
}
