using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls;

/// <summary>Before the cookie (ATTACKS A): nothing is kept, and no answer is longer than the question.</summary>
public sealed class HelloTests
{
    [Fact]
    public void A_stranger_gets_a_HelloVerifyRequest_of_these_bytes()
    {
        var client = new RogueClient();
        var hello = RogueClient.HelloDatagram(new HelloBuilder().ToBytes(), 0, 0x0102030405, DtlsVersion.Dtls10);
        Assert.Equal(HelloOutcome.NotAHello, client.Say(hello).Outcome);

        hello = RogueClient.HelloDatagram(new HelloBuilder().ToBytes(), 0, 0x01020304, DtlsVersion.Dtls10);
        Assert.Equal(HelloOutcome.CookieSent, client.Say(hello).Outcome);
        Assert.Equal(45, client.Reply.Length);

        // Record: type, version as the hello's, epoch, the hello's record number, length. Then header 3, length 20, message 0; FEFF, cookie of 17.
        Assert.Equal("16FEFF000000000102030400200300001400000000000000" + "14FEFF11", Convert.ToHexString(client.Reply.AsSpan(0, 28)));
    }

    [Fact]
    public void The_smallest_hello_is_longer_than_the_answer()
    {
        var client = new RogueClient();
        var hello = RogueClient.HelloDatagram(new HelloBuilder { Suites = [0xC0AE], RawExtensions = [] }.ToBytes());
        Assert.Equal(67, hello.Length);
        Assert.Equal(HelloOutcome.CookieSent, client.Say(hello).Outcome);
        Assert.InRange(client.Reply.Length, 1, hello.Length);
    }

    [Fact]
    public void A_flood_of_hellos_allocates_next_to_nothing()
    {
        var client = new RogueClient();
        var hello = RogueClient.HelloDatagram(new HelloBuilder().ToBytes());
        var reply = new byte[64];
        var random = new Random(4);
        client.Server.HandleHello(client.Now, RogueClient.Path, hello, reply, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < 1000; index++)
        {
            var path = new NetworkPath(PeerAddress.FromIPv4((uint)random.Next(), (ushort)random.Next()), RogueClient.Path.Local);
            client.Server.HandleHello(client.Now, path, hello, reply, out var length);
            Assert.Equal(45, length);
        }

        // What the platform's HMAC leaves for the collector.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 1000);
    }

    [Fact]
    public void A_cookie_is_good_at_its_address_only()
    {
        var client = new RogueClient();
        client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes()));
        var again = RogueClient.HelloDatagram((client.Hello with { Cookie = RogueClient.CookieOf(client.Reply) }).ToBytes(), 1, 1);
        var path = RogueClient.Path;
        foreach (var other in new[]
        {
            path with { Remote = path.Remote with { Port = 5001 } },
            path with { Remote = PeerAddress.FromIPv4(0x0A000009, 5000) },
            path with { Remote = path.Remote with { Scope = 1 } },
            path with { Local = path.Local with { Port = 1 } },
        })
        {
            Assert.Equal(HelloOutcome.CookieSent, client.Say(again, other).Outcome);
        }

        Assert.Equal(HelloOutcome.Accepted, client.Say(again).Outcome);
    }

    [Fact]
    public void A_cookie_is_good_for_its_hello_only()
    {
        var client = new RogueClient();
        client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes()));
        var good = client.Hello with { Cookie = RogueClient.CookieOf(client.Reply) };
        foreach (var other in new[]
        {
            good with { Random = new byte[32] },
            good with { SessionId = [1] },
            good with { Suites = [0xC0AE] },
            good with { Compression = [0, 1] },
            good with { Version = 0xFEFC },
        })
        {
            Assert.Equal(HelloOutcome.CookieSent, client.Say(RogueClient.HelloDatagram(other.ToBytes(), 1, 1)).Outcome);
        }

        Assert.Equal(HelloOutcome.Accepted, client.Say(RogueClient.HelloDatagram(good.ToBytes(), 1, 1)).Outcome);
    }

    [Fact]
    public void Every_bit_of_a_cookie_counts()
    {
        var client = new RogueClient();
        client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes()));
        var cookie = RogueClient.CookieOf(client.Reply);
        for (var bit = 0; bit < cookie.Length * 8; bit++)
        {
            var forged = cookie.ToArray();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(HelloOutcome.CookieSent, client.Say(RogueClient.HelloDatagram((client.Hello with { Cookie = forged }).ToBytes())).Outcome);
        }

        foreach (byte[] other in new[] { [], cookie[..^1], [.. cookie, 0], new byte[255] })
        {
            Assert.Equal(HelloOutcome.CookieSent, client.Say(RogueClient.HelloDatagram((client.Hello with { Cookie = other }).ToBytes())).Outcome);
        }
    }

    [Fact]
    public void A_cookie_outlives_a_handshake_and_dies_after_two_rotations()
    {
        var client = new RogueClient();
        for (var offset = 0; offset < 600; offset += 13)
        {
            client.Now = new Instant(1L << 50) + TimeSpan.FromSeconds(offset);
            client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes()));
            var again = RogueClient.HelloDatagram((client.Hello with { Cookie = RogueClient.CookieOf(client.Reply) }).ToBytes(), 1, 1);

            // A client repeats its hello until its deadline; a new cookie then would be a message it does not expect.
            client.Now += TimeSpan.FromSeconds(149);
            Assert.Equal(HelloOutcome.Accepted, client.Say(again).Outcome);
            client.Now += TimeSpan.FromSeconds(152);
            Assert.Equal(HelloOutcome.CookieSent, client.Say(again).Outcome);

            // The key's number is one byte: 256 rotations later it is the same again, the key is not.
            client.Now += TimeSpan.FromSeconds(256 * 150);
            Assert.Equal(HelloOutcome.CookieSent, client.Say(again).Outcome);
        }
    }

    [Fact]
    public void Another_process_does_not_know_the_cookie()
    {
        var client = new RogueClient();
        client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes()));
        var again = RogueClient.HelloDatagram((client.Hello with { Cookie = RogueClient.CookieOf(client.Reply) }).ToBytes(), 1, 1);
        Assert.Equal(HelloOutcome.CookieSent, new RogueClient(seed: 2).Say(again).Outcome);
    }

    [Fact]
    public void Noise_is_dropped_without_an_answer()
    {
        var client = new RogueClient();
        var random = new Random(5);
        foreach (var length in new[] { 0, 1, 12, 13, 14, 24, 25, 26, 100, 65507 })
        {
            foreach (var first in new byte[] { 0, 1, 20, 21, 22, 23, 24, 25, 26, 0x2F, 0x3F, 0x40, 0x80, 0xC0, 255 })
            {
                var datagram = new byte[length];
                random.NextBytes(datagram);
                if (length > 0)
                {
                    datagram[0] = first;
                }

                Assert.Contains(client.Say(datagram).Outcome, new[] { HelloOutcome.NotAHello, HelloOutcome.Malformed, HelloOutcome.Fragmented });
                Assert.Empty(client.Reply);
            }
        }
    }

    [Fact]
    public void A_hello_in_fragments_is_dropped()
    {
        var client = new RogueClient();
        var body = client.Hello.ToBytes();
        var half = RoguePeer.Fragment(HandshakeType.ClientHello, 0, body.Length, 0, body.AsSpan(0, 40));
        Assert.Equal(HelloOutcome.Fragmented, client.Say(RoguePeer.Plain(ContentType.Handshake, half)).Outcome);
        var large = new HelloBuilder().With(21, new byte[2048]).ToBytes();
        Assert.Equal(HelloOutcome.Fragmented, client.Say(RogueClient.HelloDatagram(large)).Outcome);
        Assert.Empty(client.Reply);
    }

    [Fact]
    public void A_record_holds_one_hello_and_nothing_after_it()
    {
        var client = new RogueClient();
        var body = client.Hello.ToBytes();
        byte[] content = [.. RoguePeer.Fragment(HandshakeType.ClientHello, 0, body.Length, 0, body), 0];
        Assert.Equal(HelloOutcome.Malformed, client.Say(RoguePeer.Plain(ContentType.Handshake, content)).Outcome);
    }

    [Theory]
    [InlineData(0, HelloOutcome.CookieSent)]
    [InlineData(8, HelloOutcome.CookieSent)]
    [InlineData(9, HelloOutcome.Malformed)]
    [InlineData(65535, HelloOutcome.Malformed)]
    public void Message_numbers_far_from_the_start_are_dropped(int message, HelloOutcome outcome)
    {
        var client = new RogueClient();
        Assert.Equal(outcome, client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes(), (ushort)message)).Outcome);
    }

    [Theory]
    [InlineData(1UL << 32, HelloOutcome.CookieSent)]
    [InlineData((1UL << 32) + 1, HelloOutcome.NotAHello)]
    [InlineData((1UL << 48) - 1, HelloOutcome.NotAHello)]
    public void Record_numbers_near_their_end_are_dropped(ulong record, HelloOutcome outcome)
    {
        var client = new RogueClient();
        Assert.Equal(outcome, client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes(), 0, record)).Outcome);
    }

    [Fact]
    public void The_ServerHello_goes_on_from_the_hellos_numbers()
    {
        var client = new RogueClient().Begin();
        Assert.True(RecordHeader.TryParse(client.Datagrams[0], out var header));
        Assert.Equal(1UL, header.Sequence);
        Assert.Equal(1, client.Heard[0].MessageSequence);
    }

    [Fact]
    public void A_client_that_never_answers_gets_seven_flights_at_most()
    {
        var client = new RogueClient().Begin();
        var flight = client.Datagrams.Sum(datagram => datagram.Length);
        client.Advance(TimeSpan.FromSeconds(200));
        Assert.True(client.Target.IsClosed);
        var total = client.Datagrams.Sum(datagram => datagram.Length);
        Assert.InRange(total, flight * 6, (flight * 7) + 600);
    }

    [Fact]
    public void A_client_that_repeats_itself_cannot_multiply_the_flight()
    {
        var client = new RogueClient().Begin();
        var before = client.Datagrams.Count;
        byte[] old = RoguePeer.Plain(ContentType.Handshake, RoguePeer.Fragment(HandshakeType.ClientHello, 1, 60, 0, new byte[60]));
        for (var index = 0; index < 1000; index++)
        {
            client.Deliver(old);
        }

        Assert.Equal(before, client.Datagrams.Count);
        client.Advance(TimeSpan.FromSeconds(0.6));
        for (var index = 0; index < 1000; index++)
        {
            client.Deliver(old);
        }

        Assert.InRange(client.Datagrams.Count - before, 1, before);
    }

    [Fact]
    public void Entropy_that_fails_makes_no_connection()
    {
        var server = new DtlsServer(DtlsPair.DefaultServer, new HelloVerifier(new byte[32]), new BrokenEntropy());
        var client = new RogueClient();
        var hello = client.SayTwice(client.Hello).Hello!;
        Assert.Throws<InvalidOperationException>(() => server.Accept(client.Now, hello));
        Assert.Throws<InvalidOperationException>(() => DtlsClient.Connect(DtlsPair.DefaultClient, new BrokenEntropy(), client.Now));
    }

    private sealed class BrokenEntropy : IEntropy
    {
        public void Fill(Span<byte> destination) => throw new InvalidOperationException("no entropy");
    }
}
