using System.Security.Cryptography;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>Sealing and opening one record: ours, and the platform's AesCcm beside it.</summary>
internal static class RecordBenchmark
{
    private const int Rounds = 50_000;

    public static void Run()
    {
        Report.Begin("AES-128-CCM_8, one record");
        foreach (var length in new[] { 16, 128, 1024 })
        {
            var fragment = new byte[8 + length + 8];
            var additional = new byte[13];
            var key = RandomNumberGenerator.GetBytes(16);
            var protection = new RecordProtection(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, key, new byte[4]);
            var seal = Report.Median($"seal {length} bytes", "µs", () => Time(Rounds, round => protection.Seal(additional, (ulong)round, fragment)));
            var text = new byte[fragment.Length];
            protection.Seal(additional, 7, fragment);
            Report.Median($"open {length} bytes", "µs", () => Time(Rounds, _ =>
            {
                fragment.CopyTo(text, 0);
                if (!protection.TryOpen(additional, text, out var _))
                {
                    throw new InvalidOperationException("The tag is wrong.");
                }
            }));
            var tag = new byte[8];
            var nonce = new byte[12];
            using var platform = new AesCcm(key);
            var theirs = Report.Median(
                $"seal {length} bytes, the platform's", "µs",
                () => Time(Rounds / 10, _ => platform.Encrypt(nonce, fragment.AsSpan(0, length), text.AsSpan(0, length), tag, additional)));
            Report.Ratio("ours to the platform's", seal, theirs);
        }
    }

    internal static double Time(int rounds, Action<int> action)
    {
        var clock = new ServerClock();
        clock.Start();
        for (var round = 0; round < rounds; round++)
        {
            action(round);
        }

        clock.Stop();
        return clock.Microseconds / rounds;
    }
}
