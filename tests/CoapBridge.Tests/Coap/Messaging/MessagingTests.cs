using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Coap.Messaging;

public class MessagingTests
{
    private const string Answer = "6444" + "0101" + "A1B2C3D4";

    [Fact]
    public void Derived_times_are_those_of_the_rfc()
    {
        var parameters = TransmissionParameters.Default;
        Assert.Equal(45, parameters.MaxTransmitSpan.TotalSeconds);
        Assert.Equal(93, parameters.MaxTransmitWait.TotalSeconds);
        Assert.Equal(202, parameters.MaxRtt.TotalSeconds);
        Assert.Equal(247, parameters.ExchangeLifetime.TotalSeconds);
        Assert.Equal(145, parameters.NonLifetime.TotalSeconds);
    }

    [Fact]
    public void An_answer_in_time_is_piggybacked()
    {
        var peer = new Peer();
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Post(0x0101)).Kind);
        Assert.Empty(peer.Sent());
        peer.RunUntil(0.4);
        Assert.Equal(SendOutcome.Accepted, peer.Respond(peer.Requests[0], CoapCode.Changed));
        Assert.Equal([Answer], peer.Sent());
        Assert.Empty(peer.RunUntil(240));
    }

    // ATTACKS I01.
    [Fact]
    public void A_hundred_duplicates_are_one_request_with_the_same_answer()
    {
        var peer = new Peer();
        var sent = new List<string>();
        for (var copy = 0; copy < 100; copy++)
        {
            peer.RunUntil(copy * 2.4);
            peer.Receive(Peer.Post(0x0101));
            if (copy == 0)
            {
                peer.Respond(peer.Requests[0], CoapCode.Changed);
            }

            sent.AddRange(peer.Sent());
        }

        Assert.Single(peer.Requests);
        Assert.Equal(Enumerable.Repeat(Answer, 100), sent);
    }

    [Fact]
    public void A_message_id_is_new_again_after_its_lifetime()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(1));
        peer.Respond(peer.Requests[0], CoapCode.Changed);
        peer.Receive(Peer.Post(2, MessageType.NonConfirmable));
        peer.RunUntil(144.9);
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(2, MessageType.NonConfirmable)).Kind);
        peer.RunUntil(145);
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Post(2, MessageType.NonConfirmable)).Kind);
        peer.RunUntil(246.9);
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(1)).Kind);
        peer.RunUntil(247);
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Post(1)).Kind);
    }

    [Fact]
    public void An_answer_that_takes_longer_follows_an_empty_ack_and_is_retransmitted()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(0x0101));
        Assert.Empty(peer.Sent());
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(0x0101)).Kind);
        Assert.Empty(peer.Sent());

        Assert.Equal([(0.5, "60000101")], peer.RunUntil(1));
        peer.Receive(Peer.Post(0x0101));
        Assert.Equal(["60000101"], peer.Sent());

        peer.Respond(peer.Requests[0], CoapCode.Changed, payload: "ok");
        var first = Assert.Single(peer.Sent());
        Assert.StartsWith("4444", first);
        Assert.EndsWith("A1B2C3D4FF6F6B", first);

        var again = peer.RunUntil(120);
        Assert.Equal(4, again.Count);
        Assert.All(again, item => Assert.Equal(first, item.Datagram));
        var timeout = again[0].At - 1;
        Assert.InRange(timeout, 2, 3);
        for (var nth = 1; nth < 4; nth++)
        {
            Assert.Equal(timeout * (1 << nth), again[nth].At - again[nth - 1].At, 0.001);
        }

        Assert.Equal(new CoapEvent(CoapEventKind.ResponseTimedOut, default, peer.Requests[0], null), Assert.Single(peer.Events()));
        peer.Receive(Peer.Post(0x0101));
        Assert.Equal(["60000101"], peer.Sent());
    }

    [Theory]
    [InlineData("60", CoapEventKind.ResponseAcknowledged, ReceptionKind.Acknowledgement)]
    [InlineData("70", CoapEventKind.ResponseReset, ReceptionKind.Reset)]
    public void An_ack_or_rst_ends_retransmission(string type, CoapEventKind expected, ReceptionKind kind)
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(1));
        peer.RunUntil(1);
        peer.Respond(peer.Requests[0], CoapCode.Changed);
        var messageId = Assert.Single(peer.Sent())[4..8];
        peer.RunUntil(10);
        Assert.True(peer.Endpoint.HasUnfinished);
        Assert.Equal(kind, peer.Receive(type + "00" + messageId).Kind);
        Assert.Equal(expected, Assert.Single(peer.Events()).Kind);
        Assert.False(peer.Endpoint.HasUnfinished);
        Assert.Empty(peer.RunUntil(200));
        Assert.NotEqual(CoapDrop.None, peer.Receive(type + "00" + messageId).Drop);
    }

    // ATTACKS I08.
    [Fact]
    public void One_confirmable_is_outstanding_at_a_time()
    {
        var peer = new Peer();
        for (ushort id = 0; id < 50; id++)
        {
            peer.Receive(Peer.Post(id, token: $"{id:X4}"));
        }

        peer.RunUntil(1);
        foreach (var exchange in peer.Requests)
        {
            Assert.Equal(SendOutcome.Accepted, peer.Respond(exchange, CoapCode.Changed));
        }

        for (var nth = 0; nth < 50; nth++)
        {
            var one = Assert.Single(peer.Sent());
            Assert.EndsWith($"{nth:X4}", one);
            peer.Receive("6000" + one[4..8]);
        }

        Assert.Empty(peer.Sent());
        Assert.Equal(peer.Requests, peer.Events().Select(what => what.Exchange));
    }

    [Fact]
    public void What_waits_behind_a_silent_peer_is_given_up_with_it_and_is_bounded()
    {
        var peer = new Peer();
        for (ushort id = 0; id < 70; id++)
        {
            peer.Receive(Peer.Post(id));
        }

        peer.RunUntil(1);
        peer.Sent();
        var outcomes = peer.Requests.Select(exchange => peer.Respond(exchange, CoapCode.Changed)).ToList();
        Assert.Equal(65, outcomes.Count(outcome => outcome == SendOutcome.Accepted));
        Assert.Equal(5, outcomes.Count(outcome => outcome == SendOutcome.QueueFull));
        Assert.Single(peer.Sent());
        Assert.Equal(4, peer.RunUntil(100).Count);
        Assert.Equal(65, peer.Events().Count(what => what.Kind == CoapEventKind.ResponseTimedOut));
        Assert.False(peer.Endpoint.HasUnfinished);
    }

    [Fact]
    public void A_non_request_gets_a_non_response_and_its_duplicates_nothing()
    {
        var peer = new Peer();
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Post(5, MessageType.NonConfirmable)).Kind);
        Assert.Empty(peer.RunUntil(5));
        peer.Respond(peer.Requests[0], CoapCode.Changed);
        var response = Assert.Single(peer.Sent());
        Assert.StartsWith("5444", response);
        Assert.EndsWith("A1B2C3D4", response);
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(5, MessageType.NonConfirmable)).Kind);
        Assert.Empty(peer.RunUntil(300));
        Assert.Null(peer.Endpoint.NextDeadline);
    }

    [Fact]
    public void A_suppressed_answer_still_acknowledges()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(0x0101));
        Assert.Equal(SendOutcome.Accepted, peer.Endpoint.Suppress(peer.Now, peer.Requests[0]));
        Assert.Equal(["60000101"], peer.Sent());
        peer.Receive(Peer.Post(0x0101));
        Assert.Equal(["60000101"], peer.Sent());
        Assert.Equal(SendOutcome.Gone, peer.Respond(peer.Requests[0], CoapCode.Changed));
    }

    // ATTACKS I06.
    [Fact]
    public void A_ping_gets_an_rst_and_what_matches_nothing_gets_silence()
    {
        var peer = new Peer();
        for (var nth = 0; nth < 100_000; nth++)
        {
            Assert.Equal(CoapDrop.EmptyNonConfirmable, peer.Receive("5000ABCD").Drop);
            Assert.Equal(CoapDrop.UnmatchedAcknowledgement, peer.Receive("6000ABCD").Drop);
            Assert.Equal(CoapDrop.UnmatchedReset, peer.Receive("7000ABCD").Drop);
        }

        Assert.Empty(peer.Sent());
        Assert.Null(peer.Endpoint.NextDeadline);
        Assert.Equal(ReceptionKind.Ping, peer.Receive("4000ABCD").Kind);
        Assert.Equal(["7000ABCD"], peer.Sent());
    }

    [Fact]
    public void Waiting_transmits_are_bounded()
    {
        var peer = new Peer();
        for (var nth = 0; nth < 1000; nth++)
        {
            peer.Receive("4000ABCD");
        }

        Assert.Equal(CoapEndpoint.MaxTransmits, peer.Sent().Count);
    }

    // ATTACKS I05.
    [Fact]
    public void A_flood_of_message_ids_is_refused_and_what_was_accepted_is_still_deduplicated()
    {
        var peer = new Peer();
        for (var id = 0; id < 65_536; id++)
        {
            var reception = peer.Receive(Peer.Post((ushort)id));
            Assert.Equal(id < ReceivedMessages.MaxEntries ? CoapDrop.None : CoapDrop.TooManyMessages, reception.Drop);
            if (reception.Kind == ReceptionKind.Request)
            {
                peer.Respond(peer.Requests[^1], CoapCode.Changed);
            }

            var sent = Assert.Single(peer.Sent());
            Assert.StartsWith(reception.Drop == CoapDrop.None ? "6444" : "649D", sent);
            if (id == 65_535)
            {
                Assert.Contains("D1015D" + "FF", sent);   // Max-Age 93
            }
        }

        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(0)).Kind);
        peer.RunUntil(93);
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Post(9000)).Kind);
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(1)).Kind);
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Post(0)).Kind);
        peer.RunUntil(400);
        Assert.Null(peer.Endpoint.NextDeadline);
    }

    [Fact]
    public void Remembered_bodies_are_bounded_and_the_oldest_are_forgotten()
    {
        var peer = new Peer();
        for (ushort id = 0; id < 100; id++)
        {
            peer.Receive(Peer.Post(id));
            peer.Respond(peer.Requests[^1], CoapCode.Content, payload: new string('x', 1023));
        }

        peer.Sent();
        Assert.Equal(CoapDrop.AnswerForgotten, peer.Receive(Peer.Post(0)).Drop);
        Assert.Equal(["70000000"], peer.Sent());
        Assert.Equal(CoapDrop.AnswerForgotten, peer.Receive(Peer.Post(35)).Drop);
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Post(36)).Kind);
    }

    [Fact]
    public void A_get_whose_answer_is_forgotten_is_executed_again()
    {
        var peer = new Peer();
        for (ushort id = 0; id < 100; id++)
        {
            peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, id, "AA", "B174"));
            peer.Respond(peer.Requests[^1], CoapCode.Content, payload: new string('x', 1000));
        }

        peer.Sent();
        Assert.Equal(ReceptionKind.Request, peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, 0, "AA", "B174")).Kind);
        Assert.Equal(SendOutcome.Accepted, peer.Respond(peer.Requests[^1], CoapCode.Content, payload: "again"));
        Assert.Single(peer.Sent());
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, 0, "AA", "B174")).Kind);
        Assert.Equal(ReceptionKind.Duplicate, peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, 99, "AA", "B174")).Kind);
    }

    [Fact]
    public void A_message_id_of_the_other_type_is_not_taken_for_a_duplicate()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(1, MessageType.NonConfirmable));
        Assert.Equal(CoapDrop.MessageIdReused, peer.Receive(Peer.Post(1)).Drop);
        Assert.Equal(["70000001"], peer.Sent());
        peer.Receive(Peer.Post(2));
        Assert.Equal(CoapDrop.MessageIdReused, peer.Receive(Peer.Post(2, MessageType.NonConfirmable)).Drop);
        Assert.Empty(peer.Sent());
    }

    [Fact]
    public void An_exchange_dies_with_its_lifetime_and_a_handle_names_no_other()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(1));
        peer.RunUntil(247);
        Assert.Equal(SendOutcome.Gone, peer.Respond(peer.Requests[0], CoapCode.Changed));
        peer.RunUntil(300);
        Assert.Null(peer.Endpoint.NextDeadline);
        peer.Receive(Peer.Post(1));
        Assert.NotEqual(peer.Requests[0], peer.Requests[1]);
        Assert.Equal(SendOutcome.Gone, peer.Respond(peer.Requests[0], CoapCode.Changed));
        Assert.Equal(SendOutcome.Gone, peer.Respond(default, CoapCode.Changed));
        Assert.Equal(SendOutcome.Accepted, peer.Respond(peer.Requests[1], CoapCode.Changed));
        Assert.Equal(SendOutcome.Gone, peer.Respond(peer.Requests[1], CoapCode.Changed));
        Assert.Single(peer.Sent());
    }

    [Fact]
    public void Handling_a_timeout_early_or_twice_does_nothing()
    {
        var peer = new Peer();
        peer.Receive(Peer.Post(1));
        peer.Endpoint.HandleTimeout(peer.Now);
        Assert.Empty(peer.Sent());
        peer.RunUntil(0.5);
        peer.Endpoint.HandleTimeout(peer.Now);
        peer.Endpoint.HandleTimeout(peer.Now);
        Assert.Empty(peer.Sent());
    }

    // RFC 7252 §4.4.
    [Fact]
    public void Our_message_ids_are_not_reused_within_the_exchange_lifetime()
    {
        var lifetime = TransmissionParameters.Default.ExchangeLifetime;
        var ids = new MessageIdSequence(new SeededEntropy(3));
        var now = new Instant(0);
        var used = new Dictionary<ushort, Instant>();
        for (var nth = 0; nth < 300_000; nth++)
        {
            ushort id;
            while (!ids.TryTake(now, lifetime, out id))
            {
                now = ids.AvailableAt(lifetime)!.Value;
            }

            Assert.False(used.TryGetValue(id, out var before) && now - before < lifetime);
            used[id] = now;
            now += TimeSpan.FromMilliseconds(nth % 5);
        }

        Assert.Equal(65_536, used.Count);
    }
}
