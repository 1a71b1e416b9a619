using System.Net.Sockets;
using System.Text;
using CoapBridge.Control;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

/// <summary>The socket for what changes something: its owner's only, and hard to upset.</summary>
public sealed class ControlDoorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-control-");
    private readonly List<OutboxOrder> _orders = [];
    private bool _hasRoom = true;

    public ControlDoorTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Unix sockets with credentials of the peer are Linux's");

    private string SocketPath => ControlSocket.PathIn(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_order_comes_through_whole_and_so_does_its_answer()
    {
        await using var door = Open();
        var order = new OutboxOrder(OutboxAction.PurgeWaiting) { Device = "d", MessageIds = ["0a", "0b"], Before = DateTimeOffset.UnixEpoch };
        Assert.Equal(new OutboxAnswer(3, 42, null), await Ask(order));
        var seen = Assert.Single(_orders);
        Assert.Equal(order.MessageIds, seen.MessageIds);
        Assert.Equal(order, seen with { MessageIds = order.MessageIds });
    }

    [Fact]
    public async Task What_an_order_leaves_out_does_not_narrow_it()
    {
        await using var door = Open();
        Assert.Equal("{\"Messages\":3,\"Bytes\":42,\"Problem\":null}\n", await Send("""{"Action":"Retry","MessageIds":null}""" + "\n"));
        Assert.Equal(new OutboxAnswer(3, 42, null), await Ask(new OutboxOrder(OutboxAction.Retry)));
        Assert.All(_orders, order => Assert.Equal((null, 0, null), (order.Device, order.MessageIds.Count, order.Before)));
    }

    [Fact]
    public async Task It_is_for_its_owner_only_and_goes_with_the_gateway()
    {
        await using (Open())
        {
            Assert.Equal("0600", HostFacts.ModeOf(SocketPath));
        }

        Assert.False(File.Exists(SocketPath));
        Assert.Null(await Ask(new OutboxOrder(OutboxAction.Retry)));
    }

    [Fact]
    public async Task What_a_crash_left_is_replaced_and_a_gateway_that_runs_is_not()
    {
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            stale.Bind(new UnixDomainSocketEndPoint(SocketPath + ".x"));
            File.Move(SocketPath + ".x", SocketPath); // or it would be removed in good order
        }

        Assert.True(File.Exists(SocketPath));
        await using var door = Open();
        Assert.NotNull(door);
        Assert.Null(Open());
        Assert.NotNull(await Ask(new OutboxOrder(OutboxAction.Retry)));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"Action":77}""")]
    [InlineData("""{"Action":"Explode"}""")]
    [InlineData("""{"Action":"Retry","More":1}""")]
    public async Task What_is_no_order_is_answered_and_does_nothing(string line)
    {
        await using var door = Open();
        Assert.Contains("not understood", await Send(line + "\n"), StringComparison.Ordinal);
        Assert.Empty(_orders);
        Assert.NotNull(await Ask(new OutboxOrder(OutboxAction.Retry)));
    }

    [Fact]
    public async Task Who_sends_too_much_or_goes_away_harms_nobody()
    {
        await using var door = Open();
        Assert.Equal("", await Send(new string('x', 100_000)));
        using (ControlSocket.TryConnect(SocketPath))
        {
            // and away
        }

        Assert.NotNull(await Ask(new OutboxOrder(OutboxAction.Retry)));
        _hasRoom = false;
        Assert.Contains("try again", (await Ask(new OutboxOrder(OutboxAction.Retry)))!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_too_long_for_a_socket_does_not_keep_the_gateway_from_serving()
    {
        Assert.Null(ControlDoor.Open(Path.Combine(_folder.FullName, new string('d', 120)), _ => true, NullLogger.Instance));
        await Task.CompletedTask;
    }

    private ControlDoor? Open() => ControlDoor.Open(
        _folder.FullName,
        request =>
        {
            _orders.Add(request.Order);
            request.Done([new StoredMessages("d", 3, 42, 7)]);
            return _hasRoom;
        },
        NullLogger.Instance);

    private Task<OutboxAnswer?> Ask(OutboxOrder order) => ControlClient.AskAsync(_folder.FullName, order, TestContext.Current.CancellationToken);

    private async Task<string> Send(string text)
    {
        using var socket = ControlSocket.TryConnect(SocketPath)!;
        var stream = new NetworkStream(socket);
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
            return await new StreamReader(stream).ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return ""; // closed while we were writing
        }
    }
}
