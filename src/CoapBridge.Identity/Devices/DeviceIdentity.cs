using System.Security.Cryptography;
using System.Text;

namespace CoapBridge.Identity;

/// <summary>
/// Who a device is, as its certificate says. Made only by <see cref="DeviceCertificatePolicy"/>. A hundred thousand of them live
/// at a time, so the certificate is kept in a compact form, and what is read from it only while the device is awake. Any number
/// of threads may ask at once.
/// </summary>
public sealed class DeviceIdentity
{
    private readonly byte[] _compact;
    private readonly byte[][] _issuers;
    private readonly long _notAfter;
    private readonly ushort _nameAt;
    private readonly byte _nameLength;

    // Whoever finds it gone makes it anew; two at once make the same.
    private volatile Known? _known;

    /// <param name="name">See <see cref="Name"/>; a part of the certificate.</param>
    /// <param name="leaf">The device's certificate, which parses; never changed from now on.</param>
    /// <param name="issuers">The intermediates of the path, and the anchor's certificate; shared by the devices that have the same.</param>
    /// <param name="notAfter">See <see cref="NotAfter"/>.</param>
    internal DeviceIdentity(string name, byte[] leaf, byte[][] issuers, DateTimeOffset notAfter)
    {
        _compact = CompactCertificate.Write(leaf, issuers[0]);
        _issuers = issuers;
        _notAfter = notAfter.UtcTicks;
        _nameAt = (ushort)leaf.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name));
        _nameLength = (byte)name.Length;
        _known = new Known(leaf, name);
    }

    /// <summary>The device's name: 1 to 64 of <c>A-Z a-z 0-9 . _ : -</c>, not starting with a dot. Case matters.</summary>
    public string Name => Recall().Name;

    /// <summary>SHA-256 of the whole certificate, 64 lower-case hex digits. It goes with every message.</summary>
    public string CertificateSha256 => Recall().Sha256;

    /// <summary>The P-256 public key, uncompressed: 65 octets, 0x04 first; on the curve.</summary>
    public byte[] PublicKeyPoint => Leaf.PublicKey.Key.ToArray();

    /// <summary>The certificate's serial number, lower-case hex without leading zero octets.</summary>
    public string SerialNumber => Identity.SerialNumber.ToText(Leaf.SerialNumber.Span);

    /// <summary>The end of the validity of the path: the earliest notAfter of the leaf and its intermediates.</summary>
    public DateTimeOffset NotAfter => new(_notAfter, TimeSpan.Zero);

    /// <summary>The leaf and the intermediates of the path that was accepted, in DER: enough to ask again later.</summary>
    public IReadOnlyList<byte[]> Chain => [ReadLeaf(), .. _issuers[..^1]];

    /// <summary>The subject as a text for logs: ASCII, escaped, at most 256 characters.</summary>
    public string Subject => Leaf.Subject.ToString();

    /// <summary>The issuer, like <see cref="Subject"/>.</summary>
    public string Issuer => Leaf.Issuer.ToString();

    internal ReadOnlyMemory<byte> Encoded => Recall().Leaf;

    /// <summary>Parsed anew each time: some microseconds.</summary>
    internal Certificate Leaf =>
        Certificate.TryParse(ReadLeaf(), out var fault) ?? throw new InvalidOperationException($"a device's certificate: {fault}");

    /// <summary>As <see cref="Name"/>, for whoever looks at many idle devices: nothing of what is read stays.</summary>
    public string PeekName() => _known?.Name ?? NameIn(ReadLeaf());

    /// <summary>The device is idle: what was read from its certificate is let go until somebody asks for it.</summary>
    public void LetGo() => _known = null;

    private Known Recall()
    {
        if (_known is not { } known)
        {
            var leaf = ReadLeaf();
            _known = known = new Known(leaf, NameIn(leaf));
        }

        return known;
    }

    private string NameIn(byte[] leaf) => Encoding.ASCII.GetString(leaf, _nameAt, _nameLength);

    private byte[] ReadLeaf() => _known?.Leaf ?? CompactCertificate.Read(_compact, _issuers[0]);

    private sealed class Known(byte[] leaf, string name)
    {
        private string? _sha256;

        public byte[] Leaf => leaf;

        public string Name => name;

        public string Sha256 => _sha256 ??= Convert.ToHexStringLower(SHA256.HashData(leaf));
    }
}
