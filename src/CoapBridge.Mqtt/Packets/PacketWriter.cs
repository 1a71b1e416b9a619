using System.Text;
using System.Text.Unicode;
using CoapBridge.Mqtt.Properties;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// Writes one control packet into the caller's span: room for the longest fixed header first, then the fields; at the
/// end the length is known and the body moves up behind its header. So <see cref="Slack"/> bytes more than the packet
/// itself are needed. What does not fit, or is not well-formed text, makes <see cref="TryFinish"/> say no.
/// </summary>
internal ref struct PacketWriter
{
    /// <summary>How much longer than the packet the destination must be.</summary>
    public const int Slack = HeaderRoom;

    private const int HeaderRoom = 5;
    private readonly MqttVersion _version;
    private readonly Span<byte> _destination;
    private readonly byte _first;
    private WireWriter _wire;
    private bool _failed;

    public PacketWriter(Span<byte> destination, PacketType type, int flags, MqttVersion version = MqttVersion.Mqtt5)
    {
        _version = version;
        _destination = destination;
        _first = (byte)(((int)type << 4) | flags);
        _wire = new WireWriter(destination);
        _wire.WriteUInt8(0xFF);
        _wire.WriteUInt32(uint.MaxValue);
    }

    public PacketWriter(Span<byte> destination, PacketType type, MqttVersion version = MqttVersion.Mqtt5)
        : this(destination, type, ControlPacket.RequiredFlags(type), version)
    {
    }

    public void WriteUInt8(byte value) => _wire.WriteUInt8(value);

    public void WriteUInt16(ushort value) => _wire.WriteUInt16(value);

    public void WriteUInt32(uint value) => _wire.WriteUInt32(value);

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes) => _wire.WriteBytes(bytes);

    public void WriteBinary(scoped ReadOnlySpan<byte> bytes) => _wire.WriteVector16(bytes);

    /// <summary>A UTF-8 Encoded String (MQTT 5 §1.5.4).</summary>
    public void WriteText(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        if (size > MqttText.MaximumLength || size > _destination.Length - _wire.Length - 2)
        {
            _failed = true;
            return;
        }

        Span<byte> buffer = size <= 512 ? stackalloc byte[512] : new byte[size];
        var status = Utf8.FromUtf16(text, buffer, out _, out var written, replaceInvalidSequences: false);
        _failed |= status != System.Buffers.OperationStatus.Done;
        _wire.WriteVector16(buffer[..written]);
    }

    public void WriteVariableByteInteger(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        _wire.WriteBytes(bytes[..VariableByteInteger.Write(bytes, value)]);
    }

    public void WriteProperty(PropertyIdentifier identifier, byte value)
    {
        WriteUInt8((byte)identifier);
        WriteUInt8(value);
    }

    public void WriteProperty(PropertyIdentifier identifier, ushort value)
    {
        WriteUInt8((byte)identifier);
        WriteUInt16(value);
    }

    public void WriteProperty(PropertyIdentifier identifier, uint value)
    {
        WriteUInt8((byte)identifier);
        WriteUInt32(value);
    }

    public void WriteProperty(PropertyIdentifier identifier, string value)
    {
        WriteUInt8((byte)identifier);
        WriteText(value);
    }

    public void WriteProperty(PropertyIdentifier identifier, scoped ReadOnlySpan<byte> value)
    {
        WriteUInt8((byte)identifier);
        WriteBinary(value);
    }

    public void WriteProperties(IReadOnlyList<UserProperty> properties)
    {
        for (var index = 0; index < properties.Count; index++)
        {
            WriteProperty(PropertyIdentifier.UserProperty, properties[index].Name);
            WriteText(properties[index].Value);
        }
    }

    /// <summary>False in MQTT 3.1.1: then no property may be written.</summary>
    public readonly bool HasProperties => _version == MqttVersion.Mqtt5;

    /// <summary>Begins a property block; give the result to <see cref="CloseProperties"/>.</summary>
    public int OpenProperties()
    {
        if (HasProperties)
        {
            WriteUInt8(0xFF);
        }

        return _wire.Length;
    }

    /// <summary>Writes the Property Length in front of the block, which moves if that takes more than one byte.</summary>
    public void CloseProperties(int start)
    {
        if (!HasProperties)
        {
            return;
        }

        var length = _wire.Length - start;
        var size = VariableByteInteger.SizeOf(length);
        _wire.WriteBytes(stackalloc byte[size - 1]);
        if (!_wire.Failed)
        {
            _destination.Slice(start, length).CopyTo(_destination[(start + size - 1)..]);
            VariableByteInteger.Write(_destination[(start - 1)..], length);
        }
    }

    /// <summary>Puts the fixed header before the body; <paramref name="length"/> is the size of the whole packet.</summary>
    public readonly bool TryFinish(out int length)
    {
        var body = _wire.Length - HeaderRoom;
        if (_failed || _wire.Failed || body > VariableByteInteger.Maximum)
        {
            length = 0;
            return false;
        }

        _destination[0] = _first;
        var header = 1 + VariableByteInteger.Write(_destination[1..], body);
        _destination.Slice(HeaderRoom, body).CopyTo(_destination[header..]);
        length = header + body;
        return true;
    }
}
