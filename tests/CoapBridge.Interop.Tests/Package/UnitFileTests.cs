using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Package;

/// <summary>What systemd itself thinks of <c>config/coapbridge.service</c>.</summary>
public sealed class UnitFileTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Its_exposure_is_below_two()
    {
        // In tenths: more than 1.9 is an error.
        await using var child = ChildProcess.Start(InstalledProgram.Find("systemd-analyze"),
            ["security", "--offline=yes", "--no-pager", "--threshold=19", RepositoryFolder.Find("config", "coapbridge.service")]);
        Assert.True(await child.WaitForExitAsync(_patience) == 0, child.Output);
        Assert.Contains("Overall exposure level for coapbridge.service: ", child.Output, StringComparison.Ordinal);
    }
}
