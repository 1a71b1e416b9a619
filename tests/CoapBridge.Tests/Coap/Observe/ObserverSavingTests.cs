using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap.Observe;

/// <summary>Observers over a rest and over a restart.</summary>
public sealed class ObserverSavingTests
{
    private const string Registration = "60" + "53746D70" + "C102"; // Observe: 0, Uri-Path: tmp, Block2: 0/0/64
    private readonly Peer _peer = new();

    [Fact]
    public void An_observer_that_is_told_nothing_rests_and_wakes_with_its_numbers()
    {
        var before = Register("A1", 1).Observe;
        Assert.False(_peer.Endpoint.IsAtRest);
        _peer.RunUntil(1000);
        Assert.True(_peer.Endpoint.IsAtRest);

        var woken = new Peer(Reload(out var saved)!, _peer.Now);
        Assert.InRange(saved.Length, 20, 120);
        woken.Notify("A1", new string('x', 100));
        var told = Assert.Single(woken.Messages());
        Assert.True(told.Observe > before);
        Assert.Equal((64, 0x0Au), (told.Payload.Length, told.UInt(OptionNumber.Block2)));
    }

    [Fact]
    public void After_a_restart_the_registration_is_handled_again_and_its_answer_is_a_notification()
    {
        var before = Register("A1", 1).Observe;
        var group = NewGroup();
        var next = new Peer(Reload(out _)!, _peer.Now);
        next.Endpoint.Join(group);

        Assert.Equal(1, group.ObservationCount);
        Assert.True(next.Endpoint.TryGetObserver(0, out var datagram, out var exchange));
        Assert.False(next.Endpoint.TryGetObserver(1, out _, out _));
        Assert.Equal("41010000" + "A1" + Registration, Convert.ToHexString(datagram));
        next.Respond(exchange, CoapCode.Content, payload: "now", observe: true);
        var told = Assert.Single(next.Messages());
        Assert.Equal((MessageType.Confirmable, "A1", "now"), (told.Type, told.Token, told.Payload));
        Assert.True(told.Observe > before);
    }

    [Theory]
    [InlineData("4.04", "4.04")]
    [InlineData("2.05", "5.03")]
    public void Who_is_no_observer_after_a_restart_hears_so(string answer, string heard)
    {
        Register("A1", 1);
        var next = new Peer(Reload(out _)!, _peer.Now);
        next.Endpoint.Join(NewGroup());
        next.Endpoint.TryGetObserver(0, out _, out var exchange);
        next.Respond(exchange, CoapCode.Of(answer[0] - '0', int.Parse(answer[2..])));

        var told = Assert.Single(next.Messages());
        Assert.Equal((heard, null), (told.Code.ToString(), told.Observe));
        Assert.False(next.Endpoint.TryGetObserver(0, out _, out _));
    }

    [Fact]
    public void Every_prefix_of_what_was_saved_is_refused()
    {
        Register("A1", 1);
        Register("B2", 2);
        Reload(out var saved);
        for (var length = 0; length < saved.Length; length++)
        {
            Assert.Null(Load(saved.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_registration_with_long_options_does_not_outlive_a_restart()
    {
        _peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, 1, "A1", "60" + "5DF2" + new string('6', 510) + "0161"));
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, observe: true);
        var next = new Peer(Reload(out _)!, _peer.Now);
        next.Endpoint.Join(NewGroup());

        Assert.False(next.Endpoint.IsObserver(new Token([0xA1])));
    }

    private static EndpointGroup NewGroup() => new(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(3));

    private Sent Register(string token, ushort messageId)
    {
        _peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, messageId, token, Registration));
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, payload: "then", observe: true);
        return Assert.Single(_peer.Messages());
    }

    private CoapEndpoint? Reload(out byte[] saved)
    {
        var writer = new WireWriter(new byte[CoapEndpoint.MaximumSavedLength]);
        _peer.Endpoint.Save(_peer.Now, ref writer);
        Assert.False(writer.Failed);
        saved = writer.Written.ToArray();
        return Load(saved);
    }

    private CoapEndpoint? Load(ReadOnlySpan<byte> saved)
    {
        var reader = new WireReader(saved);
        var endpoint = CoapEndpoint.Load(NewGroup(), _peer.Now, _peer.Now, ref reader);
        return reader.AtEnd ? endpoint : null;
    }
}
