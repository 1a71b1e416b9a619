using CoapBridge.Coap;

namespace CoapBridge.Tests.Coap.Requests;

/// <summary>What ATTACKS H to K ask of an endpoint and other tests do not show; after each an honest request is answered.</summary>
public sealed class AttackTests
{
    private readonly Peer _peer = new();

    // H07.
    [Fact]
    public void Every_critical_option_that_nobody_knows_is_402()
    {
        for (var number = 1; number <= 65_535; number += 2)
        {
            if (OptionDefinition.TryFind((OptionNumber)number, out _))
            {
                continue;
            }

            var options = new OptionWriter(new byte[8]);
            options.Write((OptionNumber)number, []);
            _peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, (ushort)number, "", Convert.ToHexString(options.Written)));
            Assert.Equal(CoapCode.BadOption, Assert.Single(_peer.Messages()).Code);
        }

        AnswersAnHonestRequest();
    }

    // H07, H15: one byte too many, or too few, for each option that has a range.
    [Fact]
    public void A_known_option_of_a_length_that_it_cannot_have_is_402_or_ignored()
    {
        for (ushort number = 1; number < 300; number++)
        {
            if (!OptionDefinition.TryFind((OptionNumber)number, out var definition) || number is 35 or 39)
            {
                continue;
            }

            foreach (var length in (int[])[definition.MinLength - 1, definition.MaxLength + 1])
            {
                if (length < 0)
                {
                    continue;
                }

                var options = new OptionWriter(new byte[300]);
                options.Write((OptionNumber)number, new byte[length]);
                var peer = new Peer();
                var reception = peer.Receive(Peer.Message(MessageType.Confirmable, CoapCode.Get, number, "", Convert.ToHexString(options.Written)));
                var isCritical = OptionDefinition.IsCritical((OptionNumber)number);
                Assert.Equal(isCritical ? CoapDrop.CriticalOption : CoapDrop.None, reception.Drop);
            }
        }
    }

    // H08: 2.05 as a request, an ACK with a method, an RST with a payload, classes 1, 6 and 7.
    [Fact]
    public void No_code_but_a_method_in_a_con_or_non_is_a_request()
    {
        for (var first = 0x40; first < 0x80; first += 0x10)
        {
            for (var code = 0; code < 256; code++)
            {
                var reception = _peer.Receive([(byte)first, (byte)code, (byte)(first >> 4), (byte)code, 0xFF, 1]);
                Assert.Equal(first < 0x60 && code is > 0 and < 32, reception.Kind == ReceptionKind.Request);
                _peer.Sent();
            }
        }
    }

    // H11.
    [Theory]
    [InlineData(1, "B174" + "FF31")]
    [InlineData(4, "B174" + "FF31")]
    [InlineData(3, "B174")]
    [InlineData(2, "B174" + "10")]
    public void A_payload_where_none_is_expected_and_none_where_one_is_reach_the_owner(int method, string rest) =>
        Assert.Equal(ReceptionKind.Request, _peer.Receive(Peer.Message(MessageType.Confirmable, new CoapCode((byte)method), 1, "AA", rest)).Kind);

    // H13.
    [Fact]
    public void Two_messages_in_one_datagram_are_one()
    {
        byte[] both = [.. Peer.Post(1), .. Peer.Post(2)];
        _peer.Endpoint.HandleDatagram(_peer.Now, both, out var request, out _);

        Assert.Equal(1, request.MessageId);
        Assert.EndsWith(Convert.ToHexString(Peer.Post(2)), Convert.ToHexString(request.Payload), StringComparison.Ordinal);
    }

    // I06.
    [Fact]
    public void A_hundred_thousand_empty_messages_leave_nothing()
    {
        for (var count = 0; count < 100_000; count++)
        {
            var type = (MessageType)(count & 3);
            _peer.Receive(Peer.Message(type, CoapCode.Empty, (ushort)count));
            Assert.Equal(type == MessageType.Confirmable ? [$"7000{(ushort)count:X4}"] : [], _peer.Sent());
        }

        Assert.True(_peer.Endpoint.IsAtRest);
        AnswersAnHonestRequest();
    }

    // I10: a late answer to a request whose token is in use again goes with its own request.
    [Fact]
    public void A_token_that_is_used_again_does_not_mix_two_answers()
    {
        _peer.Receive(Peer.Post(1));
        _peer.Receive(Peer.Post(2));
        _peer.Respond(_peer.Requests[1], CoapCode.Changed, payload: "second");
        _peer.Respond(_peer.Requests[0], CoapCode.Changed, payload: "first");

        Assert.Equal([(2, "second"), (1, "first")], _peer.Messages().Select(sent => ((int)sent.MessageId, sent.Payload)));
    }

    // K01.
    [Fact]
    public void A_hundred_thousand_registrations_make_64_observers()
    {
        var observers = 0;
        for (var count = 0; count < 100_000; count++)
        {
            _peer.Receive(Peer.Message(MessageType.NonConfirmable, CoapCode.Get, (ushort)count, $"{count:X8}", "60"));
            if (_peer.Requests.Count > 0)
            {
                _peer.Respond(_peer.Requests[^1], CoapCode.Content, payload: "x", observe: true);
                _peer.Requests.Clear();
            }

            observers += _peer.Messages().Count(sent => sent.Observe is not null);
        }

        Assert.Equal(EndpointGroup.MostObservationsPerEndpoint, observers);
        _peer.Endpoint.Release();
        _peer.RunUntil(_peer.Seconds + 300);
        AnswersAnHonestRequest();
    }

    private void AnswersAnHonestRequest()
    {
        _peer.Receive(Peer.Post(0xBEEF, token: "CAFE"));
        _peer.Respond(_peer.Requests[^1], CoapCode.Changed);
        Assert.Equal((CoapCode.Changed, "CAFE"), Assert.Single(_peer.Messages()) is var sent ? (sent.Code, sent.Token) : default);
    }
}
