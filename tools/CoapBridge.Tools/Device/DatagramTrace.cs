using System.Buffers.Binary;
using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tools.Device;

/// <summary>Lines for <c>--verbose</c>: the records of a datagram by their headers, and CoAP messages.</summary>
internal static class DatagramTrace
{
    private const int HeaderLength = 13;

    /// <summary>RFC 6347 §4.1: type, version, epoch, sequence number, length; RFC 5246 §7.4: handshake types.</summary>
    public static string DescribeRecords(bool sent, ReadOnlySpan<byte> datagram)
    {
        var line = new StringBuilder().Append(sent ? "→ " : "← ").Append(datagram.Length).Append(" bytes:");
        while (datagram.Length >= HeaderLength)
        {
            var epoch = BinaryPrimitives.ReadUInt16BigEndian(datagram[3..]);
            var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]), datagram.Length - HeaderLength);
            var body = datagram.Slice(HeaderLength, length);
            line.Append(' ').Append(NameOf(datagram[0], epoch, body)).Append(epoch > 0 ? "*" : "");
            datagram = datagram[(HeaderLength + length)..];
        }

        return line.ToString();
    }

    public static string DescribeMessage(bool sent, ReadOnlySpan<byte> datagram)
    {
        if (!CoapMessage.TryParse(datagram, out var message, out var fault))
        {
            return $"{(sent ? "→" : "←")} not CoAP: {fault}";
        }

        var line = new StringBuilder().Append(sent ? "→ " : "← ").Append(message.Type).Append(' ').Append(message.Code)
            .Append(" id=").Append(message.MessageId).Append(" token=").Append(Convert.ToHexStringLower(message.Token));
        foreach (var option in message.AllOptions)
        {
            line.Append(' ').Append(option.Number).Append('=').Append(Describe(option));
        }

        return line.Append(" payload=").Append(message.Payload.Length).ToString();
    }

    private static string Describe(in CoapOption option) => option.Number switch
    {
        OptionNumber.UriHost or OptionNumber.UriPath or OptionNumber.UriQuery or OptionNumber.LocationPath or OptionNumber.LocationQuery =>
            Encoding.UTF8.GetString(option.Value),
        OptionNumber.ContentFormat or OptionNumber.MaxAge or OptionNumber.Size1 or OptionNumber.Observe
            when option.TryGetUInt32(out var value) => $"{value}",
        _ => $"0x{Convert.ToHexStringLower(option.Value)}",
    };

    private static string NameOf(byte type, ushort epoch, ReadOnlySpan<byte> body) => type switch
    {
        20 => "ChangeCipherSpec",
        21 when epoch == 0 && body.Length == 2 => $"Alert({body[1]})",
        21 => "Alert",
        22 when epoch == 0 && body.Length > 0 => HandshakeName(body[0]),
        22 => "Finished",
        23 => "ApplicationData",
        _ => $"type {type}",
    };

    private static string HandshakeName(byte type) => type switch
    {
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        _ => $"handshake {type}",
    };
}
