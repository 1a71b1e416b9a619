using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>Application data that tells by itself that it is honest, and which one it is.</summary>
internal static class SealedNote
{
    public const int Length = 16;

    public static byte[] Of(ulong number)
    {
        var note = new byte[Length];
        BinaryPrimitives.WriteUInt64BigEndian(note, number);
        SHA256.HashData(note.AsSpan(0, 8)).AsSpan(0, 8).CopyTo(note.AsSpan(8));
        return note;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = bytes.Length == Length ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;
        return bytes.Length == Length && bytes.SequenceEqual(Of(number));
    }
}
