using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using CoapBridge.Check;
using CoapBridge.Options;
using CoapBridge.OutboxVerbs;
using CoapBridge.Storage;

namespace CoapBridge.Support;

/// <summary>
/// <c>coapbridge support-bundle</c>: collects what somebody needs to help, and says what that is. What cannot be had is a line
/// that says why.
/// </summary>
internal sealed class SupportCommand(string config, IDictionary environment, IReadOnlyList<string> arguments, TextWriter output)
{
    private const int Written = 0;
    private const int NotWritten = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<OptionsError> _errors = [];

    /// <param name="file">The archive; null: one with the time in its name, here.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<int> RunAsync(string? file, CancellationToken stop)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"coapbridge-support-{DateTime.UtcNow:yyyyMMdd-HHmmss}");
        var path = Path.GetFullPath(file ?? $"{name}.tar.gz");
        var options = Read(_errors);
        var settings = Settings();
        var unknown = _errors.Select(error => error.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var bundle = new SupportBundle(name, new SecretShield(settings, unknown));
        await AddAsync(bundle, options, settings, unknown, stop).ConfigureAwait(false);
        try
        {
            bundle.Write(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            output.WriteLine($"{path} cannot be written: {exception.Message}; --out names another file");
            return NotWritten;
        }

        output.Write($"""
            {path}, which only you can read, holds:
            {bundle.Contents()}
            Keys, passwords, PINs and payloads are not in it; names of devices, hosts and addresses are.
            Look into it before you give it away: tar -xzOf {path} | less

            """);
        return Written;
    }

    private async Task AddAsync(SupportBundle bundle, BridgeOptions options, IReadOnlyList<Setting> settings, HashSet<string> unknown, CancellationToken stop)
    {
        bundle.Add("configuration.txt", "settings and where they come from; secrets are hidden", Describe(settings, unknown));
        bundle.Add("policy.json", "the access policy", ReadText(options.Devices.Policy));
        bundle.Add("host.txt", "versions, the machine, the files of the state directory by name", HostFacts.Write(options, Version));
        bundle.Add("certificates.txt", "what the certificate files say", CertificateFacts.Write(options));
        bundle.Add("check.txt", "what coapbridge check says", (await new GatewayCheck(TimeProvider.System, ServiceUser.Packaged).RunAsync(Read, stop).ConfigureAwait(false)).ToText());
        bundle.Add("outbox.json", "how much is stored, and what the broker did not take", Outbox(options));
        foreach (var (page, what) in new[] { ("readyz", "is it ready"), ("status.json", "the status page, with the last problems"), ("metrics", "all counters") })
        {
            bundle.Add(Path.HasExtension(page) ? page : $"{page}.txt", what, await RunningGateway.GetAsync(options.Admin.Listen, $"/{page}", stop).ConfigureAwait(false));
        }

        bundle.Add("journal.txt", "the service's last 5000 log lines", await JournalAsync(stop).ConfigureAwait(false));
    }

    private BridgeOptions Read(ICollection<OptionsError> errors) => OptionsLoader.Load(config, environment, arguments, errors);

    private List<Setting> Settings() =>
    [
        .. SettingSources.FromFile(Path.GetFullPath(config), []), .. SettingSources.FromEnvironment(environment), .. SettingSources.FromCommandLine(arguments, []),
    ];

    private string Describe(IReadOnlyList<Setting> settings, HashSet<string> unknown)
    {
        var lines = settings.Select(setting =>
            $"{setting.Key} = {(setting.Value is null ? "null" : unknown.Contains(setting.Key) ? "(hidden, because the key is not right)" : SecretText.Hide(setting.Key, setting.Value))}    ({setting.Origin})");
        return $"What is set, the strongest source last; everything else has its default.\n\n{string.Join('\n', lines)}\n\n{_errors.Count} errors\n{string.Join('\n', _errors.Select(error => (error with { Value = null }).ToString()))}\n";
    }

    private static string ReadText(string? path)
    {
        try
        {
            return path is null ? "none: each device may use its own topics and nothing else\n" : File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {exception.Message}\n";
        }
    }

    private static string Outbox(BridgeOptions options)
    {
        try
        {
            return OutboxPage.ToJson(OutboxListing.Read(options.Outbox.File, null), options.Outbox, quarantineOnly: false) + "\n";
        }
        catch (SqliteException exception)
        {
            return $"cannot be read: {exception.Message}\n";
        }
    }

    private static async Task<string> JournalAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            using var journal = Process.Start(new ProcessStartInfo("journalctl", ["--unit=coapbridge", "--lines=5000", "--no-pager", "--output=short-iso"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var complaint = journal.StandardError.ReadToEndAsync(limit.Token);
            var text = await journal.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            await journal.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return text + await complaint.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return "journalctl gives nothing here: add the gateway's standard output yourself, if you have it\n";
        }
    }

    private static string Version => typeof(SupportCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
