namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Our public point and the premaster secret that goes with it.</summary>
internal sealed record AgreedSecret(byte[] Point, byte[] Premaster);
