using System.Text;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Extensions;

/// <summary>
/// <code>
/// struct { NameType name_type; opaque HostName&lt;1..2^16-1&gt;; } ServerName;
/// struct { ServerName server_name_list&lt;1..2^16-1&gt; } ServerNameList;   RFC 6066 §3
/// </code>
/// The name is for the log: which certificate is shown does not depend on it.
/// </summary>
internal static class ServerNameList
{
    private const byte HostName = 0;
    private const int MaximumName = 255;

    public static bool TryParse(ReadOnlySpan<byte> body, out string? name)
    {
        name = null;
        var reader = new WireReader(body);
        var list = new WireReader(reader.ReadVector16(minimum: 1));
        while (list.HasMore)
        {
            var type = list.ReadUInt8();
            var value = list.ReadVector16(minimum: 1);

            // RFC 6066 §3: not two names of one type; we know one type.
            if (list.Failed || type != HostName || name is not null || value.Length > MaximumName
                || value.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E))
            {
                return false;
            }

            name = Encoding.ASCII.GetString(value);
        }

        return reader.AtEnd && list.AtEnd;
    }
}
