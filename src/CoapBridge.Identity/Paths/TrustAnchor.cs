namespace CoapBridge.Identity;

/// <summary>One configured CA: its name, its key, and the limits that its certificate sets.</summary>
internal sealed record TrustAnchor(Certificate Certificate, IssuerKey Key)
{
    public bool Is(Certificate other) =>
        Certificate.PublicKey.Equals(other.PublicKey) && Certificate.Subject.Equals(other.Subject);
}
