using System.Text.Json;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary><c>coapbridge outbox</c> beside a gateway that runs, with a Mosquitto that does not take everything.</summary>
public sealed class OutboxVerbTests : IDisposable
{
    private const int SigHup = 1;
    private const string Nobody = "65534";

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task What_the_broker_did_not_take_is_listed_retried_and_purged()
    {
        await File.WriteAllTextAsync(_pki["acl"], "topic read #\ntopic write gateways/#\n", TestContext.Current.CancellationToken);
        await using var broker = await MosquittoBroker.StartAsync(_pki, lines: $"allow_anonymous true\nacl_file {_pki["acl"]}");
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        await broker.StopAsync();
        await worker.WaitForLogAsync("upstream_lost");
        foreach (var payload in new[] { "secret-event-1", "secret-event-2" })
        {
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/e/door"), payload: payload)).Code);
        }

        var config = CommandRun.Configuration(_pki, broker.Port);
        Assert.Contains("2 messages waiting", (await Outbox("list", "--config", config)).Output, StringComparison.Ordinal);
        await broker.StartAgainAsync();
        await worker.WaitForLogAsync("outbox_quarantined");
        await worker.WaitForLogAsync("outbox_quarantined", worker.Child.Lines.ToList().FindIndex(line => line.Contains(" outbox_quarantined", StringComparison.Ordinal)) + 1);

        var list = await Outbox("list", "--json", "--config", config);
        Assert.Equal(0, list.ExitCode);
        Assert.DoesNotContain("secret-event", list.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(list.Output);
        var quarantine = json.RootElement.GetProperty("quarantine").EnumerateArray().ToList();
        Assert.Equal(2, quarantine.Count);
        Assert.All(quarantine, one => Assert.Equal("0x87 NotAuthorized", one.GetProperty("reason").GetString()));

        // The broker's rules are mended; the first is sent again, the second given up.
        await File.WriteAllTextAsync(_pki["acl"], "topic readwrite #\n", TestContext.Current.CancellationToken);
        broker.Log.Signal(SigHup);
        await using var cloud = await MosquittoSubscriber.StartAsync(_pki, broker);
        var retry = await Outbox("retry", "--id", quarantine[0].GetProperty("message_id").GetString()!, "--config", config);
        Assert.Equal((0, true), (retry.ExitCode, retry.Output.StartsWith("1 message (", StringComparison.Ordinal)));
        Assert.Equal(quarantine[0].GetProperty("message_id").GetString(), (await cloud.ReceiveAsync("secret-event-1")).UserProperties["message_id"]);
        Assert.Equal(1, (await Outbox(["purge", "--quarantine", "--config", config], "n\n")).ExitCode);
        var purge = await Outbox(["purge", "--quarantine", "--config", config], "y\n");
        Assert.Equal((0, true), (purge.ExitCode, purge.Output.Contains("removed 1 message (", StringComparison.Ordinal)));
        Assert.Equal(0, await worker.MetricAsync("coapbridge_outbox_quarantine"));
        Assert.Contains("action=purge_quarantine messages=1", await worker.WaitForLogAsync("outbox_order action=purge"), StringComparison.Ordinal);
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/e/door"), payload: "secret-event-3")).Code);
        await cloud.ReceiveAsync("secret-event-3");
        Assert.Equal(0, cloud.Count("secret-event-2"));
        await worker.StopAsync();
        Assert.Equal(1, (await Outbox("retry", "--all", "--config", config)).ExitCode); // nothing is left to retry
    }

    [Fact]
    public async Task The_socket_is_for_the_gateways_user_and_root_whatever_its_mode()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "somebody else can be played by root only");
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        var socket = _pki["admin.sock"];
        File.SetUnixFileMode(_pki.Folder, (UnixFileMode)0b111_101_101);
        Assert.Contains("Permission denied", (await AsNobody(socket)).Output, StringComparison.Ordinal);
        File.SetUnixFileMode(socket, (UnixFileMode)0b110_110_110);
        Assert.Equal("", (await AsNobody(socket)).Output);
        Assert.Contains($"uid={Nobody}", await worker.WaitForLogAsync("admin_socket_refused"), StringComparison.Ordinal);
        Assert.Contains("\"Messages\":0", (await CommandRun.OfLineAsync(Perl(socket), "")).Output, StringComparison.Ordinal);
    }

    private static Task<CommandRun> AsNobody(string socket) => CommandRun.OfLineAsync(
        [InstalledProgram.Find("setpriv"), "--reuid", Nobody, "--regid", Nobody, "--clear-groups", .. Perl(socket)], "");

    private static string[] Perl(string socket) =>
    [
        InstalledProgram.Find("perl"), "-MIO::Socket::UNIX", "-e",
        """my $s = IO::Socket::UNIX->new($ARGV[0]) or die "$!\n"; $SIG{PIPE} = "IGNORE"; print $s "{\"Action\":\"PurgeWaiting\"}\n"; $s->flush; print <$s>;""", socket,
    ];

    private static Task<CommandRun> Outbox(params string[] arguments) => Outbox(arguments, "");

    private static Task<CommandRun> Outbox(string[] arguments, string input) => CommandRun.OfAsync(["outbox", .. arguments], input);
}
