using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>The answers in a ServerHello: only to what the client sent (RFC 5246 §7.4.1.4).</summary>
internal sealed record ServerHelloExtensions
{
    public bool PointFormats { get; init; }

    public bool ExtendedMasterSecret { get; init; }

    public bool RenegotiationInfo { get; init; }

    /// <summary>The client named a server (RFC 6066 §3).</summary>
    public bool ServerName { get; init; }

    /// <summary>What the server wants to receive; null: no Connection IDs (RFC 9146 §3).</summary>
    public byte[]? ConnectionId { get; init; }

    public bool ReturnRoutability { get; init; }

    /// <summary>The client's own value, or 0 (RFC 6066 §4).</summary>
    public byte MaxFragmentLength { get; init; }

    /// <summary>The client sent record_size_limit, so we tell ours (RFC 8449 §4).</summary>
    public bool RecordSizeLimit { get; init; }

    public void Write(ref WireWriter writer)
    {
        var block = writer.OpenVector16();
        var start = writer.Length;
        WriteIf(ref writer, RenegotiationInfo, ExtensionType.RenegotiationInfo, [0]);
        WriteIf(ref writer, ServerName, ExtensionType.ServerName, []);
        WriteIf(ref writer, MaxFragmentLength != 0, ExtensionType.MaxFragmentLength, [MaxFragmentLength]);
        WriteIf(ref writer, PointFormats, ExtensionType.EcPointFormats, [1, 0]);
        WriteIf(ref writer, ExtendedMasterSecret, ExtensionType.ExtendedMasterSecret, []);
        WriteIf(ref writer, RecordSizeLimit, ExtensionType.RecordSizeLimit, [RecordHeader.MaximumPlaintext >> 8, 0]);
        WriteIf(ref writer, ConnectionId is not null, ExtensionType.ConnectionId, [(byte)(ConnectionId?.Length ?? 0), .. ConnectionId ?? []]);
        WriteIf(ref writer, ReturnRoutability, ExtensionType.ReturnRoutabilityCheck, []);
        if (writer.Length == start)
        {
            writer.Undo(block);
        }
        else
        {
            writer.Close(block);
        }
    }

    public static DtlsFault Parse(ReadOnlySpan<byte> bytes, out ServerHelloExtensions extensions)
    {
        extensions = new ServerHelloExtensions();
        var block = new ExtensionBlock(bytes);
        while (block.TryNext(out var type, out var body))
        {
            (extensions, var fault) = extensions.With(type, body);
            if (fault != DtlsFault.None)
            {
                return fault;
            }
        }

        return block.Malformed ? DtlsFault.DecodeError : DtlsFault.None;
    }

    private (ServerHelloExtensions Extensions, DtlsFault Fault) With(ExtensionType type, ReadOnlySpan<byte> body)
    {
        var empty = body.IsEmpty ? DtlsFault.None : DtlsFault.DecodeError;
        switch (type)
        {
            case ExtensionType.EcPointFormats:
                return (this with { PointFormats = true }, ClientHelloExtensions.ParsePointFormats(body));
            case ExtensionType.ExtendedMasterSecret:
                return (this with { ExtendedMasterSecret = true }, empty);
            case ExtensionType.RenegotiationInfo:
                return (this with { RenegotiationInfo = true }, body is [0] ? DtlsFault.None : DtlsFault.RenegotiationInfo);
            case ExtensionType.ServerName:
                return (this with { ServerName = true }, empty);
            case ExtensionType.MaxFragmentLength:
                // RFC 6066 §4: the answer is what was offered, and 0 never is.
                return (this with { MaxFragmentLength = body is [var code] ? code : (byte)0 }, body is [0] ? DtlsFault.UnsupportedExtension : body.Length == 1 ? DtlsFault.None : DtlsFault.DecodeError);
            case ExtensionType.RecordSizeLimit:
                return (this with { RecordSizeLimit = true }, body.Length == 2 ? DtlsFault.None : DtlsFault.DecodeError);
            case ExtensionType.ConnectionId:
                var fault = ClientHelloExtensions.ParseConnectionId(body, out var connectionId);
                return (this with { ConnectionId = connectionId }, fault);
            case ExtensionType.ReturnRoutabilityCheck:
                return (this with { ReturnRoutability = true }, empty);
            default:
                // RFC 5246 §7.4.1.4: an answer to nothing that anybody sends.
                return (this, DtlsFault.UnsupportedExtension);
        }
    }

    private static void WriteIf(ref WireWriter writer, bool isThere, ExtensionType type, scoped ReadOnlySpan<byte> body)
    {
        if (isThere)
        {
            ClientHelloExtensions.WriteExtension(ref writer, type, body);
        }
    }
}
