using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>What a client's extensions say to us; unknown ones are ignored (RFC 5246 §7.4.1.4).</summary>
internal sealed class ClientHelloExtensions
{
    private const byte UncompressedPoint = 0;
    private const ushort MinimumRecordSize = 64;

    private bool _hasSecp256r1;
    private bool _hasEcdsaSha256;

    public bool HasPointFormats { get; private set; }

    public bool ExtendedMasterSecret { get; private set; }

    public bool RenegotiationInfo { get; private set; }

    /// <summary>What the client wants to receive; empty: nothing; null: not offered (RFC 9146 §3).</summary>
    public byte[]? ConnectionId { get; private set; }

    public bool ReturnRoutability { get; private set; }

    /// <summary>1 to 4, or 0 when not offered: 2^(8+n) bytes (RFC 6066 §4).</summary>
    public byte MaxFragmentLength { get; private set; }

    /// <summary>Bytes, or 0 when not offered (RFC 8449 §4).</summary>
    public ushort RecordSizeLimit { get; private set; }

    /// <summary>The supported groups as sent, for the log.</summary>
    public byte[] Groups { get; private set; } = [];

    /// <summary>The SNI name, if one was sent.</summary>
    public string? ServerName { get; private set; }

    public static DtlsFault Parse(ReadOnlySpan<byte> bytes, out ClientHelloExtensions extensions)
    {
        extensions = new ClientHelloExtensions();
        var block = new ExtensionBlock(bytes);
        while (block.TryNext(out var type, out var body))
        {
            if (extensions.Take(type, body) is var fault && fault != DtlsFault.None)
            {
                return fault;
            }
        }

        return block.Malformed ? DtlsFault.DecodeError
            : !extensions._hasSecp256r1 ? DtlsFault.NoP256
            // RFC 5246 §7.4.1.4.1 would read an absent list as SHA-1, which RFC 9155 §2 forbids.
            : !extensions._hasEcdsaSha256 ? DtlsFault.SignatureAlgorithms
            : DtlsFault.None;
    }

    /// <summary>What our client offers.</summary>
    /// <param name="writer">Stands at the end of the hello.</param>
    /// <param name="connectionId">What we want to receive; null: no Connection IDs.</param>
    /// <param name="returnRoutability">Offer RFC 9853 along with it.</param>
    public static void Write(ref WireWriter writer, byte[]? connectionId, bool returnRoutability)
    {
        var block = writer.OpenVector16();
        WriteExtension(ref writer, ExtensionType.SupportedGroups, [0, 2, 0, (byte)NamedGroup.Secp256r1]);
        WriteExtension(ref writer, ExtensionType.EcPointFormats, [1, UncompressedPoint]);
        WriteExtension(ref writer, ExtensionType.SignatureAlgorithms, [0, 2, 4, 3]);
        WriteExtension(ref writer, ExtensionType.ExtendedMasterSecret, []);
        WriteExtension(ref writer, ExtensionType.RenegotiationInfo, [0]);
        if (connectionId is not null)
        {
            WriteExtension(ref writer, ExtensionType.ConnectionId, [(byte)connectionId.Length, .. connectionId]);
            if (returnRoutability)
            {
                WriteExtension(ref writer, ExtensionType.ReturnRoutabilityCheck, []);
            }
        }

        writer.Close(block);
    }

    internal static void WriteExtension(ref WireWriter writer, ExtensionType type, scoped ReadOnlySpan<byte> body)
    {
        writer.WriteUInt16((ushort)type);
        writer.WriteVector16(body);
    }

    internal static DtlsFault ParsePointFormats(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        var formats = reader.ReadVector8(minimum: 1);
        return !reader.AtEnd ? DtlsFault.DecodeError
            // RFC 8422 §5.1.2: a list without uncompressed is an illegal_parameter.
            : formats.Contains(UncompressedPoint) ? DtlsFault.None : DtlsFault.IllegalParameter;
    }

    /// <summary>RFC 9146 §3: <c>struct { opaque cid&lt;0..2^8-1&gt;; } ConnectionId;</c></summary>
    internal static DtlsFault ParseConnectionId(ReadOnlySpan<byte> body, out byte[] connectionId)
    {
        var reader = new WireReader(body);
        connectionId = reader.ReadVector8().ToArray();
        return reader.AtEnd ? DtlsFault.None : DtlsFault.DecodeError;
    }

    private DtlsFault Take(ExtensionType type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case ExtensionType.SupportedGroups:
                _hasSecp256r1 = true;
                Groups = body.Length > 2 ? body[2..Math.Min(body.Length, 64)].ToArray() : [];
                return RequireInList(body, NamedGroup.Secp256r1, DtlsFault.NoP256);
            case ExtensionType.SignatureAlgorithms:
                _hasEcdsaSha256 = true;
                return RequireInList(body, SignatureScheme.EcdsaSecp256r1Sha256, DtlsFault.SignatureAlgorithms);
            case ExtensionType.EcPointFormats:
                HasPointFormats = true;
                return ParsePointFormats(body);
            case ExtensionType.ExtendedMasterSecret:
                ExtendedMasterSecret = true;
                return Empty(body);
            case ExtensionType.RenegotiationInfo:
                // RFC 5746 §3.6: anything but an empty renegotiated_connection ends an initial handshake.
                RenegotiationInfo = true;
                return body is [0] ? DtlsFault.None : DtlsFault.RenegotiationInfo;
            case ExtensionType.ConnectionId:
                var fault = ParseConnectionId(body, out var connectionId);
                ConnectionId = connectionId;
                return fault;
            case ExtensionType.ReturnRoutabilityCheck:
                ReturnRoutability = true;
                return Empty(body);
            case ExtensionType.MaxFragmentLength:
                MaxFragmentLength = body is [var length] ? length : (byte)0;
                // RFC 6066 §4: any other value is an illegal_parameter.
                return body.Length != 1 ? DtlsFault.DecodeError : body[0] is >= 1 and <= 4 ? DtlsFault.None : DtlsFault.IllegalParameter;
            case ExtensionType.RecordSizeLimit:
                var reader = new WireReader(body);
                RecordSizeLimit = reader.ReadUInt16();
                // RFC 8449 §4: below 64 it is an illegal_parameter.
                return !reader.AtEnd ? DtlsFault.DecodeError : RecordSizeLimit < MinimumRecordSize ? DtlsFault.IllegalParameter : DtlsFault.None;
            case ExtensionType.ServerName:
                var isWellFormed = ServerNameList.TryParse(body, out var name);
                ServerName = name;
                return isWellFormed ? DtlsFault.None : DtlsFault.DecodeError;
            default:
                return DtlsFault.None;
        }
    }

    private static DtlsFault Empty(ReadOnlySpan<byte> body) => body.IsEmpty ? DtlsFault.None : DtlsFault.DecodeError;

    private static DtlsFault RequireInList(ReadOnlySpan<byte> body, ushort wanted, DtlsFault missing)
    {
        var reader = new WireReader(body);
        var list = reader.ReadVector16(minimum: 2);
        if (!reader.AtEnd || list.Length % 2 != 0)
        {
            return DtlsFault.DecodeError;
        }

        var items = new WireReader(list);
        while (items.HasMore)
        {
            if (items.ReadUInt16() == wanted)
            {
                return DtlsFault.None;
            }
        }

        return missing;
    }
}
