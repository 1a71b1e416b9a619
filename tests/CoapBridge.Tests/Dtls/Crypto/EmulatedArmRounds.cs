using System.Runtime.Intrinsics;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

/// <summary>
/// AESE and AESMC of the Arm manual in plain code, put together as <see cref="ArmAesRounds"/> puts the instructions
/// together: what is around those two instructions can then be tested on any processor.
/// </summary>
internal readonly struct EmulatedArmRounds : IAesRounds
{
    private static readonly byte[] SBox = MakeSBox();

    public static bool IsSupported => true;

    public static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> roundKey) =>
        MixColumns(Encrypt(state, Vector128<byte>.Zero)) ^ roundKey;

    public static Vector128<byte> LastRound(Vector128<byte> state, Vector128<byte> roundKey) =>
        Encrypt(state, Vector128<byte>.Zero) ^ roundKey;

    // AESE: SubBytes(ShiftRows(state ^ key)).
    private static Vector128<byte> Encrypt(Vector128<byte> state, Vector128<byte> key)
    {
        state ^= key;
        var result = Vector128<byte>.Zero;
        for (var at = 0; at < 16; at++)
        {
            result = result.WithElement(at, SBox[state.GetElement((at + (4 * (at % 4))) % 16)]);
        }

        return result;
    }

    private static Vector128<byte> MixColumns(Vector128<byte> state)
    {
        var result = Vector128<byte>.Zero;
        for (var at = 0; at < 16; at++)
        {
            var column = at & ~3;
            byte Next(int step) => state.GetElement(column + ((at + step) & 3));
            var mixed = Times(Next(0), 2) ^ Times(Next(1), 3) ^ Next(2) ^ Next(3);
            result = result.WithElement(at, (byte)mixed);
        }

        return result;
    }

    // FIPS 197 §4.2
    private static byte Times(byte one, byte two)
    {
        var product = 0;
        for (int value = one, bits = two; bits != 0; bits >>= 1)
        {
            product ^= (bits & 1) != 0 ? value : 0;
            value = (value << 1) ^ (value >= 0x80 ? 0x11B : 0);
        }

        return (byte)product;
    }

    // FIPS 197 §5.1.1
    private static byte[] MakeSBox()
    {
        var box = new byte[256];
        for (var value = 0; value < 256; value++)
        {
            var inverse = Enumerable.Range(0, 256).FirstOrDefault(other => Times((byte)value, (byte)other) == 1);
            var bits = inverse ^ Rotate(inverse, 1) ^ Rotate(inverse, 2) ^ Rotate(inverse, 3) ^ Rotate(inverse, 4);
            box[value] = (byte)(bits ^ 0x63);
        }

        return box;

        static int Rotate(int value, int by) => ((value << by) | (value >> (8 - by))) & 0xFF;
    }
}
