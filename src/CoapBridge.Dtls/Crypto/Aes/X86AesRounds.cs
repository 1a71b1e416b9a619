using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using X86 = System.Runtime.Intrinsics.X86;

namespace CoapBridge.Dtls.Crypto;

/// <summary>AESENC and AESENCLAST. All processors with them have SSSE3, which the key schedule's shuffles become.</summary>
internal readonly struct X86AesRounds : IAesRounds
{
    public static bool IsSupported => X86.Aes.IsSupported && X86.Ssse3.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> roundKey) => X86.Aes.Encrypt(state, roundKey);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LastRound(Vector128<byte> state, Vector128<byte> roundKey) => X86.Aes.EncryptLast(state, roundKey);
}
