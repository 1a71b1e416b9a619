using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Pki;

/// <summary>One entry of a revocation list.</summary>
/// <param name="SerialNumber">Big-endian, positive.</param>
/// <param name="Since">When it was revoked.</param>
/// <param name="Reason">Why, if that was said.</param>
public sealed record RevokedCertificate(byte[] SerialNumber, DateTimeOffset Since, X509RevocationReason? Reason);
