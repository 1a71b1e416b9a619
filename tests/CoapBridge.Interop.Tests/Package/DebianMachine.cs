using System.Globalization;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Package;

/// <summary>
/// A clean Debian in a folder, made by debootstrap and started with its own systemd in name spaces of its own. Only the network
/// is this machine's.
/// </summary>
internal sealed class DebianMachine : IAsyncDisposable
{
    /// <summary>So that no other machine's services are taken for its own. There are three ways in which control groups can be mounted.</summary>
    private const string InItsOwnControlGroup = """
        for tree in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
          [ -e $tree/cgroup.procs ] || continue
          mkdir $tree/$0 && echo $$ >$tree/$0/cgroup.procs || exit 1
        done
        exec "$1" --quiet --directory="$2" --boot --register=no --keep-unit --console=pipe --link-journal=no
        """;

    private static readonly TimeSpan _bootstrapPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private readonly ChildProcess _nspawn;
    private readonly int _init;

    private DebianMachine(string folder, ChildProcess nspawn, int init)
    {
        Folder = folder;
        _nspawn = nspawn;
        _init = init;
    }

    /// <summary>Its root, seen from here.</summary>
    public string Folder { get; }

    /// <summary>Skips the test where there cannot be one; in CI it fails.</summary>
    public static async Task<DebianMachine> StartAsync()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can make a Debian machine");
        var (debootstrap, nspawn) = (InstalledProgram.Find("debootstrap"), InstalledProgram.Find("systemd-nspawn"));
        var folder = Directory.CreateTempSubdirectory("coapbridge-debian-").FullName;
        try
        {
            await BootstrapAsync(debootstrap, folder);
            await using (var chmod = ChildProcess.Start("chmod", ["755", folder]))
            {
                await chmod.WaitForExitAsync(_patience); // it is the root of everybody in it
            }

            var child = ChildProcess.Start("sh", ["-c", InItsOwnControlGroup, Path.GetFileName(folder), nspawn, folder]);
            var machine = new DebianMachine(folder, child, await WaitForInitAsync(child));
            await machine.CompleteAsync("sh", "-c", "until systemctl is-system-running; do sleep 0.1; done");
            return machine;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Runs a command in it; the output is both streams.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] command)
    {
        await using var child = Enter(command);
        return (await child.WaitForExitAsync(_patience), child.Output);
    }

    /// <summary>Runs a command in it that must succeed.</summary>
    public async Task<string> CompleteAsync(params string[] command)
    {
        var (exitCode, output) = await RunAsync(command);
        Assert.True(exitCode == 0, $"{string.Join(' ', command)} ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>A file in it, seen from here.</summary>
    public string this[string path] => Folder + path;

    public async ValueTask DisposeAsync()
    {
        _nspawn.Signal(ChildProcess.SigTerm);
        await Task.WhenAny(Task.Run(async () => await _nspawn.WaitForExitAsync(_patience)), Task.Delay(TimeSpan.FromSeconds(20)));
        await _nspawn.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        await using var rmdir = ChildProcess.Start("find", ["/sys/fs/cgroup", "-depth", "-type", "d", "-path", $"*/{Path.GetFileName(Folder)}*", "-exec", "rmdir", "{}", "+"]);
        await rmdir.WaitForExitAsync(_patience);
    }

    private static async Task BootstrapAsync(string debootstrap, string folder)
    {
        // What our package depends on is there already, so that dpkg alone can install it.
        await using var child = ChildProcess.Start(
            debootstrap, ["--variant=minbase", "--include=systemd,systemd-sysv,adduser,libssl3,libstdc++6", "bookworm", folder]);
        var exitCode = await child.WaitForExitAsync(_bootstrapPatience);
        if (exitCode != 0 && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip($"debootstrap ended with {exitCode}: {child.Output}");
        }

        Assert.True(exitCode == 0, child.Output);
    }

    /// <summary>The first process in it.</summary>
    private static async Task<int> WaitForInitAsync(ChildProcess nspawn)
    {
        for (var attempt = 0; attempt < 300 && !nspawn.HasExited; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var children = await File.ReadAllTextAsync($"/proc/{nspawn.Id}/task/{nspawn.Id}/children", TestContext.Current.CancellationToken);
            if (int.TryParse(children.Split(' ')[0], CultureInfo.InvariantCulture, out var init))
            {
                return init;
            }
        }

        Assert.Fail($"the machine did not start:\n{nspawn.Output}");
        return 0;
    }

    private ChildProcess Enter(string[] command) => ChildProcess.Start(
        InstalledProgram.Find("nsenter"), ["--target", $"{_init}", "--mount", "--pid", "--uts", "--ipc", "--root", "--wd", "--", .. command]);
}
