using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Package;

/// <summary>
/// What a Tab makes of a line in each shell that <c>config/completion</c> is for: it is typed on a terminal, and the program that the
/// shell then starts tells what it was given.
/// </summary>
public sealed class CompletionTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("coapbridge-completion-").FullName;

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "these shells are not here");
        Program("coapbridge", $"""case "$1" in "[suggest:"*) exec {string.Join(' ', CommandRun.Program.Select(word => $"'{word}'"))} "$@" ;; esac; echo "ran <$*>" """);
        Program("sudo", "exec \"$@\"");
        Directory.CreateDirectory(Path.Combine(_folder, "fish", "generated_completions")); // or fish reads all manual pages in the background at its first start
        File.WriteAllText(Path.Combine(_folder, "gateway.json"), "");
        File.WriteAllText(Path.Combine(_folder, "outbox.db"), "");
        File.Copy(RepositoryFolder.Find("config", "completion", "coapbridge.zsh"), Path.Combine(_folder, "_coapbridge"));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>What comes after a sudo is known there to the package bash-completion.</summary>
    [Fact]
    public Task Bash_completes_commands_and_files() =>
        CompletesAsync($"{InstalledProgram.Find("bash")} --norc --noprofile -i", $". {RepositoryFolder.Find("config", "completion", "coapbridge.bash")}", knowsSudo: false);

    [Fact]
    public Task Zsh_completes_commands_and_files_also_after_sudo() =>
        CompletesAsync($"{InstalledProgram.Find("zsh")} -f -i", $"fpath=({_folder} $fpath); autoload -Uz compinit; compinit -u -D", knowsSudo: true);

    [Fact]
    public Task Fish_completes_commands_and_files_also_after_sudo() =>
        CompletesAsync($"{InstalledProgram.Find("fish")} -i", $"source {Fish}", knowsSudo: true);

    [Fact]
    public async Task Fish_offers_files_only_where_the_program_knows_nothing()
    {
        await using var fish = ChildProcess.Start(InstalledProgram.Find("fish"),
            ["-c", $"cd {_folder}; source {Fish}; complete -C 'coapbridge outb'; complete -C 'coapbridge check --config gatew'"], Environment());
        Assert.Equal(0, await fish.WaitForExitAsync(_patience));
        Assert.Equal(["outbox", "gateway.json"], fish.Lines);
    }

    private static string Fish => RepositoryFolder.Find("config", "completion", "coapbridge.fish");

    private Dictionary<string, string> Environment() => new()
    {
        ["PATH"] = $"{_folder}:{System.Environment.GetEnvironmentVariable("PATH")}", ["HOME"] = _folder, ["XDG_CONFIG_HOME"] = _folder, ["XDG_DATA_HOME"] = _folder,
        ["SHELL"] = "/bin/sh", ["TERM"] = "xterm",
    };

    private async Task CompletesAsync(string shell, string begin, bool knowsSudo)
    {
        await using var terminal = ChildProcess.Start(InstalledProgram.Find("script"), ["-qec", shell, "/dev/null"], Environment());
        await TypeAsync(terminal, $"cd {_folder}; {begin}; coapbridge ready", "ready");
        await TypeAsync(terminal, "coapbridge outb\t", "outbox");
        await TypeAsync(terminal, "coapbridge outbox re\t", "outbox retry");
        await TypeAsync(terminal, "coapbridge outbox retry --dev\t x", "outbox retry --device x");
        await TypeAsync(terminal, "coapbridge check --config gatew\t", "check --config gateway.json");
        await TypeAsync(terminal, "coapbridge check && coapbridge outbox pur\t", "outbox purge");
        if (knowsSudo)
        {
            await TypeAsync(terminal, "sudo coapbridge outbox re\t", "outbox retry");
        }

        await terminal.Input.WriteAsync("exit\n");
        await terminal.Input.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await terminal.WaitForExitAsync(_patience)); // or its history would be written when the folder is gone
    }

    private static async Task TypeAsync(ChildProcess terminal, string keys, string becomes)
    {
        var from = terminal.Lines.Count;
        await terminal.Input.WriteAsync(keys + "\n");
        await terminal.Input.FlushAsync(TestContext.Current.CancellationToken);
        await terminal.WaitForLineAsync(line => line.TrimEnd().EndsWith($"ran <{becomes}>", StringComparison.Ordinal), _patience, from);
    }

    private void Program(string name, string body)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
