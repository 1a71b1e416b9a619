using System.Net;
using System.Net.Sockets;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host;

public sealed class UdpDoorTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly List<IDisposable> _open = [];

    public static TheoryData<string, bool> Doors => new()
    {
        { "127.0.0.1", false }, { "::1", false }, { "127.0.0.1", true }, { "::1", true },
    };

    public void Dispose() => _open.ForEach(one => one.Dispose());

    [Theory]
    [MemberData(nameof(Doors))]
    public void A_datagram_comes_in_and_its_answer_goes_out(string address, bool portable)
    {
        var door = Open(portable, $"{address}");
        var client = Client(address);
        client.SendTo([1, 2, 3], door.LocalEndPoints[0]);
        client.SendTo([], door.LocalEndPoints[0]);
        Echo(door, 2);
        var buffer = new byte[16];
        EndPoint from = door.LocalEndPoints[0];
        Assert.Equal(3, client.ReceiveFrom(buffer, ref from));
        Assert.Equal([1, 2, 3], buffer[..3]);
        Assert.Equal(door.LocalEndPoints[0], from);
        Assert.Equal(0, client.ReceiveFrom(buffer, ref from));
        Assert.Equal(2, door.Counters.Received);
        Assert.Equal(2, door.Counters.Sent);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public void The_path_names_the_peer_and_the_address_that_it_wrote_to(string address, bool portable)
    {
        var door = Open(portable, address.Contains(':', StringComparison.Ordinal) ? "::" : "0.0.0.0");
        var client = Client(address);
        client.SendTo([7], new IPEndPoint(IPAddress.Parse(address), door.LocalEndPoints[0].Port));
        Assert.Equal(1, Receive(door));
        door.Datagram(0, out var path);
        Assert.Equal(PeerAddress.From((IPEndPoint)client.LocalEndPoint!), path.Remote);
        Assert.Equal(PeerAddress.From(IPAddress.Parse(address), (ushort)door.LocalEndPoints[0].Port), path.Local);
    }

    [Fact]
    public void An_answer_leaves_from_the_address_that_the_request_came_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "127.0.0.2 needs Linux's loopback");
        var door = Open(portable: false, "0.0.0.0");
        var client = Client("127.0.0.3");
        var target = new IPEndPoint(IPAddress.Parse("127.0.0.2"), door.LocalEndPoints[0].Port);
        client.SendTo([1], target);
        Echo(door, 1);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        client.ReceiveFrom(new byte[4], ref from);
        Assert.Equal(target, from);
    }

    [Fact]
    public void More_than_a_batch_goes_through_in_both_directions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "batches are Linux's");
        var door = Open(portable: false, "127.0.0.1", "::1");
        var clients = new[] { Client("127.0.0.1"), Client("::1") };
        for (var index = 0; index < 100; index++)
        {
            clients[index % 2].SendTo([(byte)index], door.LocalEndPoints[index % 2]);
        }

        var taken = 0;
        while (taken < 100)
        {
            var count = door.Receive(_patience);
            Assert.InRange(count, 1, 2 * UdpDoor.BatchSize);
            Answer(door, count);
            taken += count;
        }

        var buffer = new byte[4];
        var seen = Enumerable.Range(0, 100).Select(index => { clients[index % 2].Receive(buffer); return buffer[0]; }).ToList();
        Assert.Equal(Enumerable.Range(0, 100).Select(index => (byte)index), seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_datagram_that_is_too_long_is_dropped_and_counted(bool portable)
    {
        var door = Open(portable, "127.0.0.1");
        var client = Client("127.0.0.1");
        client.SendTo(new byte[UdpDoor.MaxDatagram + 1], door.LocalEndPoints[0]);
        client.SendTo(new byte[UdpDoor.MaxDatagram], door.LocalEndPoints[0]);
        Assert.Equal(1, Receive(door));
        Assert.Equal(UdpDoor.MaxDatagram, door.Datagram(0, out _).Length);
        Assert.Equal(1, Dropped(door, "too_large"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_peer_that_is_gone_ends_nothing(bool portable)
    {
        var door = Open(portable, "127.0.0.1");
        var gone = Client("127.0.0.1");
        var path = new NetworkPath(PeerAddress.From((IPEndPoint)gone.LocalEndPoint!), PeerAddress.From(door.LocalEndPoints[0]));
        gone.Dispose();
        for (var index = 0; index < 3; index++)
        {
            door.Transmit(path, 1);
            door.Flush();
        }

        var client = Client("127.0.0.1");
        client.SendTo([1], door.LocalEndPoints[0]);
        Assert.Equal(1, Receive(door));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_cannot_be_sent_is_counted_and_the_rest_still_goes(bool portable)
    {
        var door = Open(portable, "127.0.0.1");
        var client = Client("127.0.0.1");
        var local = PeerAddress.From(door.LocalEndPoints[0]);
        door.Transmit(new NetworkPath(PeerAddress.From(IPAddress.Parse("127.0.0.1"), 0), local), 1); // port 0: EINVAL
        door.Transmit(new NetworkPath(PeerAddress.From(IPAddress.IPv6Loopback, 1), PeerAddress.From(IPAddress.IPv6Loopback, local.Port)), 1);
        door.TransmitBuffer[0] = 42;
        door.Transmit(new NetworkPath(PeerAddress.From((IPEndPoint)client.LocalEndPoint!), local), 1);
        door.Flush();
        var buffer = new byte[4];
        Assert.Equal(1, client.Receive(buffer));
        Assert.Equal(42, buffer[0]);
        Assert.Equal((1, 1), (Dropped(door, "send_error"), Dropped(door, "no_socket")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Waking_ends_the_wait(bool portable)
    {
        var door = Open(portable, "127.0.0.1");
        var waiting = Task.Factory.StartNew(
            () => door.Receive(Timeout.InfiniteTimeSpan), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        door.Wake();
        Assert.Equal(0, await waiting.WaitAsync(_patience, TestContext.Current.CancellationToken));
        door.Wake(); // and once it was consumed, the next one counts again
        Assert.Equal(0, door.Receive(Timeout.InfiniteTimeSpan));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_look_and_a_short_wait_come_back(bool portable)
    {
        var door = Open(portable, "127.0.0.1");
        Assert.Equal(0, door.Receive(TimeSpan.Zero));
        Assert.Equal(0, door.Receive(TimeSpan.FromMilliseconds(2)));
    }

    [Fact]
    public void Every_shard_hears_of_its_clients_on_the_one_port_that_port_0_got()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SO_REUSEPORT groups are Linux's");
        Assert.True(UdpDoors.TryOpen([new(IPAddress.Loopback, 0)], 4, out var doors, out _));
        _open.AddRange(doors);
        Assert.Single(doors.Select(door => door.LocalEndPoints[0]).Distinct());
        for (var index = 0; index < 64; index++)
        {
            Client("127.0.0.1").SendTo([1], doors[0].LocalEndPoints[0]);
        }

        var counts = doors.Select(door => Enumerable.Range(0, 4).Sum(_ => door.Receive(TimeSpan.Zero))).ToList();
        Assert.Equal(64, counts.Sum());
        Assert.All(counts, count => Assert.NotEqual(0, count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_port_that_is_taken_is_refused_even_if_its_owner_would_share_it(bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SO_REUSEPORT is Linux's");
        Assert.True(UdpDoors.TryOpen([new(IPAddress.Loopback, 0)], 2, out var doors, out _)); // its sockets have SO_REUSEPORT
        _open.AddRange(doors);
        var taken = doors[0].LocalEndPoints[0];
        BindFault? fault;
        if (portable)
        {
            Assert.False(PortableUdpDoor.TryOpen([new(IPAddress.Loopback, 0), taken], out _, out fault));
        }
        else
        {
            Assert.False(UdpDoors.TryOpen([new(IPAddress.Loopback, 0), taken], 2, out var none, out fault));
            Assert.Empty(none);
        }

        Assert.Equal(taken, fault!.EndPoint);
        Assert.Contains($"port {taken.Port} is taken by another process", fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void IPv4_and_IPv6_share_a_port_number_without_mixing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the Linux door");
        var first = Open(portable: false, "0.0.0.0");
        var port = first.LocalEndPoints[0].Port;
        Assert.True(UdpDoors.TryOpen([new(IPAddress.IPv6Any, port)], 1, out var second, out _));
        _open.AddRange(second);
        Client("127.0.0.1").SendTo([1], new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal(1, Receive(first));
        Assert.Equal(0, second[0].Receive(TimeSpan.Zero));
    }

    private UdpDoor Open(bool portable, params string[] addresses)
    {
        var endpoints = addresses.Select(address => new IPEndPoint(IPAddress.Parse(address), 0)).ToList();
        UdpDoor? door;
        if (portable)
        {
            Assert.True(PortableUdpDoor.TryOpen(endpoints, out door, out _));
        }
        else
        {
            Assert.True(UdpDoors.TryOpen(endpoints, 1, out var doors, out _));
            door = doors[0];
        }

        _open.Add(door!);
        return door!;
    }

    private Socket Client(string address)
    {
        var ip = IPAddress.Parse(address);
        var client = new Socket(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5_000 };
        client.Bind(new IPEndPoint(ip, 0));
        _open.Add(client);
        return client;
    }

    private static int Receive(UdpDoor door)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            if (door.Receive(_patience) is > 0 and var count)
            {
                return count;
            }
        }

        return 0;
    }

    private static void Echo(UdpDoor door, int datagrams)
    {
        while (datagrams > 0)
        {
            var count = Receive(door);
            Assert.NotEqual(0, count);
            Answer(door, count);
            datagrams -= count;
        }
    }

    private static void Answer(UdpDoor door, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var datagram = door.Datagram(index, out var path);
            datagram.CopyTo(door.TransmitBuffer);
            door.Transmit(path, datagram.Length);
        }

        door.Flush();
    }

    private static long Dropped(UdpDoor door, string reason) => door.Counters.Dropped.Single(drop => drop.Reason == reason).Total;
}
