using System.Security.Cryptography;
using CoapBridge.Wire;

namespace CoapBridge.State;

/// <summary>
/// A file of secrets: AES-256-GCM, with the header as associated data, so that a changed age is a wrong tag.
/// <code>
/// struct { opaque magic[8]; uint16 format; opaque boot_id[16]; uint64 unix_time; uint64 uptime; } Header;   milliseconds
/// struct { Header header; opaque nonce[12]; opaque ciphertext[]; opaque tag[16]; } File;
/// </code>
/// </summary>
internal static class StateEnvelope
{
    public const int KeyLength = 32;

    /// <summary>Bytes that a file has more than its content.</summary>
    public const int Overhead = HeaderLength + NonceLength + TagLength;

    private const int HeaderLength = 8 + 2 + 16 + 8 + 8;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const ushort Format = 1;

    private static ReadOnlySpan<byte> Magic => "CoapBrSt"u8;

    /// <summary>Where the content goes in a file of <see cref="Overhead"/> more bytes.</summary>
    public static Span<byte> ContentOf(Span<byte> file) => file[(HeaderLength + NonceLength)..^TagLength];

    /// <summary>Encrypts, in place, a file whose content is there.</summary>
    public static void Seal(ReadOnlySpan<byte> key, in SystemTime time, Span<byte> file)
    {
        var writer = new WireWriter(file);
        writer.WriteBytes(Magic);
        writer.WriteUInt16(Format);
        writer.WriteBytes(time.BootId.ToByteArray(bigEndian: true));
        writer.WriteUInt64((ulong)time.OfDay.ToUnixTimeMilliseconds());
        writer.WriteUInt64((ulong)time.Uptime.TotalMilliseconds);
        var nonce = file.Slice(HeaderLength, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        var content = ContentOf(file);
        cipher.Encrypt(nonce, content, content, file[^TagLength..], file[..HeaderLength]);
    }

    /// <summary>Decrypts in place; false when it is no such file, or not of this key.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> key, Span<byte> file, out SystemTime time, out Span<byte> content)
    {
        time = default;
        content = default;
        if (file.Length < Overhead)
        {
            return false;
        }

        var reader = new WireReader(file[..HeaderLength]);
        var isOurs = reader.ReadBytes(Magic.Length).SequenceEqual(Magic) && reader.ReadUInt16() == Format;
        var bootId = new Guid(reader.ReadBytes(16), bigEndian: true);
        var (unix, uptime) = (reader.ReadUInt64(), reader.ReadUInt64());
        if (!isOurs || unix > (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() || uptime > (ulong)TimeSpan.MaxValue.TotalMilliseconds / 2)
        {
            return false;
        }

        time = new SystemTime(DateTimeOffset.FromUnixTimeMilliseconds((long)unix), bootId, TimeSpan.FromMilliseconds((long)uptime));
        content = ContentOf(file);
        using var cipher = new AesGcm(key, TagLength);
        try
        {
            cipher.Decrypt(file.Slice(HeaderLength, NonceLength), content, file[^TagLength..], content, file[..HeaderLength]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
