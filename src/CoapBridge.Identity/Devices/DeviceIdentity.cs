using System.Security.Cryptography;

namespace CoapBridge.Identity;

/// <summary>
/// Who a device is, as its certificate says. Made only by <see cref="DeviceCertificatePolicy"/>. A hundred thousand of them live
/// at a time, so what can be read from the certificate is read when asked for.
/// </summary>
public sealed class DeviceIdentity
{
    private readonly byte[] _leaf;
    private readonly byte[][] _issuers;
    private readonly long _notAfter;
    private string? _sha256;

    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="leaf">The device's certificate, which parses; never changed from now on.</param>
    /// <param name="issuers">The intermediates of the path; shared by the devices that have the same.</param>
    /// <param name="notAfter">See <see cref="NotAfter"/>.</param>
    internal DeviceIdentity(string name, byte[] leaf, byte[][] issuers, DateTimeOffset notAfter)
    {
        Name = name;
        _leaf = leaf;
        _issuers = issuers;
        _notAfter = notAfter.UtcTicks;
    }

    /// <summary>The device's name: 1 to 64 of <c>A-Z a-z 0-9 . _ : -</c>, not starting with a dot. Case matters.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of the whole certificate, 64 lower-case hex digits. It goes with every message, so it is kept once asked for.</summary>
    public string CertificateSha256 => _sha256 ??= Convert.ToHexStringLower(SHA256.HashData(_leaf));

    /// <summary>The P-256 public key, uncompressed: 65 octets, 0x04 first; on the curve.</summary>
    public byte[] PublicKeyPoint => Leaf.PublicKey.Key.ToArray();

    /// <summary>The certificate's serial number, lower-case hex without leading zero octets.</summary>
    public string SerialNumber => Identity.SerialNumber.ToText(Leaf.SerialNumber.Span);

    /// <summary>The end of the validity of the path: the earliest notAfter of the leaf and its intermediates.</summary>
    public DateTimeOffset NotAfter => new(_notAfter, TimeSpan.Zero);

    /// <summary>The leaf and the intermediates of the path that was accepted, in DER: enough to ask again later.</summary>
    public IReadOnlyList<byte[]> Chain => [_leaf, .. _issuers];

    /// <summary>The subject as a text for logs: ASCII, escaped, at most 256 characters.</summary>
    public string Subject => Leaf.Subject.ToString();

    /// <summary>The issuer, like <see cref="Subject"/>.</summary>
    public string Issuer => Leaf.Issuer.ToString();

    internal ReadOnlyMemory<byte> Encoded => _leaf;

    /// <summary>Parsed anew each time: some microseconds.</summary>
    internal Certificate Leaf =>
        Certificate.TryParse(_leaf, out var fault) ?? throw new InvalidOperationException($"a device's certificate: {fault}");
}
