using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.State;

namespace CoapBridge.Check;

/// <summary>
/// Looks at everything that a start needs, without starting: what is wrong is told with the remedy. It never disturbs a gateway that
/// is running.
/// </summary>
internal sealed class GatewayCheck(TimeProvider time, ServiceUser service)
{
    /// <param name="readOptions">Reads the configuration; adds what is wrong with it.</param>
    /// <param name="stop">Gives up waiting for others.</param>
    public async Task<CheckReport> RunAsync(Func<ICollection<OptionsError>, BridgeOptions> readOptions, CancellationToken stop)
    {
        var report = new CheckReport();
        var errors = new List<OptionsError>();
        var options = readOptions(errors);
        var now = time.GetUtcNow();
        var configurationErrors = errors.Count;
        var files = LoadedFiles.Load(options, now, errors);

        // A slip in the policy keeps the gateway from starting, but nobody from looking at the certificates. A key that could not be
        // opened is not tried again: a token counts wrong PINs.
        var isUsable = !errors.Exists(error => error.Key.StartsWith("Identity", StringComparison.Ordinal));
        using var credentials = files?.Credentials ?? (isUsable ? GatewayCredentials.Load(options, []) : null);
        report.Add("Configuration", Configuration(options, errors, configurationErrors));
        if (configurationErrors == 0 && service.IsAskedFor(options.File))
        {
            report.Add("The service's user", service.Examine(options));
        }

        report.Add("Clock", [Clock(now)]);
        var isGoodCertificate = AddCertificates(report, options, credentials, files?.Lists.Revocations ?? [], now);
        if (configurationErrors == 0)
        {
            var running = await RunningGateway.FindAsync(options.Admin.Listen, stop).ConfigureAwait(false);
            report.Add("Network", NetworkChecks.Examine(options, running));
            report.Add("State", [StateFinding(options)]);
        }
        else
        {
            report.Skip("Network", "the configuration is not right");
            report.Skip("State", "the configuration is not right");
        }

        if (credentials is null || configurationErrors > 0)
        {
            report.Skip("Broker", credentials is null ? "it asks for the gateway's certificate" : "the configuration is not right");
        }
        else
        {
            var findings = await BrokerChecks.ExamineAsync(options.Upstream, options.Topics.Gateway, credentials, stop).ConfigureAwait(false);
            report.Add("Broker", findings.Select(finding => finding == BrokerChecks.Closed && !isGoodCertificate
                ? finding with { Remedy = "most likely because of the gateway's certificate: mend that first, see above" } : finding));
        }

        return report;
    }

    private static IEnumerable<Finding> Configuration(BridgeOptions options, List<OptionsError> errors, int ofTheConfiguration)
    {
        if (ofTheConfiguration == 0)
        {
            yield return new Finding(FindingLevel.Good, $"{options.File} can be read, and every key in it is known");
        }

        foreach (var error in errors)
        {
            yield return new Finding(FindingLevel.Problem, error.ToString());
        }

        if (errors.Count == 0)
        {
            yield return new Finding(FindingLevel.Good, options.Devices.Policy is { } policy
                ? $"the access policy {policy} has no mistakes"
                : "there is no policy file: each device may use its own topics and nothing else");
        }
    }

    private static Finding Clock(DateTimeOffset now) => now >= ClockGuard.BuildDate
        ? new Finding(FindingLevel.Good, $"it says {now:u}")
        : new Finding(
            FindingLevel.Problem, $"it says {now:u}, but this program was built on {ClockGuard.BuildDate:yyyy-MM-dd}: no certificate could be judged, so handshakes would wait",
            "set the clock, for example with timedatectl set-ntp true");

    /// <returns>Whether nothing is wrong with the gateway's own.</returns>
    private static bool AddCertificates(
        CheckReport report, BridgeOptions options, GatewayCredentials? credentials, IReadOnlyList<RevocationList> lists, DateTimeOffset now)
    {
        if (credentials is null)
        {
            report.Skip("The gateway's certificate", "see the configuration");
            report.Skip("The CAs of the devices", "see the configuration");
            return false;
        }

        var findings = CertificateWatch.Examine(credentials, now);
        report.Add("The gateway's certificate", findings);
        report.Add(
            "The CAs of the devices",
            [.. AnchorChecks.Examine(credentials.CloudCaDer, AnchorChecks.PublicRoots(), now), .. AnchorChecks.Examine(lists, options.Devices.StaleRevocationList, now)]);
        return findings.All(finding => finding.Level != FindingLevel.Problem);
    }

    private static Finding StateFinding(BridgeOptions options)
    {
        if (options.State.MaxAge == TimeSpan.Zero)
        {
            return new Finding(FindingLevel.Good, "connections are not kept over a restart (State:MaxAge is 00:00:00)");
        }

        var folder = options.State.Directory;
        return !Directory.Exists(folder)
            ? new Finding(
                FindingLevel.Warning, $"{folder} does not exist: connections will not outlive a restart",
                "make it, owned by the user that runs the service; under systemd StateDirectory= does that")
            : new StateFolder(folder).CheckKey() is { } open ? new Finding(FindingLevel.Problem, open.ToString())
            : new Finding(FindingLevel.Good, $"{folder} is there for connections that outlive a restart");
    }
}
