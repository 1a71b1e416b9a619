using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>What a client's extensions say to us; unknown ones are ignored (RFC 5246 §7.4.1.4).</summary>
internal readonly record struct ClientHelloExtensions(
    bool HasPointFormats, bool ExtendedMasterSecret, bool RenegotiationInfo)
{
    private const byte UncompressedPoint = 0;

    public static DtlsFault Parse(ReadOnlySpan<byte> bytes, out ClientHelloExtensions extensions)
    {
        extensions = default;
        var fault = DtlsFault.None;
        bool groups = false, signatures = false;
        var block = new ExtensionBlock(bytes);
        while (fault == DtlsFault.None && block.TryNext(out var type, out var body))
        {
            switch (type)
            {
                case ExtensionType.SupportedGroups:
                    fault = RequireInList(body, NamedGroup.Secp256r1, DtlsFault.NoP256);
                    groups = true;
                    break;
                case ExtensionType.SignatureAlgorithms:
                    fault = RequireInList(body, SignatureScheme.EcdsaSecp256r1Sha256, DtlsFault.SignatureAlgorithms);
                    signatures = true;
                    break;
                case ExtensionType.EcPointFormats:
                    fault = ParsePointFormats(body);
                    extensions = extensions with { HasPointFormats = true };
                    break;
                case ExtensionType.ExtendedMasterSecret:
                    fault = body.IsEmpty ? DtlsFault.None : DtlsFault.DecodeError;
                    extensions = extensions with { ExtendedMasterSecret = true };
                    break;
                case ExtensionType.RenegotiationInfo:
                    // RFC 5746 §3.6: anything but an empty renegotiated_connection ends an initial handshake.
                    fault = body is [0] ? DtlsFault.None : DtlsFault.RenegotiationInfo;
                    extensions = extensions with { RenegotiationInfo = true };
                    break;
            }
        }

        return fault != DtlsFault.None ? fault
            : block.Malformed ? DtlsFault.DecodeError
            : !groups ? DtlsFault.NoP256
            // RFC 5246 §7.4.1.4.1 would read an absent list as SHA-1, which RFC 9155 §2 forbids.
            : !signatures ? DtlsFault.SignatureAlgorithms
            : DtlsFault.None;
    }

    public static void Write(ref WireWriter writer)
    {
        var block = writer.OpenVector16();
        WriteExtension(ref writer, ExtensionType.SupportedGroups, [0, 2, 0, (byte)NamedGroup.Secp256r1]);
        WriteExtension(ref writer, ExtensionType.EcPointFormats, [1, UncompressedPoint]);
        WriteExtension(ref writer, ExtensionType.SignatureAlgorithms, [0, 2, 4, 3]);
        WriteExtension(ref writer, ExtensionType.ExtendedMasterSecret, []);
        WriteExtension(ref writer, ExtensionType.RenegotiationInfo, [0]);
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
