namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>Numbers in a list of suites that are no <see cref="DtlsCipherSuite"/> of ours, and the one that is always there.</summary>
internal static class CipherSuite
{
    public const ushort EcdheEcdsaWithAes128Ccm8 = (ushort)DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8;

    /// <summary>A signal, not a suite (RFC 5746 §3.3).</summary>
    public const ushort EmptyRenegotiationInfoScsv = 0x00FF;
}
