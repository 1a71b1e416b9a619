using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Arm = System.Runtime.Intrinsics.Arm;

namespace CoapBridge.Dtls.Crypto;

/// <summary>AESE adds the key before SubBytes and ShiftRows, so it gets zero and the round key is added after AESMC.</summary>
internal readonly struct ArmAesRounds : IAesRounds
{
    // Elements are addressed from the lowest byte on, which is memory's order on a little-endian processor only.
    public static bool IsSupported => Arm.Aes.IsSupported && BitConverter.IsLittleEndian;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> roundKey) =>
        Arm.Aes.MixColumns(Arm.Aes.Encrypt(state, Vector128<byte>.Zero)) ^ roundKey;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LastRound(Vector128<byte> state, Vector128<byte> roundKey) =>
        Arm.Aes.Encrypt(state, Vector128<byte>.Zero) ^ roundKey;
}
