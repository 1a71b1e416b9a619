using System.Buffers.Binary;
using System.Security.Cryptography;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <summary>
/// Stateless cookies (RFC 6347 §4.2.1): <c>key id (1) | HMAC-SHA-256(key, address | hello) (16)</c>. The key changes
/// every 150 s and the one before it still counts, so a cookie outlives the handshake that repeats it (DESIGN D-18): a client
/// in the middle of one is never asked for another cookie. All shards share one secret.
/// </summary>
public sealed class HelloVerifier
{
    internal const int CookieLength = 1 + MacLength;

    private const int MacLength = 16;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(150);

    private readonly byte[] _secret;

    /// <param name="secret">32 unpredictable bytes, the same for all shards of a process.</param>
    public HelloVerifier(ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, 32);
        _secret = secret.ToArray();
    }

    internal void WriteCookie(Instant now, in NetworkPath path, in ClientHello hello, Span<byte> cookie) =>
        WriteCookie(PeriodOf(now), path, hello, cookie);

    internal bool IsValid(Instant now, in NetworkPath path, in ClientHello hello)
    {
        if (hello.Cookie.Length != CookieLength)
        {
            return false;
        }

        var current = PeriodOf(now);
        var period = hello.Cookie[0] == (byte)current ? current : current - 1;
        Span<byte> expected = stackalloc byte[CookieLength];
        WriteCookie(period, path, hello, expected);
        return CryptographicOperations.FixedTimeEquals(expected, hello.Cookie);
    }

    private static long PeriodOf(Instant now) => now.Ticks / Period.Ticks;

    private void WriteCookie(long period, in NetworkPath path, in ClientHello hello, Span<byte> cookie)
    {
        Span<byte> label = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(label, period);
        Span<byte> key = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, label, key);

        // RFC 6347 §4.2.1: the client must repeat all of its parameters; extensions may be reordered by some, so not they.
        var length = 64 + hello.Random.Length + hello.SessionId.Length + hello.CipherSuites.Length + hello.CompressionMethods.Length;
        Span<byte> input = stackalloc byte[length];
        var writer = new WireWriter(input);
        WriteAddress(ref writer, path.Remote);
        WriteAddress(ref writer, path.Local);
        writer.WriteUInt16(hello.Version);
        writer.WriteBytes(hello.Random);
        writer.WriteVector8(hello.SessionId);
        writer.WriteVector16(hello.CipherSuites);
        writer.WriteBytes(hello.CompressionMethods);

        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, writer.Written, mac);
        cookie[0] = (byte)period;
        mac[..MacLength].CopyTo(cookie[1..]);
    }

    private static void WriteAddress(ref WireWriter writer, in PeerAddress address)
    {
        writer.WriteUInt64(address.High);
        writer.WriteUInt64(address.Low);
        writer.WriteUInt32(address.Scope);
        writer.WriteUInt16(address.Port);
    }
}
