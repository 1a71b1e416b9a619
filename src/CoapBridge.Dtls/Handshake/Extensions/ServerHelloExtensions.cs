using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>The answers in a ServerHello: only to what the client sent (RFC 5246 §7.4.1.4).</summary>
internal readonly record struct ServerHelloExtensions(bool PointFormats, bool ExtendedMasterSecret, bool RenegotiationInfo)
{
    public void Write(ref WireWriter writer)
    {
        if (this == default)
        {
            return;
        }

        var block = writer.OpenVector16();
        if (RenegotiationInfo)
        {
            ClientHelloExtensions.WriteExtension(ref writer, ExtensionType.RenegotiationInfo, [0]);
        }

        if (PointFormats)
        {
            ClientHelloExtensions.WriteExtension(ref writer, ExtensionType.EcPointFormats, [1, 0]);
        }

        if (ExtendedMasterSecret)
        {
            ClientHelloExtensions.WriteExtension(ref writer, ExtensionType.ExtendedMasterSecret, []);
        }

        writer.Close(block);
    }

    public static DtlsFault Parse(ReadOnlySpan<byte> bytes, out ServerHelloExtensions extensions)
    {
        extensions = default;
        var fault = DtlsFault.None;
        var block = new ExtensionBlock(bytes);
        while (fault == DtlsFault.None && block.TryNext(out var type, out var body))
        {
            switch (type)
            {
                case ExtensionType.EcPointFormats:
                    fault = ClientHelloExtensions.ParsePointFormats(body);
                    extensions = extensions with { PointFormats = true };
                    break;
                case ExtensionType.ExtendedMasterSecret:
                    fault = body.IsEmpty ? DtlsFault.None : DtlsFault.DecodeError;
                    extensions = extensions with { ExtendedMasterSecret = true };
                    break;
                case ExtensionType.RenegotiationInfo:
                    fault = body is [0] ? DtlsFault.None : DtlsFault.RenegotiationInfo;
                    extensions = extensions with { RenegotiationInfo = true };
                    break;
                default:
                    // RFC 5246 §7.4.1.4: an answer to nothing that we sent.
                    fault = DtlsFault.UnsupportedExtension;
                    break;
            }
        }

        return fault == DtlsFault.None && block.Malformed ? DtlsFault.DecodeError : fault;
    }
}
