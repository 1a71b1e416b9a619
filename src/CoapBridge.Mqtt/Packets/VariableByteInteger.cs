namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// Variable Byte Integer (MQTT 5 §1.5.5): seven bits a byte, the lowest first; the top bit says that one more follows.
/// At most four bytes, as few as possible [MQTT-1.5.5-1].
/// </summary>
internal static class VariableByteInteger
{
    /// <summary>268,435,455.</summary>
    public const int Maximum = (1 << 28) - 1;

    /// <summary>How many bytes <paramref name="value"/> (0 to <see cref="Maximum"/>) takes.</summary>
    public static int SizeOf(int value) => value switch { < 1 << 7 => 1, < 1 << 14 => 2, < 1 << 21 => 3, _ => 4 };

    /// <summary>Writes <paramref name="value"/> (0 to <see cref="Maximum"/>) to the front of <paramref name="destination"/>.</summary>
    public static int Write(Span<byte> destination, int value)
    {
        var size = SizeOf(value);
        for (var index = 0; index < size; index++, value >>= 7)
        {
            destination[index] = (byte)((value & 0x7F) | (index < size - 1 ? 0x80 : 0));
        }

        return size;
    }

    /// <summary>Reads from the front of <paramref name="source"/>; <paramref name="size"/> is what was read, 0 unless done.</summary>
    public static VariableByteIntegerResult Read(ReadOnlySpan<byte> source, out int value, out int size)
    {
        value = 0;
        size = 0;
        for (var index = 0; index < 4; index++)
        {
            if (index >= source.Length)
            {
                return VariableByteIntegerResult.Incomplete;
            }

            value |= (source[index] & 0x7F) << (7 * index);
            if ((source[index] & 0x80) == 0)
            {
                size = index + 1;
                return source[index] == 0 && index > 0 ? VariableByteIntegerResult.Malformed : VariableByteIntegerResult.Done;
            }
        }

        return VariableByteIntegerResult.Malformed;
    }
}

/// <summary>What reading a Variable Byte Integer came to.</summary>
internal enum VariableByteIntegerResult
{
    Done,
    Incomplete,
    Malformed,
}
