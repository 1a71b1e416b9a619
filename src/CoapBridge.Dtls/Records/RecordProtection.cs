using System.Buffers.Binary;
using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Records;

/// <summary>
/// The AEAD of one suite for one direction of one epoch (RFC 6655 §3, RFC 5288 §3, RFC 5246 §6.2.3.3). On the wire:
/// <code>
/// | explicit nonce (8) | ciphertext | tag (8 or 16) |      nonce = write IV (4) | explicit nonce
/// </code>
/// </summary>
internal sealed class RecordProtection
{
    public const int MaximumOverhead = ExplicitNonceLength + 16;
    public const int KeyLength = 16;
    public const int SaltLength = 4;
    public const int ExplicitNonceLength = 8;

    /// <summary>What <see cref="Save"/> writes.</summary>
    public const int SavedLength = KeyLength + SaltLength;

    private const int NonceLength = SaltLength + ExplicitNonceLength;

    private readonly DtlsCipherSuite _suite;
    private readonly byte[] _key;
    private readonly uint _salt;

    // Only GCM keeps a platform object; CCM needs none where the processor has AES instructions.
    private readonly AesGcm? _gcm;

    public RecordProtection(DtlsCipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        _suite = suite;
        _key = key.ToArray();
        _salt = BinaryPrimitives.ReadUInt32BigEndian(salt);
        _gcm = suite.IsGcm() ? new AesGcm(key, suite.TagLength()) : null;
    }

    public DtlsCipherSuite Suite => _suite;

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static RecordProtection Load(DtlsCipherSuite suite, ref WireReader reader)
    {
        var key = reader.ReadBytes(KeyLength);
        var salt = reader.ReadBytes(SaltLength);
        return reader.Failed ? new(suite, new byte[KeyLength], new byte[SaltLength]) : new(suite, key, salt);
    }

    /// <summary>Writes the secrets: only for a store that keeps them.</summary>
    public void Save(ref WireWriter writer)
    {
        writer.WriteBytes(_key);
        writer.WriteUInt32(_salt);
    }

    /// <summary>Bytes that a sealed fragment has more than its plaintext.</summary>
    public int Overhead => ExplicitNonceLength + _suite.TagLength();

    /// <summary>Seals in place: the plaintext stands in <paramref name="fragment"/> where the ciphertext will.</summary>
    /// <param name="additional">Of <see cref="AdditionalData"/>.</param>
    /// <param name="explicitNonce">Never the same twice under one key (RFC 6655 §3): epoch and sequence number.</param>
    /// <param name="fragment">Explicit nonce, text, tag.</param>
    public void Seal(ReadOnlySpan<byte> additional, ulong explicitNonce, Span<byte> fragment)
    {
        BinaryPrimitives.WriteUInt64BigEndian(fragment, explicitNonce);
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, fragment);
        var tagLength = _suite.TagLength();
        var text = fragment[ExplicitNonceLength..^tagLength];
        var tag = fragment[^tagLength..];
        if (_gcm is { } gcm)
        {
            gcm.Encrypt(nonce, text, text, tag, additional);
        }
        else
        {
            Ccm.Encrypt(_key, nonce, additional, text, text, tag);
        }
    }

    /// <summary>Opens in place. The plaintext is a part of <paramref name="fragment"/>; nothing of it is released when the tag is wrong.</summary>
    public bool TryOpen(scoped ReadOnlySpan<byte> additional, Span<byte> fragment, out Span<byte> plaintext)
    {
        plaintext = default;
        var tagLength = _suite.TagLength();
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, fragment);
        var text = fragment[ExplicitNonceLength..^tagLength];
        var tag = fragment[^tagLength..];
        if (_gcm is { } gcm ? !TryOpenGcm(gcm, nonce, additional, text, tag) : !Ccm.TryDecrypt(_key, nonce, additional, text, tag))
        {
            return false;
        }

        plaintext = text;
        return true;
    }

    private static bool TryOpenGcm(
        AesGcm gcm, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> text, ReadOnlySpan<byte> tag)
    {
        try
        {
            gcm.Decrypt(nonce, text, tag, text, additional);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            text.Clear();
            return false;
        }
    }

    private void WriteNonce(Span<byte> nonce, ReadOnlySpan<byte> explicitNonce)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _salt);
        explicitNonce[..ExplicitNonceLength].CopyTo(nonce[SaltLength..]);
    }
}
