using CoapBridge.Coap;
using CoapBridge.Tools.Fleet;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Tools;

/// <summary>Requests of a device of the load generator, in virtual time.</summary>
public sealed class FleetExchangesTests
{
    private static readonly FleetRequest _con = FleetRequest.To("t/x", CoapCode.Post, "21.5"u8);
    private static readonly FleetRequest _non = FleetRequest.To("t/x", CoapCode.Post, "21.5"u8, confirmable: false);
    private readonly byte[] _buffer = new byte[CoapMessage.MaxLength];
    private Instant _now = new(Random.Shared.NextInt64(1L << 50));

    [Fact]
    public void A_window_is_filled_and_each_answer_makes_room()
    {
        var exchanges = New(window: 2);
        var first = Begin(exchanges, _con);
        var second = Begin(exchanges, _con);
        Assert.False(exchanges.TryBegin(_now, _con));

        // The second is answered first.
        Assert.Equal(CoapCode.Changed, Answer(exchanges, second, CoapCode.Changed)?.Code);
        Assert.Equal(1, exchanges.Count);
        var third = Begin(exchanges, _con);
        Assert.Equal(CoapCode.NotFound, Answer(exchanges, first, CoapCode.NotFound)?.Code);
        Assert.Equal(CoapCode.Changed, Answer(exchanges, third, CoapCode.Changed)?.Code);
        Assert.Null(exchanges.NextDeadline);
    }

    [Fact]
    public void A_confirmable_is_sent_five_times_in_all_and_then_given_up()
    {
        var exchanges = New(window: 1);
        var sent = Begin(exchanges, _con);
        var copies = 1;
        var began = _now;
        FleetOutcome outcome;
        while (true)
        {
            _now = exchanges.NextDeadline!.Value;
            if (exchanges.TryGiveUp(_now, out outcome))
            {
                break;
            }

            Assert.True(exchanges.TryTakeTransmit(_buffer, out var length));
            Assert.Equal(sent, _buffer[..length]);
            copies++;
        }

        Assert.Equal((5, 4, true), (copies, outcome.Retransmissions, outcome.Code.IsEmpty));
        Assert.InRange(_now - began, TimeSpan.FromSeconds(62), TimeSpan.FromSeconds(93));
    }

    [Fact]
    public void An_empty_ack_ends_the_retransmission_and_not_the_wait()
    {
        var exchanges = New(window: 1);
        var sent = Begin(exchanges, _con);
        Assert.False(exchanges.TryHandle(_now, Parse([0x60, 0, sent[2], sent[3]]), out _));
        _now += TimeSpan.FromSeconds(20);
        Assert.False(exchanges.TryGiveUp(_now, out _));
        Assert.False(exchanges.TryTakeTransmit(_buffer, out _));
        Assert.Equal(TimeSpan.FromSeconds(20), Answer(exchanges, sent, CoapCode.Changed)?.Elapsed);
    }

    [Fact]
    public void A_non_is_sent_once()
    {
        var exchanges = New(window: 1);
        Begin(exchanges, _non);
        _now += TimeSpan.FromSeconds(31);
        Assert.True(exchanges.TryGiveUp(_now, out var outcome));
        Assert.Equal((0, true), (outcome.Retransmissions, outcome.Code.IsEmpty));
    }

    [Fact]
    public void A_reset_ends_it()
    {
        var exchanges = New(window: 1);
        var sent = Begin(exchanges, _con);
        Assert.True(exchanges.TryHandle(_now, Parse([0x70, 0, sent[2], sent[3]]), out var outcome));
        Assert.True(outcome.IsReset);
    }

    [Fact]
    public void A_late_answer_of_an_earlier_request_is_nobodys()
    {
        var exchanges = New(window: 1);
        var first = Begin(exchanges, _con);
        Answer(exchanges, first, CoapCode.Changed);
        Begin(exchanges, _con);
        Assert.Null(Answer(exchanges, first, CoapCode.Changed));
        Assert.Equal(1, exchanges.Count);
    }

    [Fact]
    public void No_message_id_is_used_twice_within_its_lifetime()
    {
        var exchanges = New(window: 1);
        var used = new HashSet<int>();
        while (exchanges.TryBegin(_now, _con))
        {
            exchanges.TryTakeTransmit(_buffer, out var length);
            Assert.True(used.Add((_buffer[2] << 8) | _buffer[3]));
            Answer(exchanges, _buffer[..length], CoapCode.Changed);
        }

        Assert.InRange(used.Count, 65_536 - 4_096, 65_536);
        _now += TimeSpan.FromSeconds(247);
        Assert.True(exchanges.TryBegin(_now, _con));
    }

    private static FleetExchanges New(int window) => new(window, new Random(1));

    private static CoapMessage Parse(byte[] datagram) => CoapMessage.TryParse(datagram, out var message, out _) ? message : throw new InvalidOperationException();

    private byte[] Begin(FleetExchanges exchanges, FleetRequest request)
    {
        Assert.True(exchanges.TryBegin(_now, request));
        Assert.True(exchanges.TryTakeTransmit(_buffer, out var length));
        return _buffer[..length];
    }

    /// <summary>In the ACK, with the request's token.</summary>
    private FleetOutcome? Answer(FleetExchanges exchanges, byte[] request, CoapCode code) =>
        exchanges.TryHandle(_now, Parse([0x64, code.Value, request[2], request[3], .. request[4..8]]), out var outcome) ? outcome : null;
}
