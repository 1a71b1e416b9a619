namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// Cuts the byte stream, which comes in arbitrary pieces, into control packets (MQTT 5 §2.1). A packet that lies whole in
/// one piece is borrowed from it; of others at most <paramref name="maximumPacketSize"/> bytes are kept, and a packet
/// that says it is longer is refused before anything of it is kept.
/// </summary>
internal sealed class PacketFramer(int maximumPacketSize)
{
    private const int KeptBetweenPackets = 4096;
    private byte[] _kept = [];
    private int _count;
    private bool _lent;

    /// <summary>How much memory is held for an unfinished packet, in bytes.</summary>
    public int Capacity => _kept.Length;

    /// <summary>
    /// Takes the next packet from the front of <paramref name="input"/>; it stays valid until the next call or until the
    /// input's memory is reused. After a fault the stream is of no use any more.
    /// </summary>
    public FramingResult TryTake(ref ReadOnlySpan<byte> input, out ControlPacket packet, out MqttFault fault)
    {
        packet = default;
        Reclaim();
        if (_count == 0 && Measure(input, out var whole, out fault) == FramingResult.Packet && whole <= input.Length)
        {
            packet = Cut(input[..whole]);
            input = input[whole..];
            return FramingResult.Packet;
        }

        while (true)
        {
            var result = Measure(_kept.AsSpan(0, _count), out var size, out fault);
            var missing = result == FramingResult.Packet ? size - _count : 1;
            if (result == FramingResult.Fault || (result == FramingResult.NeedMore && input.IsEmpty))
            {
                return result;
            }

            if (missing == 0)
            {
                packet = Cut(_kept.AsSpan(0, size));
                _lent = true;
                return FramingResult.Packet;
            }

            if (input.IsEmpty)
            {
                return FramingResult.NeedMore;
            }

            missing = Math.Min(missing, input.Length);
            Keep(input[..missing]);
            input = input[missing..];
        }
    }

    /// <summary>Forgets what was kept: a new connection begins.</summary>
    public void Reset()
    {
        _kept = [];
        _count = 0;
        _lent = false;
    }

    private static ControlPacket Cut(ReadOnlySpan<byte> whole)
    {
        VariableByteInteger.Read(whole[1..], out _, out var size);
        return new ControlPacket((PacketType)(whole[0] >> 4), (byte)(whole[0] & 0x0F), whole[(1 + size)..]);
    }

    private FramingResult Measure(ReadOnlySpan<byte> start, out int size, out MqttFault fault)
    {
        size = 0;
        fault = default;
        if (start.IsEmpty)
        {
            return FramingResult.NeedMore;
        }

        var type = (PacketType)(start[0] >> 4);
        if (type == PacketType.Reserved || (type != PacketType.Publish && (start[0] & 0x0F) != ControlPacket.RequiredFlags(type)))
        {
            fault = MqttFault.Malformed("[MQTT-2.1.3-1] reserved type or flags");
            return FramingResult.Fault;
        }

        switch (VariableByteInteger.Read(start[1..], out var length, out var lengthSize))
        {
            case VariableByteIntegerResult.Incomplete:
                return FramingResult.NeedMore;
            case VariableByteIntegerResult.Malformed:
                fault = MqttFault.Malformed("[MQTT-1.5.5-1] remaining length");
                return FramingResult.Fault;
        }

        size = 1 + lengthSize + length;
        if (size > maximumPacketSize)
        {
            fault = new MqttFault(MqttReasonCode.PacketTooLarge, "[MQTT-3.1.2-24] larger than our Maximum Packet Size");
            return FramingResult.Fault;
        }

        return FramingResult.Packet;
    }

    /// <summary>Memory grows with what has really come, not with what the header promises.</summary>
    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _kept.Length)
        {
            var wanted = Math.Max(_count + bytes.Length, Math.Max(64, _kept.Length * 2));
            Array.Resize(ref _kept, Math.Min(wanted, Math.Max(maximumPacketSize, _count + bytes.Length)));
        }

        bytes.CopyTo(_kept.AsSpan(_count));
        _count += bytes.Length;
    }

    private void Reclaim()
    {
        if (!_lent)
        {
            return;
        }

        _lent = false;
        _count = 0;
        if (_kept.Length > KeptBetweenPackets)
        {
            _kept = [];
        }
    }
}
