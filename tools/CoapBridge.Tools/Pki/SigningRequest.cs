using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Pki;

/// <summary>
/// A PKCS#10 request (RFC 2986): a name, subjectAltNames and a P-256 key, signed with that key. Only these are taken from a
/// request; what the certificate is for, its signer says.
/// </summary>
public sealed class SigningRequest
{
    private const string P256 = "1.2.840.10045.3.1.7";

    private SigningRequest(CertificateRequest request, X509SubjectAlternativeNameExtension? names)
    {
        Subject = request.SubjectName;
        PublicKey = request.PublicKey;
        Names = names;
    }

    public X500DistinguishedName Subject { get; }

    public PublicKey PublicKey { get; }

    public X509SubjectAlternativeNameExtension? Names { get; }

    /// <summary>A new key and a request for it, both as PEM.</summary>
    public static (string Request, string Key) Create(string commonName, IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses, IEnumerable<Uri> uris)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        if (NamesOf(dnsNames, addresses, uris) is { } names)
        {
            request.CertificateExtensions.Add(names);
        }

        return (request.CreateSigningRequestPem() + "\n", PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8PrivateKey()) + "\n");
    }

    /// <summary>Null when there are no names.</summary>
    public static X509Extension? NamesOf(IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses, IEnumerable<Uri> uris)
    {
        var names = new SubjectAlternativeNameBuilder();
        var count = 0;
        void Add<T>(IEnumerable<T> values, Action<T> add)
        {
            foreach (var value in values)
            {
                add(value);
                count++;
            }
        }

        Add(dnsNames, names.AddDnsName);
        Add(addresses, names.AddIpAddress);
        Add(uris, names.AddUri);
        return count == 0 ? null : names.Build();
    }

    /// <summary>Reads a request, and verifies that whoever made it holds the key (proof of possession).</summary>
    /// <exception cref="CryptographicException">No request, not signed by its own key, or not for P-256.</exception>
    public static SigningRequest FromPem(string pem)
    {
        if (!pem.Contains("-----BEGIN CERTIFICATE REQUEST-----", StringComparison.Ordinal))
        {
            throw new CryptographicException("there is no BEGIN CERTIFICATE REQUEST in the file");
        }

        Read(pem, CertificateRequestLoadOptions.SkipSignatureValidation);
        CertificateRequest request;
        try
        {
            request = Read(pem, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException("the request is not signed with the key in it, so nobody has proved to hold that key", exception);
        }

        using var key = request.PublicKey.GetECDsaPublicKey();
        if (key?.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != P256)
        {
            throw new CryptographicException("the request is not for a P-256 key, and no other is let in (RFC 7252 §9.1.3.3)");
        }

        var names = request.CertificateExtensions.FirstOrDefault(extension => extension.Oid?.Value == "2.5.29.17");
        return new(request, names is null ? null : new X509SubjectAlternativeNameExtension(names.RawData));
    }

    private static CertificateRequest Read(string pem, CertificateRequestLoadOptions options) =>
        CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, options);
}
