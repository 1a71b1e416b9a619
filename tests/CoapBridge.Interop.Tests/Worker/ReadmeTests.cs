using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>The README's first hour, its lines copied as they stand, but for ports and folders.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("coapbridge-first-hour-").FullName;

    [Fact]
    public async Task The_lines_of_the_readme_bring_a_libcoap_clients_message_to_mosquitto()
    {
        foreach (var program in new[] { "mosquitto", "mosquitto_sub", "coap-client-openssl" })
        {
            InstalledProgram.Find(program);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "lines"), Lines(), TestContext.Current.CancellationToken);
        await using var shell = ChildProcess.Start("bash", [Path.Combine(_folder, "lines")]);
        Assert.Equal(0, await shell.WaitForExitAsync(TimeSpan.FromSeconds(90)));
        Assert.Matches(@"(?m)^devices/device-1/t 21\.5 ", shell.Output);
        Assert.Contains("2.04", shell.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^devices/device-1/t 21\.6 ", shell.Output);
        Assert.DoesNotContain("✗", shell.Output, StringComparison.Ordinal);
        Assert.Contains("running at the end: 3, after it: 0", shell.Output, StringComparison.Ordinal);
        Assert.Contains(" stopped drained=", await File.ReadAllTextAsync(Path.Combine(_folder, "gateway.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>With what is built beside this test instead of building, and in a folder of its own; in a shell that gives its jobs no group of their own.</summary>
    private string Lines()
    {
        var readme = File.ReadAllText(RepositoryFolder.Find("README.md"));
        var section = readme[readme.IndexOf("## The first hour", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
        var lines = string.Concat(Block().Matches(section).Select(block => block.Groups[1].Value));
        lines = Built().Replace(lines, $"\"{AppContext.BaseDirectory}").Replace("/tmp/first-hour", _folder, StringComparison.Ordinal);
        foreach (var port in new[] { "8883", "5684" })
        {
            lines = lines.Replace(port, FreePort(port == "8883").ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        lines = Build().Replace(lines, "")
            .Replace("--broker localhost", $"--broker localhost:{Listener().Match(lines).Groups[1].Value}", StringComparison.Ordinal)
            .Replace("run --config gateway.json", "run --config gateway.json --Admin:Listen=127.0.0.1:0", StringComparison.Ordinal);
        var end = lines.LastIndexOf("kill ", StringComparison.Ordinal);
        return $$"""
            trap 'kill $(cat {{_folder}}/pids) 2>/dev/null' EXIT
            count() { for pid in $(cat pids); do kill -0 $pid 2>/dev/null && echo $pid; done | wc -l; }
            {{lines[..end]}}
            sleep 1
            before=$(count)
            {{lines[end..]}}
            for try in $(seq 100); do [ $(count) = 0 ] || sleep 0.1; done
            echo "running at the end: $before, after it: $(count)"
            trap - EXIT
            """;
    }

    private static int FreePort(bool isTcp)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, isTcp ? SocketType.Stream : SocketType.Dgram, isTcp ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [GeneratedRegex("(?s)```sh\n(.*?)```")]
    private static partial Regex Block();

    [GeneratedRegex("(?m)^dotnet build .*\n")]
    private static partial Regex Build();

    [GeneratedRegex("\"\\$PWD/[^\"]*/net10.0/")]
    private static partial Regex Built();

    [GeneratedRegex("listener ([0-9]+) ")]
    private static partial Regex Listener();
}
