using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap.Requests;

/// <summary>What an endpoint must not forget over a restart.</summary>
public class SavingTests
{
    private readonly Peer _peer = new();

    [Fact]
    public void Duplicates_get_what_they_got_before()
    {
        _peer.Receive(Peer.Post(1));
        _peer.Respond(_peer.Requests[0], CoapCode.Changed, payload: "yes");
        var answer = Assert.Single(_peer.Sent());
        _peer.Receive(Peer.Post(2, MessageType.NonConfirmable));
        _peer.Respond(_peer.Requests[1], CoapCode.Changed);
        _peer.Receive(Peer.Post(3));
        _peer.RunUntil(1);
        _peer.Respond(_peer.Requests[2], CoapCode.Changed); // separate, after the empty ACK

        var loaded = Load(Save(), _peer.Now)!;
        Assert.Equal(ReceptionKind.Duplicate, Receive(loaded, Peer.Post(1)));
        Assert.Equal([answer], Sent(loaded));
        Assert.Equal(ReceptionKind.Duplicate, Receive(loaded, Peer.Post(2, MessageType.NonConfirmable)));
        Assert.Empty(Sent(loaded));
        Assert.Equal(ReceptionKind.Duplicate, Receive(loaded, Peer.Post(3)));
        Assert.Equal(["60000003"], Sent(loaded));
        Assert.Equal(ReceptionKind.Request, Receive(loaded, Peer.Post(4)));
    }

    [Fact]
    public void An_open_exchange_is_forgotten_so_that_its_sender_may_ask_again()
    {
        _peer.Receive(Peer.Post(1));
        var loaded = Load(Save(), _peer.Now)!;
        Assert.Equal(ReceptionKind.Request, Receive(loaded, Peer.Post(1)));
    }

    [Theory]
    [InlineData(MessageType.Confirmable, 247)]
    [InlineData(MessageType.NonConfirmable, 145)]
    public void What_was_received_ages_in_between(MessageType type, int lifetime)
    {
        _peer.Receive(Peer.Post(1, type));
        _peer.Respond(_peer.Requests[0], CoapCode.Changed);
        _peer.RunUntil(100);
        var bytes = Save();
        foreach (var (absence, expected) in new[] { (lifetime - 101, ReceptionKind.Duplicate), (lifetime - 99, ReceptionKind.Request) })
        {
            var loaded = Load(bytes, _peer.Now + TimeSpan.FromSeconds(absence))!;
            Assert.Equal(expected, Receive(loaded, Peer.Post(1, type), _peer.Now + TimeSpan.FromSeconds(absence)));
        }
    }

    [Fact]
    public void Message_ids_and_tokens_go_on()
    {
        _peer.Endpoint.Request(_peer.Now, MessageType.NonConfirmable, CoapCode.Get, default, default, out _);
        var before = _peer.Sent()[0];
        var loaded = Load(Save(), _peer.Now)!;
        loaded.Request(_peer.Now, MessageType.NonConfirmable, CoapCode.Get, default, default, out _);
        var after = Sent(loaded)[0];
        Assert.Equal(Convert.ToUInt16(before[4..8], 16) + 1, Convert.ToUInt16(after[4..8], 16));
        Assert.Equal(("00000001", "00000002"), (before[8..16], after[8..16]));
    }

    [Fact]
    public void A_full_memory_fits_and_comes_back_whole()
    {
        for (var number = 0; number < 8192; number++)
        {
            _peer.Receive(Peer.Post((ushort)number));
            _peer.Respond(_peer.Requests[number], CoapCode.Changed, payload: "a body");
            _peer.Sent();
        }

        var bytes = Save();
        var loaded = Load(bytes, _peer.Now)!;
        Assert.Equal(ReceptionKind.Duplicate, Receive(loaded, Peer.Post(0)));
        Assert.Equal(ReceptionKind.Duplicate, Receive(loaded, Peer.Post(8191)));
        Assert.Equal(ReceptionKind.Dropped, Receive(loaded, Peer.Post(8192)));
    }

    [Fact]
    public void Every_strict_prefix_is_refused_and_no_flipped_bit_throws()
    {
        _peer.Receive(Peer.Post(1));
        _peer.Respond(_peer.Requests[0], CoapCode.Changed, payload: "yes");
        var bytes = Save();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(Load(bytes[..length], _peer.Now));
        }

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Load(flipped, _peer.Now) is { } loaded)
            {
                Receive(loaded, Peer.Post(1));
                loaded.HandleTimeout(_peer.Now);
            }
        }
    }

    private byte[] Save()
    {
        var writer = new WireWriter(new byte[CoapEndpoint.MaximumSavedLength]);
        _peer.Endpoint.Save(_peer.Now, ref writer);
        Assert.False(writer.Failed);
        return writer.Written.ToArray();
    }

    private CoapEndpoint? Load(byte[] bytes, Instant now)
    {
        var reader = new WireReader(bytes);
        return CoapEndpoint.Load(new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(9)), _peer.Now, now, ref reader);
    }

    private ReceptionKind Receive(CoapEndpoint endpoint, byte[] message, Instant? now = null) =>
        endpoint.HandleDatagram(now ?? _peer.Now, message, out _, out _).Kind;

    private static List<string> Sent(CoapEndpoint endpoint)
    {
        var sent = new List<string>();
        var buffer = new byte[CoapMessage.MaxLength];
        while (endpoint.TryTakeTransmit(buffer, out var length))
        {
            sent.Add(Convert.ToHexString(buffer.AsSpan(0, length)));
        }

        return sent;
    }
}
