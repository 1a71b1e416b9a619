using CoapBridge.Fuzz.Dtls;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Fuzz;

/// <summary>Makes the stored sessions and what they hang on. Keys are made once; a second run goes on with them.</summary>
internal static class CorpusMaker
{
    private static readonly DateTimeOffset End = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var party = Path.Combine(folder, "party.txt");
        if (!File.Exists(party))
        {
            WriteParty(party);
            throw new InvalidOperationException($"{party} is new: build, and run once more");
        }

        foreach (var name in FuzzTargets.Names)
        {
            var target = FuzzTargets.Create(name);
            var sessions = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
            for (var number = 1; number <= 2; number++)
            {
                WriteSession(target, Path.Combine(sessions, $"mutated-{number}.txt"), number);
            }
        }

        foreach (var (name, steps) in Dialogue.HonestSessions())
        {
            FuzzSession.Write(Path.Combine(folder, name), steps, "an honest handshake");
        }
    }

    private static void WriteSession(FuzzTarget target, string file, int number)
    {
        var mutator = new Mutator(number);
        var steps = new List<byte[]>();
        target.Begin();
        target.Plan(mutator);
        for (var step = 0; step < target.Steps; step++)
        {
            steps.Add(target.Next(mutator));
            target.Apply(steps[^1]);
        }

        target.End();
        FuzzSession.Write(file, steps, "made by the generator");
    }

    private static void WriteParty(string file)
    {
        var begin = new DateTimeOffset(2025, 12, 1, 0, 0, 0, TimeSpan.Zero);
        var ca = CertificateAuthority.CreateRoot("Fuzz CA", begin, CertificateAuthority.CaOptions() with { NotAfter = End });
        IssuedCertificate Issue(string name, string purpose) =>
            ca.Issue(new CertificateOptions { CommonName = name, NotAfter = End, ExtendedKeyUsage = [purpose] });
        File.WriteAllLines(file,
        [
            Line("ca", ca.Certificate),
            Line("gateway", Issue("gateway-1", CertificatePurposes.ServerAuth)),
            Line("device", Issue("device-1", CertificatePurposes.ClientAuth)),
            Line("intruder", Issue("device-2", CertificatePurposes.ClientAuth)),
        ]);
    }

    private static string Line(string name, IssuedCertificate certificate)
    {
        using var key = certificate.OpenEcdsa();
        return $"{name} {Convert.ToHexStringLower(certificate.Der)} {Convert.ToHexStringLower(key.ExportPkcs8PrivateKey())}";
    }
}
