using System.Security.Cryptography;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>secp256r1 through either library.</summary>
internal static class CurveBenchmark
{
    private const int Rounds = 300;

    public static void Run()
    {
        Report.Begin("secp256r1");
        var platform = Of("System.Security.Cryptography", new PlatformP256());
        if (LibcryptoP256.TryLoad() is { } libcrypto)
        {
            Report.Ratio("libcrypto to System.Security.Cryptography, all", Of("libcrypto", libcrypto), platform);
        }

        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var hash = new byte[32];
        Report.Median("sign, held key", "µs", () => RecordBenchmark.Time(Rounds, _ => signer.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence)));
        var signature = signer.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        Report.Median("verify, held key", "µs", () => RecordBenchmark.Time(
            Rounds, _ => signer.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence)));
        Report.Note($"in use: {P256.Chosen.GetType().Name}");
    }

    private static double Of(string name, P256 library)
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = P256Point.Encode(signer.ExportParameters(false).Q);
        var hash = new byte[32];
        var signature = signer.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        using var ours = library.CreateEphemeralKey();
        using var theirs = library.CreateEphemeralKey();
        return Report.Median($"{name}: make a key", "µs", () => RecordBenchmark.Time(Rounds, _ => library.CreateEphemeralKey().Dispose()))
            + Report.Median($"{name}: import and agree", "µs", () => RecordBenchmark.Time(Rounds, _ => ours.Agree(theirs.PublicPoint)))
            + Report.Median($"{name}: import and verify", "µs", () => RecordBenchmark.Time(Rounds, _ => library.Verify(point, hash, signature)));
    }
}
