using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls.Handshake;

/// <summary>How flights leave, and leave again (RFC 6347 §4.2.4).</summary>
public sealed class FlightTests
{
    [Fact]
    public void A_repeated_flight_has_the_same_messages_under_new_record_numbers()
    {
        var client = new RogueClient().Begin();
        var first = Records(client.Datagrams);
        client.Datagrams.Clear();
        client.Advance(TimeSpan.FromSeconds(1));
        var second = Records(client.Datagrams);
        Assert.Equal(first.Select(record => Convert.ToHexString(record.Content)), second.Select(record => Convert.ToHexString(record.Content)));
        Assert.True(second.Min(record => record.Header.Sequence) > first.Max(record => record.Header.Sequence));

        // Fragments follow on one another, none twice.
        var ends = new Dictionary<ushort, int>();
        foreach (var (_, content) in first)
        {
            var reader = new WireReader(content);
            Assert.True(HandshakeHeader.TryRead(ref reader, out var header, out _));
            Assert.Equal(ends.GetValueOrDefault(header.MessageSequence), header.FragmentOffset);
            ends[header.MessageSequence] = header.FragmentOffset + header.FragmentLength;
        }

        Assert.Equal([1, 2, 3, 4, 5], ends.Keys.Select(number => (int)number));
    }

    [Fact]
    public void The_last_flight_is_a_ChangeCipherSpec_in_epoch_0_and_the_first_record_of_epoch_1()
    {
        var client = new RogueClient().Begin();
        client.Datagrams.Clear();
        client.Finish();
        Assert.Equal(
            [(ContentType.ChangeCipherSpec, (ushort)0), (ContentType.Handshake, (ushort)1)],
            Records(client.Datagrams).Select(record => (record.Header.Type, record.Header.Epoch)));
        Assert.Equal(0UL, Records(client.Datagrams)[^1].Header.Sequence);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_record_number_is_used_twice_whatever_is_lost(int seed)
    {
        var random = new Random(seed);
        var used = new HashSet<(bool, ushort, ulong)>();
        var pair = new DtlsPair(seed, DtlsPair.DefaultServer with { MaximumDatagram = 300 }, DtlsPair.DefaultClient with { MaximumDatagram = 300 });
        pair.Network = (toServer, datagram) =>
        {
            // The answers to strangers repeat the hello's number (RFC 6347 §4.2.1).
            if (toServer || datagram[13] != (byte)HandshakeType.HelloVerifyRequest)
            {
                Assert.All(Records([datagram]), record => Assert.True(used.Add((toServer, record.Header.Epoch, record.Header.Sequence)), $"seed {seed}"));
            }

            return random.Next(3) == 0 ? [] : [(TimeSpan.FromMilliseconds(10), datagram)];
        };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(149));
        Assert.True(used.Count > 10);
    }

    [Fact]
    public void When_nothing_comes_back_datagrams_become_smaller()
    {
        // RFC 6347 §4.1.1.1.
        var client = new RogueClient().Begin();
        var largest = new List<int>();
        for (var time = 1; time <= 32; time *= 2)
        {
            client.Datagrams.Clear();
            client.Advance(TimeSpan.FromSeconds(time));
            largest.Add(client.Datagrams.Max(datagram => datagram.Length));
        }

        Assert.InRange(largest[0], 509, 1232);
        Assert.All(largest[1..3], length => Assert.InRange(length, 229, 508));
        Assert.All(largest[3..], length => Assert.InRange(length, 1, 228));
    }

    [Theory]
    [InlineData(1, new[] { 1, 2, 4, 8, 16, 32, 60 })]
    [InlineData(9, new[] { 9, 18, 36, 60, 60, 60, 60 })]
    public void The_time_out_doubles_up_to_60_seconds(int initial, int[] seconds)
    {
        var timer = new RetransmissionTimer(TimeSpan.FromSeconds(initial));
        var now = new Instant(1L << 50);
        timer.Start(now);
        foreach (var second in seconds)
        {
            Assert.Equal(now + TimeSpan.FromSeconds(second), timer.Deadline);
            now = timer.Deadline!.Value;
            Assert.Equal(timer.Retransmissions < 6, timer.TryRetransmit(now));
        }

        Assert.Null(timer.Deadline);
    }

    [Fact]
    public void A_flight_that_is_half_taken_when_its_time_comes_starts_again_whole()
    {
        // REQUIREMENTS 1.88.
        var client = new RogueClient(DtlsPair.DefaultServer with { MaximumDatagram = 256 }) { HoldWork = true }.Begin();
        client.Target.HandleWork(client.Now, client.Work.Dequeue().Run(DateTimeOffset.UtcNow));
        var buffer = new byte[2048];
        Assert.True(client.Target.TryTakeTransmit(buffer, out var length));
        Assert.True(length > 0);
        client.Now += TimeSpan.FromSeconds(1);
        client.Target.HandleTimeout(client.Now);
        client.HoldWork = false;
        client.Drain();
        Assert.Equal(5, client.Heard.Count);
        Assert.True(client.Finish().Target.IsEstablished);
    }

    [Fact]
    public void Several_messages_may_come_in_one_record()
    {
        var client = new RogueClient().Begin();
        var content = new List<byte>();
        Add(HandshakeType.Certificate, CertificateMessage.Write(client.Identity.Chain));
        Add(HandshakeType.ClientKeyExchange, ClientKeyExchange.Write(client.PublicPoint));
        var hash = client.Transcript.CurrentHash();
        Add(HandshakeType.CertificateVerify, new CertificateVerify(SignatureScheme.EcdsaSecp256r1Sha256, client.Sign(hash)).ToBytes());
        client.SendRecord(ContentType.Handshake, [.. content]);
        typeof(RogueClient).GetProperty(nameof(RogueClient.SessionHash))!.SetValue(client, hash);
        Assert.True(client.Derive().ChangeCipherSpec().SendFinished().Target.IsEstablished);

        void Add(HandshakeType type, byte[] body)
        {
            client.Transcript.Add(type, client.NextMessage, body);
            content.AddRange(RoguePeer.Fragment(type, client.NextMessage++, body.Length, 0, body));
        }
    }

    [Theory]
    [InlineData("the first hello")]
    [InlineData("the HelloVerifyRequest")]
    [InlineData("without the second hello")]
    [InlineData("a HelloRequest")]
    public void A_proof_over_another_transcript_is_refused(string what)
    {
        // ATTACKS D12; RFC 6347 §4.2.6.
        var client = new RogueClient();
        client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes()));
        var request = client.Reply;
        var body = (client.Hello with { Cookie = RogueClient.CookieOf(request) }).ToBytes();
        client.Begin();
        var wrong = new Transcript();
        switch (what)
        {
            case "the first hello":
                wrong.Add(HandshakeType.ClientHello, 0, client.Hello.ToBytes());
                break;
            case "the HelloVerifyRequest":
                wrong.Add(HandshakeType.HelloVerifyRequest, 0, request.AsSpan(25));
                break;
            case "a HelloRequest":
                wrong.Add(HandshakeType.HelloRequest, 0, []);
                break;
        }

        if (what != "without the second hello")
        {
            wrong.Add(HandshakeType.ClientHello, 1, body);
        }

        foreach (var message in client.Heard)
        {
            wrong.Add(message.Type, message.MessageSequence, message.Body);
        }

        wrong.Add(HandshakeType.Certificate, 2, CertificateMessage.Write(client.Identity.Chain));
        wrong.Add(HandshakeType.ClientKeyExchange, 3, ClientKeyExchange.Write(client.PublicPoint));
        client.SendCertificate().SendKeyExchange();
        Assert.NotEqual(client.SessionHash, wrong.CurrentHash());
        client.SendCertificateVerify(client.Sign(wrong.CurrentHash()));
        Assert.Equal(AlertDescription.DecryptError, client.Refusal());
    }

    private static List<(RecordHeader Header, byte[] Content)> Records(IEnumerable<byte[]> datagrams)
    {
        var records = new List<(RecordHeader, byte[])>();
        foreach (var datagram in datagrams)
        {
            for (var rest = datagram; rest.Length > 0;)
            {
                Assert.True(RecordHeader.TryParse(rest, out var header));
                records.Add((header, rest[header.HeaderLength..header.RecordLength]));
                rest = rest[header.RecordLength..];
            }
        }

        return records;
    }
}
