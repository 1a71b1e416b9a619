namespace CoapBridge.Options;

/// <summary>Section <c>Identity</c>: the gateway's own certificate, used to both sides, and the cloud's CA.</summary>
/// <param name="Certificate">PEM file: leaf first, then intermediates.</param>
/// <param name="PrivateKey">PEM file with the leaf's key, or a <c>pkcs11:</c> URI.</param>
/// <param name="CloudCa">PEM file with the trust anchors for devices.</param>
internal sealed record IdentityOptions(string Certificate, string PrivateKey, string CloudCa);
