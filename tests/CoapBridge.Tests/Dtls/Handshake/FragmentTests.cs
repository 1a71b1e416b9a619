using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Handshake;

/// <summary>Fragments and their reassembly (RFC 6347 §4.2.3; ATTACKS C).</summary>
public sealed class FragmentTests
{
    private static byte[] Chain => CertificateMessage.Write(DtlsPair.ClientIdentity.Chain);

    private static byte[] Header(HandshakeType type, int length, ushort sequence, int offset, int fragmentLength)
    {
        var bytes = new byte[HandshakeHeader.Length];
        var writer = new CoapBridge.Wire.WireWriter(bytes);
        new HandshakeHeader(type, length, sequence, offset, fragmentLength).Write(ref writer);
        return bytes;
    }

    private static void Put(RogueClient client, byte[] content) => client.SendRecord(ContentType.Handshake, content);

    /// <summary>The flight goes on as if nothing had happened.</summary>
    private static void Completes(RogueClient client) => Assert.True(client.Finish().Target.IsEstablished);

    [Fact]
    public void Sixteen_headers_with_great_lengths_allocate_nothing()
    {
        var client = new RogueClient().Begin();
        byte[] content = [.. Enumerable.Range(2, 16).SelectMany(sequence => Header(HandshakeType.Certificate, 0xFFFFFF, (ushort)sequence, 0, 0))];
        var record = RoguePeer.Plain(ContentType.Handshake, content);
        var rest = record.AsSpan();
        var before = GC.GetAllocatedBytesForCurrentThread();
        client.Target.HandleRecord(client.Now, ref rest, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Completes(client);
    }

    [Fact]
    public void A_half_open_handshake_keeps_16_KiB_at_most()
    {
        var client = new RogueClient { HoldWork = true }.Begin();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (ushort sequence = 2; sequence < 12; sequence++)
        {
            var rest = RoguePeer.Plain(ContentType.Handshake, RoguePeer.Fragment(HandshakeType.Certificate, sequence, 8000, 0, [1])).AsSpan();
            client.Target.HandleRecord(client.Now, ref rest, out _);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public void Fragments_that_contradict_one_another_are_dropped()
    {
        var client = new RogueClient().Begin();
        var body = Chain;
        Put(client, RoguePeer.Fragment(HandshakeType.Certificate, 2, body.Length, 0, body.AsSpan(0, 50)));
        Put(client, RoguePeer.Fragment(HandshakeType.Certificate, 2, body.Length + 900, 50, body.AsSpan(50)));
        Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
        Put(client, RoguePeer.Fragment(HandshakeType.ClientKeyExchange, 2, 66, 50, new byte[16]));
        Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
        Completes(client);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(0xFFFFFF, 0)]
    [InlineData(0xFFFFFF, 0xFFFFFF)]
    [InlineData(300, 1)]
    public void Empty_and_overlong_fragments_are_dropped(int offset, int length)
    {
        var client = new RogueClient().Begin();
        Put(client, [.. Header(HandshakeType.Certificate, 300, 2, offset, length), .. new byte[Math.Min(length, 40)]]);
        Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
        Completes(client);
    }

    [Fact]
    public void Overlapping_fragments_complete()
    {
        var client = new RogueClient().Begin();
        var body = Chain;
        for (var offset = 0; offset < body.Length; offset += 20)
        {
            Put(client, RoguePeer.Fragment(HandshakeType.Certificate, 2, body.Length, offset, body.AsSpan(offset, Math.Min(50, body.Length - offset))));
        }

        Completes(client);
    }

    [Fact]
    public void Messages_far_ahead_are_dropped()
    {
        var client = new RogueClient().Begin();
        var datagrams = Enumerable.Range(1000, 1000).Select(sequence => RoguePeer.Plain(
            ContentType.Handshake, RoguePeer.Fragment(HandshakeType.Certificate, (ushort)sequence, 600, 0, new byte[600]))).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var dropped = 0;
        foreach (var datagram in datagrams)
        {
            var rest = datagram.AsSpan();
            dropped += client.Target.HandleRecord(client.Now, ref rest, out _) == RecordOutcome.HandshakeDiscarded ? 1 : 0;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Assert.Equal(1000, dropped);
        Completes(client);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Fragments_of_several_messages_come_in_any_order(int seed)
    {
        var random = new Random(seed);
        var client = new RogueClient { HoldWork = false }.Begin();
        var messages = new List<(HandshakeType Type, byte[] Body)> { (HandshakeType.Certificate, Chain) };
        client.Transcript.Add(HandshakeType.Certificate, 2, Chain);
        var exchange = ClientKeyExchange.Write(client.PublicPoint);
        client.Transcript.Add(HandshakeType.ClientKeyExchange, 3, exchange);
        messages.Add((HandshakeType.ClientKeyExchange, exchange));
        var hash = client.Transcript.CurrentHash();
        var proof = new CertificateVerify(SignatureScheme.EcdsaSecp256r1Sha256, client.Sign(hash)).ToBytes();
        client.Transcript.Add(HandshakeType.CertificateVerify, 4, proof);
        messages.Add((HandshakeType.CertificateVerify, proof));

        var fragments = new List<byte[]>();
        for (var index = 0; index < messages.Count; index++)
        {
            var (type, body) = messages[index];
            for (var offset = 0; offset < body.Length; offset += 17)
            {
                var fragment = RoguePeer.Fragment(type, (ushort)(2 + index), body.Length, offset, body.AsSpan(offset, Math.Min(17, body.Length - offset)));
                fragments.Add(fragment);
                fragments.Add(fragment);
            }
        }

        foreach (var fragment in fragments.OrderBy(_ => random.Next()))
        {
            Put(client, fragment);
        }

        client.NextMessage = 5;
        Assert.False(client.Target.IsClosed, $"seed {seed}: {(client.Target.IsClosed ? client.Failure.Reason : "")}");
        client.RunWork();
        typeof(RogueClient).GetProperty(nameof(RogueClient.SessionHash))!.SetValue(client, hash);
        Assert.True(client.Derive().ChangeCipherSpec().SendFinished().Target.IsEstablished, $"seed {seed}");
    }

    [Fact]
    public void An_old_message_with_other_content_is_ignored()
    {
        var client = new RogueClient().Begin().SendCertificate();
        Put(client, RoguePeer.Fragment(HandshakeType.Certificate, 2, 3, 0, [0, 0, 0]));
        Put(client, RoguePeer.Fragment(HandshakeType.ServerHello, 1, 1, 0, [0]));
        client.SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec().SendFinished();
        Assert.True(client.Target.IsEstablished);
    }

    [Fact]
    public void A_certificate_of_a_mebibyte_is_refused_before_it_is_kept()
    {
        var client = new RogueClient().Begin();
        Put(client, RoguePeer.Fragment(HandshakeType.Certificate, 2, 1 << 20, 0, new byte[100]));
        Assert.Equal(AlertDescription.BadCertificate, client.Refusal());
        Assert.Equal("malformed", client.Failure.Reason);
    }

    [Fact]
    public void A_hundred_certificates_are_refused()
    {
        var client = new RogueClient().Begin();
        client.SendCertificate([.. Enumerable.Repeat(new byte[] { 1 }, 100)]);
        Assert.Equal(AlertDescription.DecodeError, client.Refusal());
    }

    [Fact]
    public void A_hundred_thousand_fragments_are_no_burden()
    {
        var client = new RogueClient().Begin();
        var one = RoguePeer.Fragment(HandshakeType.Certificate, 2, 8000, 0, [1]);
        byte[] content = [.. Enumerable.Repeat(one, 1000).SelectMany(fragment => fragment)];
        for (var index = 0; index < 100; index++)
        {
            Put(client, content);
        }

        Assert.False(client.Target.IsClosed);
    }

    [Fact]
    public void Small_messages_may_come_in_fragments_too()
    {
        var client = new RogueClient().Begin().SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec();
        var finished = client.Schedule!.ClientVerifyData(client.Transcript.CurrentHash());
        for (var index = 0; index < finished.Length; index++)
        {
            client.SendRecord(ContentType.Handshake, RoguePeer.Fragment(HandshakeType.Finished, 5, 12, index, finished.AsSpan(index, 1)), isProtected: true);
        }

        Assert.True(client.Target.IsEstablished);
    }

    [Fact]
    public void Fragments_of_a_Finished_in_the_clear_do_not_count()
    {
        var client = new RogueClient().Begin().SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec();
        Put(client, RoguePeer.Fragment(HandshakeType.Finished, 5, 12, 0, new byte[6]));
        Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
        Assert.True(client.SendFinished().Target.IsEstablished);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(300)]
    [InlineData(508)]
    [InlineData(1232)]
    [InlineData(4000)]
    public void Flights_are_cut_to_the_size_of_datagrams(int maximum)
    {
        var pair = new DtlsPair(
            1, DtlsPair.DefaultServer with { MaximumDatagram = maximum }, DtlsPair.DefaultClient with { MaximumDatagram = maximum });
        var largest = 0;
        pair.Network = (_, datagram) =>
        {
            largest = Math.Max(largest, datagram.Length);
            return [(TimeSpan.FromMilliseconds(1), datagram)];
        };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        Assert.True(pair.IsConnected);
        Assert.InRange(largest, 1, maximum);
    }

    [Fact]
    public void A_reassembler_counts_its_numbers_from_where_it_is_told()
    {
        var reassembler = new Reassembler(5, _ => 10);
        Assert.Equal(FragmentOutcome.Old, reassembler.Add(new HandshakeHeader(HandshakeType.Finished, 1, 4, 0, 1), [1]));
        Assert.Equal(FragmentOutcome.Taken, reassembler.Add(new HandshakeHeader(HandshakeType.Finished, 1, 6, 0, 1), [6]));
        Assert.False(reassembler.TryTakeNext(out _));
        Assert.Equal(FragmentOutcome.Taken, reassembler.Add(new HandshakeHeader(HandshakeType.Finished, 0, 5, 0, 0), []));
        Assert.True(reassembler.TryTakeNext(out var first));
        Assert.Empty(first.Body);
        Assert.True(reassembler.TryTakeNext(out var second));
        Assert.Equal([6], second.Body);
        Assert.Equal(7, reassembler.NextSequence);
        Assert.Equal(FragmentOutcome.TooLong, reassembler.Add(new HandshakeHeader(HandshakeType.Finished, 11, 7, 0, 1), [1]));
    }
}
