using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>The TLS 1.2 pseudorandom function, P_SHA256 (RFC 5246 §5).</summary>
internal static class Prf
{
    private const int HashLength = 32;

    public static void Expand(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed, Span<byte> output)
    {
        // A(i) and the labelled seed stand side by side: the input of each output block (RFC 5246 §5).
        Span<byte> input = stackalloc byte[HashLength + label.Length + seed.Length];
        var labelled = input[HashLength..];
        label.CopyTo(labelled);
        seed.CopyTo(labelled[label.Length..]);

        Span<byte> block = stackalloc byte[HashLength];
        HMACSHA256.HashData(secret, labelled, input);
        while (true)
        {
            HMACSHA256.HashData(secret, input, block);
            var taken = Math.Min(output.Length, HashLength);
            block[..taken].CopyTo(output);
            output = output[taken..];
            if (output.IsEmpty)
            {
                break;
            }

            HMACSHA256.HashData(secret, input[..HashLength], block);
            block.CopyTo(input);
        }

        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(block);
    }
}
