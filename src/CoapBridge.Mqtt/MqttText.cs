using System.Text;
using System.Text.Unicode;

namespace CoapBridge.Mqtt;

/// <summary>UTF-8 Encoded Strings (MQTT 5 §1.5.4).</summary>
internal static class MqttText
{
    /// <summary>The longest string or binary field, in bytes (MQTT 5 §1.5.4, §1.5.6).</summary>
    public const int MaximumLength = 65535;

    /// <summary>Well-formed, without surrogates [MQTT-1.5.4-1] and without U+0000 [MQTT-1.5.4-2].</summary>
    public static bool IsValid(ReadOnlySpan<byte> text) => Utf8.IsValid(text) && !text.Contains((byte)0);

    /// <summary>
    /// Whether we may send this string: stricter than what we accept, since control characters and non-characters
    /// entitle the receiver to close the connection (MQTT 5 §1.5.4).
    /// </summary>
    public static bool MaySend(string text) =>
        text.Length <= MaximumLength && HasOnlySendableCharacters(text) && Encoding.UTF8.GetByteCount(text) <= MaximumLength;

    private static bool HasOnlySendableCharacters(string text)
    {
        for (var index = 0; index < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out var used) != System.Buffers.OperationStatus.Done
                || IsControl(rune.Value) || IsNonCharacter(rune.Value))
            {
                return false;
            }

            index += used;
        }

        return true;
    }

    private static bool IsControl(int value) => value < 0x20 || value is >= 0x7F and <= 0x9F;

    private static bool IsNonCharacter(int value) => (value & 0xFFFE) == 0xFFFE || value is >= 0xFDD0 and <= 0xFDEF;
}
