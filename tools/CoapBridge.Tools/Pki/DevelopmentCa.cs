using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Pki;

/// <summary>
/// A CA for development that lives in a folder: <c>ca.pem</c>, <c>ca.key</c>, and <c>revoked.txt</c> with a serial number, a
/// time and a reason on each line. Its key is a file, so it is for trying things, not for a fleet.
/// </summary>
public sealed class DevelopmentCa
{
    private readonly string _folder;
    private readonly CertificateAuthority _authority;
    private readonly DateTimeOffset _now;

    private DevelopmentCa(string folder, CertificateAuthority authority, DateTimeOffset now)
    {
        _folder = folder;
        _authority = authority;
        _now = now;
    }

    private string RevokedFile => Path.Combine(_folder, "revoked.txt");

    /// <summary>A new one.</summary>
    /// <exception cref="IOException">The folder has one already, or cannot be written to.</exception>
    public static void Create(string folder, string name, KeyKind key, int days, DateTimeOffset now)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in new[] { "ca.pem", "ca.key" })
        {
            if (File.Exists(Path.Combine(folder, file)))
            {
                throw new IOException($"{folder} already has {file}; nothing was written. Choose another folder, or delete the file first.");
            }
        }

        CertificateAuthority.CreateRoot(name, now, CertificateAuthority.CaOptions() with { Key = key, NotAfter = now.AddDays(days) })
            .Certificate.Write(folder, "ca");
    }

    /// <summary>The one in a folder.</summary>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="CryptographicException">A file is no CA's.</exception>
    public static DevelopmentCa Open(string folder, DateTimeOffset now) => new(
        folder, CertificateAuthority.Load(File.ReadAllText(Path.Combine(folder, "ca.pem")), File.ReadAllText(Path.Combine(folder, "ca.key")), now), now);

    /// <summary>A certificate with a new key.</summary>
    public IssuedCertificate Issue(string commonName, LeafRole role, X509Extension? names, int days) =>
        _authority.Issue(Options(role, names, days) with { CommonName = commonName });

    /// <summary>A certificate for who proved to hold the key.</summary>
    public IssuedCertificate Sign(SigningRequest request, LeafRole role, int days)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _authority.Issue(Options(role, request.Names, days) with { Subject = request.Subject, PublicKey = request.PublicKey });
    }

    /// <summary>
    /// A certificate whose name is a verification code: it proves to a cloud that registers this CA that its key is at hand.
    /// </summary>
    public IssuedCertificate Prove(string code) => Issue(code, LeafRole.Device, null, 1);

    /// <summary>Notes a revocation for the lists to come; a second time changes nothing.</summary>
    /// <returns>False when it was revoked before.</returns>
    public bool Revoke(byte[] serialNumber, X509RevocationReason? reason)
    {
        if (Revoked().Any(entry => entry.SerialNumber.AsSpan().SequenceEqual(serialNumber)))
        {
            return false;
        }

        var line = string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(serialNumber)} {_now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}{(reason is null ? "" : $" {reason}")}\n");
        File.AppendAllText(RevokedFile, line);
        return true;
    }

    /// <summary>The list of today, as PEM.</summary>
    public string RevocationList(int days, out int count)
    {
        var revoked = Revoked().ToList();
        count = revoked.Count;
        // The second is the number, so that it grows without a file of its own (RFC 5280 §5.2.3).
        var der = _authority.IssueRevocationList(_now, _now.AddDays(days), _now.ToUnixTimeSeconds(), revoked);
        return PemEncoding.WriteString("X509 CRL", der) + "\n";
    }

    private CertificateOptions Options(LeafRole role, X509Extension? names, int days) => new()
    {
        NotAfter = _now.AddDays(days),
        OtherExtensions = names is null ? [] : [names],
        ExtendedKeyUsage = role switch
        {
            LeafRole.Gateway => [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
            LeafRole.Broker => [CertificatePurposes.ServerAuth],
            _ => [CertificatePurposes.ClientAuth],
        },
    };

    private IEnumerable<RevokedCertificate> Revoked()
    {
        var number = 0;
        foreach (var line in File.Exists(RevokedFile) ? File.ReadLines(RevokedFile) : [])
        {
            number++;
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0)
            {
                continue;
            }

            X509RevocationReason reason = default;
            if (parts.Length is not (2 or 3) || !TryParseHex(parts[0], out var serial)
                || !DateTimeOffset.TryParse(parts[1], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
                || (parts.Length == 3 && !Enum.TryParse(parts[2], out reason)))
            {
                throw new IOException($"{RevokedFile}, line {number}: must be a serial number in hex, a time and perhaps a reason");
            }

            yield return new(serial, since, parts.Length == 3 ? reason : null);
        }
    }

    private static bool TryParseHex(string text, out byte[] octets)
    {
        octets = new byte[text.Length / 2];
        return text.Length is > 0 and <= 40 && text.Length % 2 == 0 && Convert.FromHexString(text, octets, out _, out _) == System.Buffers.OperationStatus.Done;
    }
}
