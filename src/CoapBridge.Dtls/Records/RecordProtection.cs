using System.Buffers.Binary;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Dtls.Records;

/// <summary>
/// AES_128_CCM_8 for one direction of one epoch (RFC 6655 §3, RFC 5246 §6.2.3.3). On the wire:
/// <code>
/// | explicit nonce (8) | ciphertext | tag (8) |
/// nonce = write IV (4) | explicit nonce;   additional data = epoch | sequence | type | version | plaintext length
/// </code>
/// </summary>
internal sealed class RecordProtection
{
    public const int Overhead = ExplicitNonceLength + TagLength;
    public const int KeyLength = 16;
    public const int SaltLength = 4;

    private const int ExplicitNonceLength = 8;
    private const int TagLength = 8;
    private const int NonceLength = SaltLength + ExplicitNonceLength;
    private const int AdditionalDataLength = 13;

    private readonly byte[] _key;
    private readonly uint _salt;

    public RecordProtection(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        _key = key.ToArray();
        _salt = BinaryPrimitives.ReadUInt32BigEndian(salt);
    }

    /// <summary>Seals into <paramref name="fragment"/>, which is <see cref="Overhead"/> bytes longer than the plaintext.</summary>
    public void Seal(in RecordHeader header, ReadOnlySpan<byte> plaintext, Span<byte> fragment)
    {
        // RFC 6655 §3: the explicit part must be unique under one key; epoch and sequence number are.
        var explicitNonce = ((ulong)header.Epoch << 48) | header.Sequence;
        BinaryPrimitives.WriteUInt64BigEndian(fragment, explicitNonce);
        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> additional = stackalloc byte[AdditionalDataLength];
        WriteNonce(nonce, fragment);
        WriteAdditionalData(additional, header, plaintext.Length);

        var ciphertext = fragment.Slice(ExplicitNonceLength, plaintext.Length);
        var tag = fragment.Slice(ExplicitNonceLength + plaintext.Length, TagLength);
        Ccm.Encrypt(_key, nonce, additional, plaintext, ciphertext, tag);
    }

    /// <summary>Opens in place. The plaintext is a part of <paramref name="fragment"/>; nothing of it is released when the tag is wrong.</summary>
    public bool TryOpen(scoped in RecordHeader header, Span<byte> fragment, out Span<byte> plaintext)
    {
        plaintext = default;
        if (fragment.Length < Overhead)
        {
            return false;
        }

        var text = fragment[ExplicitNonceLength..^TagLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> additional = stackalloc byte[AdditionalDataLength];
        WriteNonce(nonce, fragment);
        WriteAdditionalData(additional, header, text.Length);
        if (!Ccm.TryDecrypt(_key, nonce, additional, text, fragment[^TagLength..]))
        {
            return false;
        }

        plaintext = text;
        return true;
    }

    private void WriteNonce(Span<byte> nonce, ReadOnlySpan<byte> explicitNonce)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _salt);
        explicitNonce[..ExplicitNonceLength].CopyTo(nonce[SaltLength..]);
    }

    private static void WriteAdditionalData(Span<byte> additional, in RecordHeader header, int plaintextLength)
    {
        BinaryPrimitives.WriteUInt64BigEndian(additional, ((ulong)header.Epoch << 48) | header.Sequence);
        additional[8] = (byte)header.Type;
        BinaryPrimitives.WriteUInt16BigEndian(additional[9..], header.Version);
        BinaryPrimitives.WriteUInt16BigEndian(additional[11..], (ushort)plaintextLength);
    }
}
