namespace CoapBridge.Dtls.Crypto;

/// <summary>The random values of both hellos, 32 bytes each.</summary>
internal sealed record HelloRandoms(byte[] Client, byte[] Server);
