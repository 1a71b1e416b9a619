using System.Security.Cryptography;
using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>The operating system's random bytes; throws when it has none.</summary>
internal sealed class SystemEntropy : IEntropy
{
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
