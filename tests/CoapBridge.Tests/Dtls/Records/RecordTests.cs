using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Records;

/// <summary>The record layer of an established connection (ATTACKS B, RFC 6347 §4.1).</summary>
public sealed class RecordTests
{
    private static RogueClient Connected() => new RogueClient().Handshake();

    private static void Talks(RogueClient client)
    {
        var before = client.Delivered.Count;
        client.SendRecord(ContentType.ApplicationData, "canary"u8, isProtected: true);
        Assert.Equal(before + 1, client.Delivered.Count);
        Assert.Equal("canary", Encoding.UTF8.GetString(client.Delivered[^1]));
    }

    [Fact]
    public void A_record_counts_once()
    {
        var client = Connected();
        var record = client.Seal(ContentType.ApplicationData, "once"u8, true);
        for (var index = 0; index < 10; index++)
        {
            client.Deliver(record);
        }

        Assert.Single(client.Delivered);
        Assert.Equal(RecordOutcome.Replayed, client.Outcomes[^1]);
        Talks(client);
    }

    [Fact]
    public void A_forged_record_far_ahead_does_not_move_the_window()
    {
        var client = Connected();
        client.Deliver(RoguePeer.Plain(ContentType.ApplicationData, new byte[40], 1UL << 40, epoch: 1));
        Assert.Equal(RecordOutcome.BadTag, client.Outcomes[^1]);
        Assert.Equal(1, client.Target.FailedOpens);
        Talks(client);
    }

    [Fact]
    public void Late_records_count_within_the_window_and_not_beyond()
    {
        var client = Connected();
        var records = Enumerable.Range(0, 70).Select(index => client.Seal(ContentType.ApplicationData, [(byte)index], true)).ToArray();
        foreach (var record in records.Reverse())
        {
            client.Deliver(record);
        }

        Assert.Equal(Enumerable.Range(6, 64).Reverse().Select(index => (byte)index), client.Delivered.Select(data => data[0]));
        Talks(client);
    }

    [Fact]
    public void No_flipped_bit_goes_unnoticed()
    {
        var client = Connected();
        var record = client.Seal(ContentType.ApplicationData, "12345678"u8, true);
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var flipped = record.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            client.Deliver(flipped);
        }

        Assert.Empty(client.Delivered);
        Assert.True(client.Target.IsEstablished);
        client.Deliver(record);
        Assert.Single(client.Delivered);
    }

    [Fact]
    public void Nothing_in_the_clear_touches_an_established_connection()
    {
        var client = Connected();
        foreach (var type in new byte[] { 0, 20, 21, 22, 23, 24, 25, 26, 99, 255 })
        {
            foreach (byte[] content in new byte[][] { [], [1], [2, 40], [1, 0], [2, 0], new byte[12], new byte[60] })
            {
                client.Deliver(RoguePeer.Plain((ContentType)type, content));
                Assert.Equal(RecordOutcome.Unprotected, client.Outcomes.Last(outcome => outcome != RecordOutcome.Version));
            }
        }

        Assert.Empty(client.Delivered);
        Talks(client);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(65535)]
    public void There_is_no_epoch_but_0_and_1(int epoch)
    {
        var client = Connected();
        client.Deliver(RoguePeer.Plain(ContentType.ApplicationData, new byte[40], 1, (ushort)epoch));
        Assert.Equal(RecordOutcome.Epoch, client.Outcomes[^1]);
        Assert.Equal(0, client.Target.FailedOpens);
        Talks(client);
    }

    [Theory]
    [InlineData(0xFEFF)]
    [InlineData(0x0303)]
    [InlineData(0xFEFC)]
    public void A_record_of_another_version_is_dropped(int version)
    {
        var client = Connected();
        client.Deliver(RoguePeer.Plain(ContentType.ApplicationData, new byte[40], 1, 1, (ushort)version));
        Assert.Equal(RecordOutcome.Version, client.Outcomes[^1]);
        Talks(client);
    }

    [Fact]
    public void A_fragment_shorter_than_nonce_and_tag_is_a_bad_tag()
    {
        var client = Connected();
        for (var length = 0; length < 17; length++)
        {
            client.Deliver(RoguePeer.Plain(ContentType.ApplicationData, new byte[length], 5, epoch: 1));
            Assert.Equal(RecordOutcome.BadTag, client.Outcomes[^1]);
        }

        Talks(client);
    }

    [Theory]
    [InlineData(16_384, true)]
    [InlineData(16_385, false)]
    public void Content_of_more_than_16_KiB_is_dropped_although_it_is_authentic(int length, bool delivered)
    {
        // RFC 6347 §4.1; RFC 8449 §4: beyond what we told we take.
        var client = Connected();
        client.SendRecord(ContentType.ApplicationData, new byte[length], isProtected: true);
        Assert.Equal(delivered ? RecordOutcome.ApplicationData : RecordOutcome.Truncated, client.Outcomes[^1]);
        Assert.Equal(delivered ? 1 : 0, client.Delivered.Count);
        Assert.Equal(0, client.Target.FailedOpens);
        Talks(client);
    }

    [Fact]
    public void A_bad_record_spoils_neither_those_before_nor_those_after_it()
    {
        var client = Connected();
        var one = client.Seal(ContentType.ApplicationData, "1"u8, true);
        var two = client.Seal(ContentType.ApplicationData, "2"u8, true);
        var garbage = RoguePeer.Plain(ContentType.ApplicationData, new byte[30], 77, epoch: 1);
        client.Deliver([.. one, .. garbage, .. two, .. garbage[..20]]);
        Assert.Equal(["1", "2"], client.Delivered.Select(Encoding.UTF8.GetString));
        Assert.Equal([RecordOutcome.ApplicationData, RecordOutcome.BadTag, RecordOutcome.ApplicationData, RecordOutcome.Truncated], client.Outcomes[^4..]);
    }

    [Fact]
    public void A_record_never_spans_datagrams()
    {
        var client = Connected();
        var record = client.Seal(ContentType.ApplicationData, "one"u8, true);
        client.Deliver(record[..20]);
        client.Deliver(record[20..]);
        Assert.Equal([RecordOutcome.Truncated, RecordOutcome.Truncated], client.Outcomes[^2..]);
        client.Deliver(record);
        Assert.Single(client.Delivered);
    }

    [Fact]
    public void One_honest_record_among_fifty_that_are_none_is_delivered_and_the_others_get_no_answer()
    {
        // ATTACKS B10, B20; REQUIREMENTS 1.26: not even an alert.
        var client = Connected();
        var sent = client.Datagrams.Count;
        var datagram = new List<byte>();
        for (var number = 0; number < 50; number++)
        {
            datagram.AddRange(RoguePeer.Plain((ContentType)(20 + (number % 7)), new byte[20 + (number % 3)], (ulong)(9000 + number), (ushort)(number % 3)));
            datagram.AddRange(number == 25 ? client.Seal(ContentType.ApplicationData, "honest"u8, true) : []);
        }

        client.Deliver([.. datagram]);
        Assert.Equal("honest", Encoding.UTF8.GetString(Assert.Single(client.Delivered)));
        Assert.Equal(sent, client.Datagrams.Count);
        Talks(client);
    }

    [Fact]
    public void A_record_that_is_shorter_or_longer_than_its_tag_allows_is_a_bad_tag()
    {
        var client = Connected();
        var record = client.Seal(ContentType.ApplicationData, "12345678"u8, true);
        for (var length = RecordHeader.Length; length < record.Length + 20; length++)
        {
            if (length != record.Length)
            {
                byte[] other = [.. record[..Math.Min(length, record.Length)], .. new byte[Math.Max(0, length - record.Length)]];
                other[11] = (byte)((length - RecordHeader.Length) >> 8);
                other[12] = (byte)(length - RecordHeader.Length);
                client.Deliver(other);
                Assert.Equal(RecordOutcome.BadTag, client.Outcomes[^1]);
            }
        }

        client.Deliver(record);
        Assert.Single(client.Delivered);
    }

    [Fact]
    public void After_2_to_the_24_forgeries_the_connection_ends()
    {
        // DESIGN D-5. Too short to be opened, so cheap to make; they count like any others.
        var client = Connected();
        var forged = RoguePeer.Plain(ContentType.ApplicationData, new byte[8], 1UL << 40, epoch: 1);
        for (var number = 1; number < 1 << 24; number++)
        {
            var rest = forged.AsSpan();
            client.Target.HandleRecord(client.Now, ref rest, out _);
        }

        Talks(client);
        client.Deliver(forged);
        Assert.Equal(CloseReason.Forgeries, Assert.IsType<DtlsEvent.Closed>(client.Events[^1]).Reason);
        Assert.True(client.Target.IsClosed);
    }

    [Fact]
    public void Empty_records_have_no_effect()
    {
        var client = Connected();
        foreach (var type in new[] { ContentType.ChangeCipherSpec, ContentType.Alert, ContentType.Handshake })
        {
            client.SendRecord(type, [], isProtected: true);
        }

        client.SendRecord(ContentType.ApplicationData, [], isProtected: true);
        Assert.Empty(Assert.Single(client.Delivered));
        Talks(client);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(24)]
    [InlineData(26)]
    [InlineData(99)]
    public void An_authentic_record_of_an_unknown_type_is_dropped(byte type)
    {
        var client = Connected();
        var before = client.Datagrams.Count;
        client.SendRecord((ContentType)type, [1, 0xFF, 0xFF], isProtected: true);
        Assert.Equal(RecordOutcome.ContentType, client.Outcomes[^1]);
        Assert.Equal(before, client.Datagrams.Count);
        Talks(client);
    }

    [Fact]
    public void The_explicit_nonce_need_not_be_the_sequence_number()
    {
        var client = Connected();
        for (ulong sequence = 50; sequence < 53; sequence++)
        {
            // Sealed under one explicit nonce, sent as records of different numbers: the tag covers the header's number.
            client.Deliver(client.SealUnderNonce(sequence, 7, "data"u8));
        }

        Assert.Equal(3, client.Delivered.Count);
    }

    [Fact]
    public void The_connection_ends_before_its_numbers_repeat()
    {
        var pair = DtlsPair.Connected();
        var layer = (RecordLayer)typeof(DtlsConnection)
            .GetField("_records", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(pair.Client)!;
        layer.SkipProtectedSequenceTo(RecordLayer.MaximumSequence - 1);
        var buffer = new byte[100];
        Assert.True(pair.Client.TrySeal("last"u8, buffer, out _));
        Assert.False(pair.Client.TrySeal("never"u8, buffer, out var length));
        Assert.Equal(0, length);
        Assert.True(pair.Client.IsClosed);
        Assert.False(pair.Client.TryTakeTransmit(buffer, out _));
        Assert.True(pair.Client.TryTakeEvent(out var what));
        Assert.Equal(CloseReason.SequenceNumbers, Assert.IsType<DtlsEvent.Closed>(what).Reason);
    }

    [Fact]
    public void Records_before_their_keys_are_kept_within_a_cap()
    {
        var client = new RogueClient { HoldWork = true };
        client.Begin();
        client.RunWork();
        client.SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().SendChangeCipherSpec();
        client.SendFinished();
        Assert.Equal(RecordOutcome.HeldBack, client.Outcomes[^1]);
        client.SendRecord(ContentType.ApplicationData, "early"u8, isProtected: true);
        for (var index = 0; index < 2000; index++)
        {
            client.Deliver(RoguePeer.Plain(ContentType.ApplicationData, new byte[40], (ulong)index, epoch: 1));
        }

        Assert.Equal(RecordOutcome.Epoch, client.Outcomes[^1]);
        client.HoldWork = false;
        client.RunWork();
        client.Drain();
        Assert.True(client.Target.IsEstablished);
        Assert.InRange(client.Target.FailedOpens, 1, 40);
        Assert.Empty(client.Delivered);
        Talks(client);
    }

    [Fact]
    public void A_ClientHello_within_the_connection_starts_nothing()
    {
        var client = Connected();
        var before = client.Datagrams.Count;
        for (var index = 0; index < 1000; index++)
        {
            client.SendRecord(ContentType.Handshake, RoguePeer.Fragment(HandshakeType.ClientHello, 6, 60, 0, new byte[60]), isProtected: true);
        }

        Assert.Equal(RecordOutcome.Renegotiation, client.Outcomes[^1]);
        Assert.Equal(before, client.Datagrams.Count);
        Talks(client);
    }

    [Fact]
    public void The_largest_application_data_fills_the_datagram()
    {
        var client = Connected();
        var buffer = new byte[1232];
        Assert.Equal(1232 - 29, client.Target.MaximumApplicationData);
        Assert.True(client.Target.TrySeal(new byte[1203], buffer, out var length));
        Assert.Equal(1232, length);
        Assert.False(client.Target.TrySeal(new byte[1204], new byte[2000], out _));
    }

    [Fact]
    public void A_repeated_Finished_brings_the_last_flight_back_for_240_seconds()
    {
        var client = Connected();
        var finished = client.Schedule!;
        Assert.NotNull(finished);
        client.Advance(TimeSpan.FromSeconds(1));
        Talks(client);
        var before = client.Datagrams.Count;
        Repeat();
        Assert.Equal(before + 1, client.Datagrams.Count);
        Assert.Equal(2, client.ChangeCipherSpecs);
        Repeat();
        Assert.Equal(before + 1, client.Datagrams.Count);
        client.Advance(TimeSpan.FromSeconds(240));
        Repeat();
        Assert.Equal(before + 1, client.Datagrams.Count);
        Talks(client);

        void Repeat() => client.SendRecord(
            ContentType.Handshake, RoguePeer.Fragment(HandshakeType.Finished, 5, 12, 0, new byte[12]), isProtected: true);
    }
}
