using System.Text;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>Reads the fields of a control packet by hand, so that an emulated cloud shares no code with what it judges.</summary>
internal sealed class CloudPacket(byte first, byte[] body)
{
    private int _at;

    public int Type => first & 0xF0;

    public int Qos => (first >> 1) & 3;

    public bool IsRetained => (first & 1) != 0;

    public byte[] Body => body;

    public byte Byte() => body[_at++];

    public int Number() => (Byte() << 8) | Byte();

    public byte[] Binary()
    {
        var length = Number();
        _at += length;
        return body[(_at - length).._at];
    }

    public string Text() => Encoding.UTF8.GetString(Binary());

    public byte[] Rest() => body[_at..];

    public bool AtEnd => _at == body.Length;

    /// <summary>The user properties and, under their number, the text properties of MQTT 5.</summary>
    public Dictionary<string, string> Properties()
    {
        var properties = new Dictionary<string, string>();
        for (var end = VariableByteInteger() + _at; _at < end;)
        {
            var id = Byte();
            switch (id)
            {
                case 0x26:
                    properties[Text()] = Text();
                    break;
                case 0x03 or 0x08 or 0x09:
                    properties[$"{id:X2}"] = Text();
                    break;
                case 0x23 or 0x21 or 0x22:
                    properties[$"{id:X2}"] = $"{Number()}";
                    break;
                case 0x01 or 0x17:
                    properties[$"{id:X2}"] = $"{Byte()}";
                    break;
                case 0x0B:
                    properties[$"{id:X2}"] = $"{VariableByteInteger()}";
                    break;
                default: // 0x02, 0x11, 0x18, 0x27: four bytes
                    properties[$"{id:X2}"] = $"{(Number() << 16) | Number()}";
                    break;
            }
        }

        return properties;
    }

    private int VariableByteInteger()
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var one = Byte();
            value |= (one & 0x7F) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }
    }
}
