using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Observe;

/// <summary>Who is told of changes, and when: RFC 7641 §4, ATTACKS K.</summary>
public sealed class ObserverTests
{
    private readonly Peer _peer = new();
    private ushort _messageId = 0x100;

    [Fact]
    public void The_answer_to_a_registration_and_each_notification_have_rising_numbers()
    {
        var first = Register("A1").Observe;
        Assert.True(_peer.Notify("A1", "22"));
        var second = Assert.Single(_peer.Messages());

        Assert.Equal(MessageType.NonConfirmable, second.Type);
        Assert.Equal("A1", second.Token);
        Assert.Equal("22", second.Payload);
        Assert.True(IsNewer(second.Observe, first));
    }

    [Fact]
    public void Numbers_rise_over_their_wrap()
    {
        var last = Register("A1").Observe;
        for (var round = 0; round < 40_000; round++)
        {
            _peer.Notify("A1", "x", confirmable: true);
            var next = Assert.Single(_peer.Messages());
            Assert.True(IsNewer(next.Observe, last));
            last = next.Observe;
            Acknowledge(next);
        }
    }

    [Fact]
    public void A_confirmable_one_is_told_to_be_acknowledged()
    {
        Register("A1");
        _peer.Notify("A1", "x", confirmable: true);
        Acknowledge(Assert.Single(_peer.Messages()));

        Assert.Equal(CoapEventKind.NotificationAcknowledged, Assert.Single(_peer.Events()).Kind);
    }

    [Fact]
    public void Only_the_newest_state_waits_behind_a_confirmable()
    {
        Register("A1");
        _peer.Notify("A1", "1", confirmable: true);
        var first = Assert.Single(_peer.Messages());
        for (var state = 2; state <= 1000; state++)
        {
            _peer.Notify("A1", $"{state}", confirmable: true);
        }

        Assert.Empty(_peer.Messages());
        Acknowledge(first);
        Assert.Equal("1000", Assert.Single(_peer.Messages()).Payload);
    }

    [Fact]
    public void A_retransmission_carries_the_newest_state_and_the_tries_go_on()
    {
        Register("A1");
        _peer.Notify("A1", "old", confirmable: true);
        var first = Assert.Single(_peer.Messages());
        _peer.Notify("A1", "new", confirmable: true);

        var later = _peer.RunUntil(100).ConvertAll(sent => Sent.Parse(sent.Datagram));

        Assert.Equal(4, later.Count);
        Assert.All(later, sent => Assert.Equal("new", sent.Payload));
        Assert.NotEqual(first.MessageId, later[0].MessageId);
        Assert.Single(later.Select(sent => sent.MessageId).Distinct());
        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void A_peer_that_vanished_is_probed_and_then_told_nothing_more()
    {
        Register("A1");
        var sent = 0;
        for (var round = 0; round < 200_000 && _peer.Notify("A1", $"{round}"); round++)
        {
            _peer.RunUntil(_peer.Seconds + 0.001);
            sent += _peer.Messages().Count;
        }

        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
        Assert.Contains(_peer.Events(), what => what.Kind == CoapEventKind.NotificationTimedOut);
        Assert.InRange(sent, 1, 40);
        Assert.InRange(_peer.Seconds, 60, 100);
    }

    [Fact]
    public void States_that_come_fast_go_confirmable_so_that_the_peer_sets_the_pace()
    {
        Register("A1");
        _peer.Notify("A1", "1");
        _peer.Notify("A1", "2");
        _peer.Notify("A1", "3");
        var sent = _peer.Messages();

        Assert.Equal([MessageType.NonConfirmable, MessageType.Confirmable], sent.Select(one => one.Type));
        Acknowledge(sent[1]);
        Assert.Equal("3", Assert.Single(_peer.Messages()).Payload);
    }

    [Fact]
    public void A_state_that_waits_for_a_lost_confirmable_leaves_when_a_non_may()
    {
        Register("A1");
        Register("A2");
        _peer.Notify("A1", "1", confirmable: true);
        _peer.Notify("A2", "1");
        _peer.Notify("A2", "2");
        Assert.Equal(["1", "1"], _peer.Messages().Select(sent => sent.Payload));

        var later = _peer.RunUntil(3.1).ConvertAll(sent => Sent.Parse(sent.Datagram));
        Assert.Contains(later, sent => sent is { Type: MessageType.NonConfirmable, Token: "A2", Payload: "2" });
    }

    [Fact]
    public void Within_a_day_of_nons_one_is_confirmable()
    {
        Register("A1");
        var types = new List<MessageType>();
        for (var hour = 1; hour <= 48; hour++)
        {
            _peer.RunUntil(hour * 3600);
            _peer.Notify("A1", "x");
            var sent = Assert.Single(_peer.Messages());
            types.Add(sent.Type);
            if (sent.Type == MessageType.Confirmable)
            {
                Acknowledge(sent);
            }
        }

        Assert.Equal(2, types.Count(type => type == MessageType.Confirmable));
        Assert.Contains(MessageType.Confirmable, types[..24]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_rst_ends_the_observation(bool confirmable)
    {
        Register("A1");
        _peer.Notify("A1", "x", confirmable);
        var sent = Assert.Single(_peer.Messages());

        Assert.Equal(ReceptionKind.Reset, _peer.Receive(Peer.Message(MessageType.Reset, CoapCode.Empty, sent.MessageId)).Kind);
        var what = Assert.Single(_peer.Events());
        Assert.Equal((CoapEventKind.NotificationReset, Token("A1")), (what.Kind, what.Notification.Token));
        Assert.False(_peer.Notify("A1", "y"));
    }

    [Fact]
    public void An_rst_to_the_separate_answer_of_a_registration_ends_the_observation()
    {
        _peer.Receive(Get("A1", "60"));
        _peer.RunUntil(1);
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, payload: "x", observe: true);
        var answer = Assert.Single(_peer.Messages());
        Assert.NotNull(answer.Observe);
        _peer.Receive(Peer.Message(MessageType.Reset, CoapCode.Empty, answer.MessageId));

        Assert.Contains(_peer.Events(), what => what.Kind == CoapEventKind.NotificationReset && what.Notification.Token == Token("A1"));
        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void A_registration_whose_separate_answer_is_never_acknowledged_is_none()
    {
        _peer.Receive(Get("A1", "60"));
        _peer.RunUntil(1);
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, payload: "x", observe: true);
        _peer.RunUntil(120);

        Assert.Contains(_peer.Events(), what => what.Kind == CoapEventKind.NotificationTimedOut && what.Notification.Token == Token("A1"));
        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void An_rst_to_the_non_answer_of_a_registration_ends_the_observation()
    {
        _peer.Receive(Peer.Message(MessageType.NonConfirmable, CoapCode.Get, 1, "A1", "60"));
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, payload: "x", observe: true);
        var answer = Assert.Single(_peer.Messages());
        Assert.Equal(ReceptionKind.Reset, _peer.Receive(Peer.Message(MessageType.Reset, CoapCode.Empty, answer.MessageId)).Kind);

        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void Without_a_free_message_id_a_state_waits_and_is_not_lost()
    {
        Register("A1");
        while (_peer.Endpoint.Request(_peer.Now, MessageType.NonConfirmable, CoapCode.Get, default, default, out var request) is var outcome
            && outcome != SendOutcome.NoMessageId)
        {
            _peer.Receive(Peer.Message(MessageType.Reset, CoapCode.Empty, Assert.Single(_peer.Messages()).MessageId));
        }

        _peer.Events();
        Assert.True(_peer.Notify("A1", "1"));
        Assert.True(_peer.Notify("A1", "2"));
        Assert.Empty(_peer.Messages());
        var later = _peer.RunUntil(250).ConvertAll(sent => Sent.Parse(sent.Datagram));
        Assert.Equal("1", later[0].Payload);
        Acknowledge(later[0]);
        later.AddRange(_peer.Messages());
        later.AddRange(_peer.RunUntil(260).ConvertAll(sent => Sent.Parse(sent.Datagram)));
        Assert.Equal(["1", "2"], later.Select(sent => sent.Payload).Distinct());
    }

    [Fact]
    public void An_rst_to_an_older_non_is_ignored()
    {
        Register("A1");
        _peer.Notify("A1", "x");
        var old = Assert.Single(_peer.Messages());
        _peer.RunUntil(10);
        _peer.Notify("A1", "y");

        Assert.Equal(CoapDrop.UnmatchedReset, _peer.Receive(Peer.Message(MessageType.Reset, CoapCode.Empty, old.MessageId)).Drop);
        Assert.True(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Theory]
    [InlineData("6101")] // Observe: 1
    [InlineData("B174")] // no Observe, the token used again
    public void A_request_under_the_token_ends_the_observation(string options)
    {
        Register("A1");
        _peer.Receive(Get("A1", options));

        Assert.Equal(CoapEventKind.ObservationEnded, Assert.Single(_peer.Events()).Kind);
        Assert.False(_peer.Notify("A1", "x"));
    }

    [Fact]
    public void A_deregistration_under_an_unknown_token_is_an_ordinary_request()
    {
        Assert.Equal(ReceptionKind.Request, _peer.Receive(Get("A9", "6101")).Kind);
        Assert.Empty(_peer.Events());
    }

    [Fact]
    public void A_registration_again_under_the_token_replaces_the_first()
    {
        var first = Register("A1").Observe;
        var second = Register("A1").Observe;

        Assert.True(IsNewer(second, first));
        Assert.Empty(_peer.Events());
        _peer.Notify("A1", "x");
        Assert.Single(_peer.Messages());
    }

    [Fact]
    public void A_registration_that_is_declined_ends_the_one_before()
    {
        Register("A1");
        _peer.Receive(Get("A1", "60"));
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, payload: "plain");

        Assert.Null(Assert.Single(_peer.Messages()).Observe);
        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void An_error_is_told_without_a_number_and_is_the_last()
    {
        Register("A1");
        _peer.Notify("A1", "gone", confirmable: true, CoapCode.NotFound);

        var sent = Assert.Single(_peer.Messages());
        Assert.Equal((CoapCode.NotFound, null), (sent.Code, sent.Observe));
        Assert.False(_peer.Notify("A1", "x"));
    }

    [Fact]
    public void An_error_to_a_registration_makes_no_observer()
    {
        _peer.Receive(Get("A1", "60"));
        _peer.Respond(_peer.Requests[^1], CoapCode.NotFound, observe: true);

        Assert.Null(Assert.Single(_peer.Messages()).Observe);
        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void Another_content_format_ends_the_observation_with_406()
    {
        Register("A1", "C0"); // Content-Format: 0
        _peer.Notify("A1", "x", options: "C132"); // 50

        var sent = Assert.Single(_peer.Messages());
        Assert.Equal((CoapCode.NotAcceptable, null), (sent.Code, sent.Observe));
        Assert.Equal(CoapEventKind.ObservationEnded, Assert.Single(_peer.Events()).Kind);
        Assert.False(_peer.Endpoint.IsObserver(Token("A1")));
    }

    [Fact]
    public void Above_the_cap_a_registration_is_answered_plainly()
    {
        for (var token = 0; token < 100; token++)
        {
            Assert.Equal(token < 64, Register($"{token:X4}").Observe is not null);
        }

        Assert.True(_peer.Notify("003F", "x"));
        Assert.False(_peer.Notify("0040", "x"));
    }

    [Fact]
    public void The_cap_of_all_peers_counts_those_who_are_gone_no_more()
    {
        var group = new EndpointGroup(Peer.Understood, TransmissionParameters.Default, new SeededEntropy(1)) { MaximumObservations = 3 };
        var peers = Enumerable.Range(0, 3).Select(_ => new Peer(group)).ToArray();
        Assert.Equal([true, true, true, false], new[] { 0, 0, 1, 2 }.Select((peer, number) => Observes(peers[peer], $"A{number}")));

        peers[0].Endpoint.Release();
        Assert.Equal(1, group.ObservationCount);
        Assert.True(Observes(peers[2], "B1"));
    }

    [Fact]
    public void One_confirmable_is_outstanding_to_a_peer_whatever_it_observes()
    {
        for (var number = 0; number < 50; number++)
        {
            Register($"{number:X2}");
        }

        for (var number = 0; number < 50; number++)
        {
            _peer.Notify($"{number:X2}", "x", confirmable: true);
        }

        var told = new List<string>();
        for (var sent = _peer.Messages(); sent.Count > 0; sent = _peer.Messages())
        {
            told.Add(Assert.Single(sent).Token);
            Acknowledge(sent[0]);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(number => $"{number:X2}"), told);
    }

    private bool Observes(Peer peer, string token)
    {
        peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, _messageId++, token, "6053" + "746D70"));
        peer.Respond(peer.Requests[^1], CoapCode.Content, observe: true);
        return peer.Endpoint.IsObserver(Token(token));
    }

    private static Token Token(string hex) => new(Convert.FromHexString(hex));

    /// <summary>RFC 7641 §3.4.</summary>
    private static bool IsNewer(uint? later, uint? earlier) =>
        later is { } v2 && earlier is { } v1 && ((v1 < v2 && v2 - v1 < 1 << 23) || (v1 > v2 && v1 - v2 > 1 << 23));

    private byte[] Get(string token, string options) => Peer.Message(MessageType.Confirmable, CoapCode.Get, _messageId++, token, options);

    private Sent Register(string token, string options = "")
    {
        _peer.Receive(Get(token, "60" + "53746D70")); // Observe: 0, Uri-Path: tmp
        _peer.Respond(_peer.Requests[^1], CoapCode.Content, options, "21", observe: true);
        return Assert.Single(_peer.Messages());
    }

    private void Acknowledge(Sent message) =>
        _peer.Receive(Peer.Message(MessageType.Acknowledgement, CoapCode.Empty, message.MessageId));
}
