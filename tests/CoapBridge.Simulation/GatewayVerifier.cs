using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;

namespace CoapBridge.Simulation;

/// <summary>A device that knows its gateway by its certificate.</summary>
internal sealed class GatewayVerifier : IPeerVerifier
{
    private static readonly byte[] Point = PointOf(SimulatedPki.Gateway.Der);

    public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time) =>
        chain.Count > 0 && chain[0].AsSpan().SequenceEqual(SimulatedPki.Gateway.Der)
            ? PeerVerdict.Accept(Point, "gateway", "CN=gateway-1", "CN=Simulated CA")
            : PeerVerdict.Refuse(AlertDescription.UnknownCa, "unknown_ca", null, null, null);

    private static byte[] PointOf(byte[] der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        using var key = certificate.GetECDsaPublicKey()!;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }
}
