using System.Security.Cryptography;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls.Crypto;

/// <summary>From premaster secret to record keys and Finished values (RFC 5246 §6.3, §7.4.9, §8.1; RFC 7627 §4).</summary>
internal sealed class KeySchedule : IDisposable
{
    public const int VerifyDataLength = 12;

    private const int MasterSecretLength = 48;

    private readonly byte[] _masterSecret = new byte[MasterSecretLength];

    private KeySchedule()
    {
    }

    public static KeySchedule Derive(ReadOnlySpan<byte> premaster, HelloRandoms randoms, byte[]? sessionHash)
    {
        var schedule = new KeySchedule();
        if (sessionHash is not null)
        {
            Prf.Expand(premaster, "extended master secret"u8, sessionHash, schedule._masterSecret);
        }
        else
        {
            Prf.Expand(premaster, "master secret"u8, [.. randoms.Client, .. randoms.Server], schedule._masterSecret);
        }

        return schedule;
    }

    /// <summary>Of a session that is resumed: the same master secret, with new randoms for new keys (RFC 5246 §F.1.4).</summary>
    public static KeySchedule Restore(ReadOnlySpan<byte> masterSecret)
    {
        var schedule = new KeySchedule();
        masterSecret.CopyTo(schedule._masterSecret);
        return schedule;
    }

    public byte[] CopyMasterSecret() => [.. _masterSecret];

    /// <summary>The record keys of both directions, in the order of RFC 5246 §6.3; an AEAD has no MAC keys.</summary>
    public (RecordProtection Client, RecordProtection Server) RecordKeys(DtlsCipherSuite suite, HelloRandoms randoms)
    {
        const int Key = RecordProtection.KeyLength;
        const int Salt = RecordProtection.SaltLength;
        Span<byte> block = stackalloc byte[(2 * Key) + (2 * Salt)];
        Prf.Expand(_masterSecret, "key expansion"u8, [.. randoms.Server, .. randoms.Client], block);
        var client = new RecordProtection(suite, block[..Key], block.Slice(2 * Key, Salt));
        var server = new RecordProtection(suite, block.Slice(Key, Key), block.Slice((2 * Key) + Salt, Salt));
        CryptographicOperations.ZeroMemory(block);
        return (client, server);
    }

    /// <summary>For a key log in the form of NSS, which protocol analysers read.</summary>
    public string KeyLogLine(HelloRandoms randoms) =>
        $"CLIENT_RANDOM {Convert.ToHexStringLower(randoms.Client)} {Convert.ToHexStringLower(_masterSecret)}";

    public byte[] ClientVerifyData(ReadOnlySpan<byte> transcriptHash) => VerifyData("client finished"u8, transcriptHash);

    public byte[] ServerVerifyData(ReadOnlySpan<byte> transcriptHash) => VerifyData("server finished"u8, transcriptHash);

    public void Dispose() => CryptographicOperations.ZeroMemory(_masterSecret);

    private byte[] VerifyData(ReadOnlySpan<byte> label, ReadOnlySpan<byte> transcriptHash)
    {
        var data = new byte[VerifyDataLength];
        Prf.Expand(_masterSecret, label, transcriptHash, data);
        return data;
    }
}
