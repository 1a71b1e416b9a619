using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;

namespace CoapBridge.Benchmarks.Support;

/// <summary>Knows the server by its certificate: the cheapest client, so that the server gets the processor.</summary>
internal sealed class PinnedVerifier : IPeerVerifier
{
    private readonly byte[] _der;
    private readonly byte[] _point;

    public PinnedVerifier(byte[] der)
    {
        _der = der;
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        using var key = certificate.GetECDsaPublicKey()!;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        _point = [4, .. point.X!, .. point.Y!];
    }

    public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time) =>
        chain.Count > 0 && chain[0].AsSpan().SequenceEqual(_der)
            ? PeerVerdict.Accept(_point, this, "server", "ca")
            : PeerVerdict.Refuse(AlertDescription.UnknownCa, "unknown_ca", null, null, null);
}
