using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls;

/// <summary>RFC 9146: negotiation and records. What an address change does is the gateway's matter.</summary>
public sealed class ConnectionIdTests
{
    private static readonly byte[] OfClient = [0xC1, 0xC2];
    private static readonly byte[] OfServer = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData(2, 8)]
    [InlineData(0, 8)]
    [InlineData(2, 0)]
    [InlineData(0, 0)]
    [InlineData(255, 20)]
    public void Each_side_puts_in_what_the_other_wants(int clientLength, int serverLength)
    {
        var pair = Connect(new byte[clientLength], new byte[serverLength]);
        Assert.Equal(serverLength, pair.ServerConnection!.ConnectionId.Length);
        Assert.Equal(clientLength, pair.Client.ConnectionId.Length);
        AssertTalk(pair);
        Assert.Equal(serverLength > 0 ? 25 : 23, Sealed(pair.Client)[0]);
        Assert.Equal(clientLength > 0 ? 25 : 23, Sealed(pair.ServerConnection)[0]);
    }

    [Fact]
    public void A_server_without_Connection_IDs_does_not_answer_the_offer()
    {
        var pair = Connect(OfClient, null);
        Assert.True(pair.ServerConnection!.ConnectionId.IsEmpty);
        Assert.True(pair.Client.ConnectionId.IsEmpty);
        AssertTalk(pair);
    }

    [Fact]
    public void A_client_that_offers_none_gets_none()
    {
        var pair = Connect(null, OfServer);
        Assert.True(pair.ServerConnection!.ConnectionId.IsEmpty);
        AssertTalk(pair);
    }

    [Fact]
    public void The_header_holds_the_Connection_ID_before_the_length()
    {
        // RFC 9146 §4, Figure 3; the Finished was record 0 of epoch 1.
        var record = Sealed(Connect(OfClient, OfServer).Client, "hello");
        Assert.Equal("19FEFD0001000000000001" + "0102030405060708" + "0016", Convert.ToHexString(record, 0, 21));
        Assert.Equal(21 + 8 + 5 + 1 + 8, record.Length);
    }

    [Fact]
    public void The_additional_data_is_that_of_the_RFC()
    {
        // RFC 9146 §5.3, by hand.
        var header = new RecordHeader(ContentType.Tls12Cid, 0xFEFD, 1, 0x0A0B0C0D0E0F, 99, 2);
        var bytes = new byte[AdditionalData.MaximumLength];
        var length = AdditionalData.Write(header, [0xAA, 0xBB], 0x1234, bytes);
        Assert.Equal("FFFFFFFFFFFFFFFF" + "19" + "02" + "19" + "FEFD" + "0001" + "0A0B0C0D0E0F" + "AABB" + "1234", Convert.ToHexString(bytes, 0, length));
    }

    [Theory]
    [InlineData("6869" + "17", 23, "6869")]
    [InlineData("6869" + "17" + "000000", 23, "6869")]
    [InlineData("17", 23, "")]
    [InlineData("00" + "15", 21, "00")]
    [InlineData("", null, "")]
    [InlineData("0000", null, "")]
    [InlineData("6869" + "19", null, "")]
    [InlineData("01" + "14" + "00", null, "")]
    public void Padding_and_type_are_taken_off_the_inner_plaintext(string inner, int? type, string content)
    {
        Span<byte> text = Convert.FromHexString(inner);
        Assert.Equal(type is not null, InnerPlaintext.TryRead(ref text, out var real));
        if (type is not null)
        {
            Assert.Equal(type, (int)real);
            Assert.Equal(content, Convert.ToHexString(text));
        }
    }

    [Fact]
    public void Another_Connection_ID_is_dropped_and_costs_no_decryption()
    {
        var pair = Connect(OfClient, OfServer);
        var record = Sealed(pair.Client);
        record[RecordHeader.ConnectionIdOffset]++;
        Assert.Equal(RecordOutcome.ConnectionId, Receive(pair, record));
        Assert.Equal(0, pair.ServerConnection!.FailedOpens);
        AssertTalk(pair);
    }

    [Fact]
    public void A_record_of_a_classic_type_is_dropped_where_a_Connection_ID_was_negotiated()
    {
        var pair = Connect(OfClient, OfServer);
        var record = Sealed(pair.Client);
        byte[] classic = [23, .. record[1..11], .. record[19..]];
        Assert.Equal(RecordOutcome.ConnectionId, Receive(pair, classic));
        AssertTalk(pair);
    }

    [Fact]
    public void A_record_with_a_Connection_ID_is_dropped_where_none_was_negotiated()
    {
        var pair = Connect(null, null);
        var record = Sealed(pair.Client);
        byte[] withId = [25, .. record[1..]];
        Assert.Equal(RecordOutcome.ConnectionId, Receive(pair, withId));
        AssertTalk(pair);
    }

    [Fact]
    public void Every_bit_of_a_record_counts()
    {
        var pair = Connect(OfClient, OfServer);
        var record = Sealed(pair.Client);
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var flipped = record.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(RecordOutcome.ApplicationData, Receive(pair, flipped));
        }

        Assert.Equal(RecordOutcome.ApplicationData, Receive(pair, record));
    }

    [Fact]
    public void Only_a_record_newer_than_all_before_it_is_the_newest()
    {
        var pair = Connect(OfClient, OfServer);
        var records = Enumerable.Range(0, 3).Select(_ => Sealed(pair.Client)).ToArray();
        foreach (var (index, newest) in new[] { (1, true), (0, false), (2, true) })
        {
            Assert.Equal(RecordOutcome.ApplicationData, Receive(pair, records[index]));
            Assert.Equal(newest, pair.ServerConnection!.LastRecordWasNewest);
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Paths_are_checked_only_when_both_want_it_and_with_Connection_IDs(bool offered, bool withIds)
    {
        // RFC 9853 §3, §4.
        var pair = new DtlsPair(
            1, client: DtlsPair.DefaultClient with { OffersReturnRoutability = offered },
            clientConnectionId: withIds ? OfClient : null, serverConnectionId: withIds ? OfServer : null);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        Assert.Equal(offered && withIds, pair.ServerConnection!.ReturnRoutability);
        Assert.Equal(offered && withIds, pair.Client.ReturnRoutability);

        var buffer = new byte[128];
        Assert.True(pair.ServerConnection.TrySealPathChallenge(0x0123456789ABCDEF, buffer, out var length));
        var rest = buffer.AsSpan(0, length);
        Assert.Equal(offered && withIds ? RecordOutcome.ReturnRoutability : RecordOutcome.ContentType, pair.Client.HandleRecord(pair.Now, ref rest, out _));
        Assert.Equal(offered && withIds, pair.Client.TryTakeTransmit(buffer, out length));
        if (length > 0)
        {
            rest = buffer.AsSpan(0, length);
            Assert.Equal(RecordOutcome.ReturnRoutability, pair.ServerConnection.HandleRecord(pair.Now, ref rest, out _));
            Assert.Equal(0x0123456789ABCDEFUL, pair.ServerConnection.PathResponse);
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("000102030405060708FF")]
    [InlineData("030102030405060708")]
    [InlineData("020102030405060708")]
    [InlineData("FF0102030405060708")]
    public void A_path_message_of_another_type_or_length_is_passed_over(string content)
    {
        // RFC 9853 §4.2.
        var pair = new DtlsPair(
            1, client: DtlsPair.DefaultClient with { OffersReturnRoutability = true }, clientConnectionId: OfClient, serverConnectionId: OfServer);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        var buffer = new byte[128];
        var rest = buffer.AsSpan(0, pair.Client.Records.Write(true, ContentType.ReturnRoutabilityCheck, Convert.FromHexString(content), buffer));
        Assert.Contains(pair.ServerConnection!.HandleRecord(pair.Now, ref rest, out _), new[] { RecordOutcome.ReturnRoutability, RecordOutcome.ContentType });
        Assert.False(pair.ServerConnection.TryTakeTransmit(buffer, out _));
        Assert.Null(pair.ServerConnection.PathResponse);
        AssertTalk(pair);
    }

    [Theory]
    [InlineData(16_383, RecordOutcome.ApplicationData)]
    [InlineData(16_384, RecordOutcome.Truncated)]
    public void The_inner_plaintext_with_its_type_has_16_KiB_at_most(int length, RecordOutcome outcome)
    {
        var pair = Connect(OfClient, OfServer);
        var buffer = new byte[20_000];
        Assert.Equal(outcome, Receive(pair, buffer[..pair.Client.Records.Write(true, ContentType.ApplicationData, new byte[length], buffer)]));
        AssertTalk(pair);
    }

    [Theory]
    [InlineData(255, 1232)]
    [InlineData(255, 256)]
    [InlineData(200, 256)]
    [InlineData(100, 256)]
    public void A_long_Connection_ID_leaves_room_for_a_Finished_or_is_not_used(int length, int datagram)
    {
        // RFC 9146 §3 leaves it to the server; together with the smallest records and datagrams.
        var hello = new HelloBuilder().With(54, [(byte)length, .. new byte[length]]).With(28, 0, 64);
        var client = new RogueClient(DtlsPair.DefaultServer with { MaximumDatagram = datagram }) { Hello = hello, ConnectionId = [7, 7, 7, 7] }.Begin();
        client.Records.SendConnectionId = client.Target.ConnectionId.ToArray();
        client.Records.ReceiveConnectionId = client.Target.ConnectionId.IsEmpty ? [] : new byte[length];
        client.Finish();
        Assert.True(client.Target.IsEstablished);
        Assert.Equal(2, client.Heard.Count(message => message.Type is HandshakeType.ServerHelloDone or HandshakeType.Finished));
        Assert.True(client.Target.MaximumApplicationData > 0);
    }

    [Fact]
    public void Closing_goes_through_the_Connection_ID_too()
    {
        var pair = Connect(OfClient, OfServer);
        pair.Client.Close();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(pair.ServerConnection!.IsClosed);
    }

    [Theory]
    [InlineData(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8)]
    [InlineData(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm)]
    [InlineData(DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256)]
    public void Every_suite_works_with_and_without(DtlsCipherSuite suite)
    {
        foreach (var connectionId in new[] { OfServer, null })
        {
            var pair = new DtlsPair(
                1, DtlsPair.DefaultServer with { CipherSuites = [suite] }, DtlsPair.DefaultClient with { CipherSuites = [suite] }, OfClient, connectionId);
            pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
            AssertTalk(pair);
            var forged = Sealed(pair.Client);
            forged[^1]++;
            Assert.Equal(RecordOutcome.BadTag, Receive(pair, forged));
        }
    }

    [Fact]
    public void The_servers_order_of_suites_decides()
    {
        DtlsCipherSuite[] ours = [DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256, DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8];
        var pair = new DtlsPair(1, DtlsPair.DefaultServer with { CipherSuites = ours }, DtlsPair.DefaultClient with { CipherSuites = [.. ours.Reverse()] });
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        Assert.Equal(13 + 8 + 1 + 16, Sealed(pair.Client).Length);
    }

    private static DtlsPair Connect(byte[]? ofClient, byte[]? ofServer)
    {
        var pair = new DtlsPair(1, clientConnectionId: ofClient, serverConnectionId: ofServer);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        Assert.True(pair.IsConnected);
        return pair;
    }

    private static byte[] Sealed(DtlsConnection connection, string text = "x")
    {
        var buffer = new byte[2048];
        Assert.True(connection.TrySeal(Encoding.ASCII.GetBytes(text), buffer, out var length));
        return buffer[..length];
    }

    private static RecordOutcome Receive(DtlsPair pair, byte[] record)
    {
        var rest = record.ToArray().AsSpan();
        return pair.ServerConnection!.HandleRecord(pair.Now, ref rest, out _);
    }

    private static void AssertTalk(DtlsPair pair)
    {
        var before = pair.ReceivedByServer.Count;
        pair.SendToServer("ping");
        pair.Transmit(false, Sealed(pair.ServerConnection!, "pong"));
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(before + 1, pair.ReceivedByServer.Count);
        Assert.Equal("pong", Encoding.ASCII.GetString(pair.ReceivedByClient[^1]));
    }
}
