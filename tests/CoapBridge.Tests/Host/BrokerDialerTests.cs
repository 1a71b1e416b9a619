using System.Net;
using System.Net.Sockets;
using CoapBridge.Network;

namespace CoapBridge.Tests.Host;

/// <summary>L25: a name with several addresses, of which some are dead.</summary>
public sealed class BrokerDialerTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public BrokerDialerTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void Families_take_turns_in_the_resolvers_order()
    {
        IPAddress[] addresses = [.. new[] { "::1", "::2", "127.0.0.1", "127.0.0.2", "127.0.0.3" }.Select(IPAddress.Parse)];
        Assert.Equal(["::1", "127.0.0.1", "::2", "127.0.0.2", "127.0.0.3"], BrokerDialer.InTurn(addresses).Select(address => address.ToString()));
    }

    [Fact]
    public async Task An_address_that_refuses_does_not_keep_the_next_one_from_answering()
    {
        var (socket, address, fault) = await Dial("127.0.0.2", "127.0.0.3", "127.0.0.1");
        Assert.Null(fault);
        Assert.Equal(IPAddress.Loopback, address!.Address);
        socket!.Dispose();
    }

    [Fact]
    public async Task Nor_does_one_that_is_silent()
    {
        using var silent = new Hole();
        using var alive = new TcpListener(IPAddress.Parse("127.0.0.2"), silent.Address.Port);
        alive.Start();
        var dialer = new BrokerDialer("the broker", "Host", (_, _) => Task.FromResult<IPAddress[]>([silent.Address.Address, IPAddress.Parse("127.0.0.2")]));
        var (socket, address, _) = await dialer.ConnectAsync("x", silent.Address.Port, TestContext.Current.CancellationToken);
        Assert.Equal(IPAddress.Parse("127.0.0.2"), address!.Address);
        socket!.Dispose();

        alive.Stop();
        var (_, _, fault) = await new BrokerDialer("the broker", "Host", (_, _) => Task.FromResult<IPAddress[]>([silent.Address.Address]))
            .ConnectAsync("x", silent.Address.Port, TestContext.Current.CancellationToken);
        Assert.Equal(BrokerFaultReason.TimedOut, fault!.Reason);
    }

    [Fact]
    public async Task When_all_fail_the_first_ones_reason_is_told()
    {
        var (socket, _, fault) = await Dial("127.0.0.2", "127.0.0.3");
        Assert.Null(socket);
        Assert.Equal(BrokerFaultReason.Unreachable, fault!.Reason);
        Assert.Contains("127.0.0.2", fault.Problem, StringComparison.Ordinal);
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private Task<(Socket? Socket, IPEndPoint? Address, BrokerFault? Fault)> Dial(params string[] addresses) =>
        new BrokerDialer("the broker", "Host", (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]))
            .ConnectAsync("x", Port, TestContext.Current.CancellationToken);

    /// <summary>An address that takes packets and never answers: a listener whose queue is full.</summary>
    private sealed class Hole : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _fillers = [];

        public Hole()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(0);
            for (var filler = 0; filler < 4; filler++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _fillers.Add(socket);
                try
                {
                    socket.Connect(Address);
                }
                catch (SocketException)
                {
                    // Under way, which is enough.
                }
            }
        }

        public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

        public void Dispose()
        {
            _fillers.ForEach(socket => socket.Dispose());
            _listener.Dispose();
        }
    }
}
