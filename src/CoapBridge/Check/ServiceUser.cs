using System.ComponentModel;
using System.Diagnostics;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Check;

/// <summary>Root can read everything; the service, which runs as a user of its own, may not.</summary>
/// <param name="Name">The user, and its group.</param>
/// <param name="Folder">Where its configuration is; a configuration elsewhere is somebody else's.</param>
/// <param name="Hidden">Folders that the unit lets nobody see.</param>
internal sealed record ServiceUser(string Name, string Folder, IReadOnlyList<string> Hidden)
{
    /// <summary>As <c>config/coapbridge.service</c> has it: User, ProtectHome, PrivateTmp.</summary>
    public static ServiceUser Packaged { get; } = new("coapbridge", "/etc/coapbridge", ["/home", "/root", "/run/user", "/tmp", "/var/tmp"])
    {
        Shipped = "/usr/share/coapbridge/appsettings.json",
    };

    /// <summary>The configuration as the package brings it, which is for nobody yet; null: there is none.</summary>
    public string? Shipped { get; init; }

    /// <summary>Whether nobody has changed it since the installation; the unit and the package ask the same.</summary>
    public bool IsAsShipped(string configuration) =>
        File.Exists(Shipped) && File.ReadAllBytes(configuration).AsSpan().SequenceEqual(File.ReadAllBytes(Shipped));

    /// <summary>Whether root asks, about this user's configuration.</summary>
    public bool IsAskedFor(string configuration) =>
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Path.GetDirectoryName(configuration) == Folder
        && File.ReadLines("/etc/passwd").Any(line => line.StartsWith(Name + ':', StringComparison.Ordinal));

    /// <summary>All files that a configuration names.</summary>
    public IReadOnlyList<Finding> Examine(BridgeOptions options)
    {
        string?[] files =
        [
            options.File, options.Identity.Certificate, options.Identity.PrivateKey, options.Identity.CloudCa, options.Upstream.ServerCa,
            options.Devices.Policy, options.Devices.Denied, options.Devices.Allowed, .. options.Devices.RevocationLists,
        ];
        var findings = files.OfType<string>().Distinct().Select(Examine).OfType<Finding>().ToList();
        return findings.Count > 0 ? findings : [new Finding(FindingLevel.Good, $"user {Name} can read every file that the configuration names")];
    }

    /// <summary>Null when the user can read the file; the kernel says so, by owner, groups, modes and access lists.</summary>
    public Finding? Examine(string path)
    {
        if (Pkcs11Key.IsUri(path) || !File.Exists(path))
        {
            return null;
        }

        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (Hidden.FirstOrDefault(folder => file.StartsWith(folder + '/', StringComparison.Ordinal)) is { } hidden)
        {
            return new Finding(FindingLevel.Warning, $"the service does not see {hidden}, so it cannot read {path}", Copy(file));
        }

        return May("-r", file) ? null
            : Above(file).FirstOrDefault(folder => !May("-x", folder)) is { } closed ? new Finding(
                FindingLevel.Warning, $"user {Name}, as whom the service runs, may not enter {closed}, so it cannot read {path}",
                closed == Folder ? $"chgrp {Name} {closed} && chmod 750 {closed}" : Copy(file))
            : new Finding(FindingLevel.Warning, $"user {Name}, as whom the service runs, may not read {path}", $"chgrp {Name} {file} && chmod 640 {file}");
    }

    private string Copy(string file) => $"install -m 640 -g {Name} {file} {Folder}/ and name it there";

    /// <summary>The folders on the way to it, the root first.</summary>
    private static IEnumerable<string> Above(string file)
    {
        var folder = Path.GetDirectoryName(file);
        return folder is null ? [] : Above(folder).Append(folder);
    }

    private bool May(string what, string path)
    {
        try
        {
            using var test = Process.Start(new ProcessStartInfo("runuser", ["-u", Name, "--", "test", what, path]) { RedirectStandardError = true });
            test!.WaitForExit();
            return test.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return true; // without that program nobody knows
        }
    }
}
