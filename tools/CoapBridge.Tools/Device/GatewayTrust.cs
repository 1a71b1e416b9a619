using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;
using CoapBridge.Identity;

namespace CoapBridge.Tools.Device;

/// <summary>The CA that the gateway's certificate must end in, and the host that it must name (RFC 9525).</summary>
public sealed class GatewayTrust
{
    private readonly ServerCertificatePolicy _policy;

    private GatewayTrust(ServerCertificatePolicy policy) => _policy = policy;

    /// <param name="authorities">CA certificates, DER.</param>
    /// <param name="host">A DNS name or an address, as in <see cref="CoapUri.Host"/>.</param>
    /// <exception cref="ArgumentException">A certificate is no CA, or the host is no name.</exception>
    public static GatewayTrust Create(IReadOnlyList<byte[]> authorities, string host)
    {
        var anchors = TrustAnchors.TryCreate(authorities, out var problems)
            ?? throw new ArgumentException(string.Join("; ", problems), nameof(authorities));
        var name = ServerName.TryParse(host) ?? throw new ArgumentException($"\"{host}\" is no name of a server", nameof(host));
        return new(new ServerCertificatePolicy(anchors, name));
    }

    /// <summary>One for each connection, because it remembers why it refused.</summary>
    internal Verifier CreateVerifier() => new(_policy);

    internal sealed class Verifier(ServerCertificatePolicy policy) : IPeerVerifier
    {
        /// <summary>Why the gateway was refused; null when it was not.</summary>
        public string? Refusal { get; private set; }

        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
        {
            var verdict = policy.Evaluate(chain, time);
            if (verdict.IsAccepted)
            {
                using var leaf = X509CertificateLoader.LoadCertificate(chain[0]);
                return PeerVerdict.Accept(verdict.PublicKeyPoint, verdict, leaf.Subject, leaf.Issuer);
            }

            Refusal = verdict.Detail;
            var reason = verdict.Reason.Value;
            return PeerVerdict.Refuse((AlertDescription)reason.ToAlert(), reason.ToWord(), publicKeyPoint: null, subject: null, issuer: null);
        }
    }
}
