using CoapBridge.Proof;

namespace CoapBridge.Interop.Tests.Outbox;

/// <summary>
/// What a device was told 2.04 for is at the broker, once per message id and in order per device, whatever dies in between
/// (issue 6). The long one is a command: see tests/README.md.
/// </summary>
[Collection(nameof(Alone))]
public sealed class NothingLostTests
{
    [Fact]
    public async Task Two_hundred_devices_lose_nothing_in_forty_faults() =>
        await ProveAsync(settings => settings with { Faults = 40 });

    [Fact]
    public async Task Nor_do_they_in_ten_with_Mosquitto()
    {
        Harness.InstalledProgram.Find("mosquitto");
        await ProveAsync(settings => settings with { Faults = 10, WithMosquitto = true });
    }

    private static async Task ProveAsync(Func<ProofSettings, ProofSettings> choose)
    {
        var folder = Directory.CreateTempSubdirectory("coapbridge-proof-").FullName;
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var report = await ProofRun.CarryOutAsync(choose(new ProofSettings { Folder = folder, Tell = lines.Enqueue, Seed = Seed }));
        var story = $"{string.Join('\n', lines)}\n{report}";
        TestContext.Current.SendDiagnosticMessage(story);
        Assert.True(report.Faults.Count == 0, $"{string.Join('\n', report.Faults.Take(20))}\n{story}\nlogs and journals: {folder}");

        // So much that it shows something.
        Assert.True(report.AcknowledgedKept > 500 && report.Acknowledged > report.AcknowledgedKept && report.Stored > 100, story);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>COAPBRIDGE_SEED=n makes the same faults again.</summary>
    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("COAPBRIDGE_SEED"), out var seed) ? seed : Random.Shared.Next();

    /// <summary>No other test runs beside these: they use all that the machine has.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;
}
