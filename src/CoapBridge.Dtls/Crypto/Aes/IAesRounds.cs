using System.Runtime.Intrinsics;

namespace CoapBridge.Dtls.Crypto;

/// <summary>The two AES rounds of FIPS 197 §5.1 as a processor does them. Instructions take the same time for all data.</summary>
internal interface IAesRounds
{
    static abstract bool IsSupported { get; }

    /// <summary>SubBytes, ShiftRows, MixColumns, AddRoundKey.</summary>
    static abstract Vector128<byte> Round(Vector128<byte> state, Vector128<byte> roundKey);

    /// <summary>SubBytes, ShiftRows, AddRoundKey.</summary>
    static abstract Vector128<byte> LastRound(Vector128<byte> state, Vector128<byte> roundKey);
}
