using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls;

/// <summary>An established connection goes on after it was written and read.</summary>
public class SavingTests
{
    public static TheoryData<DtlsCipherSuite, bool> Suites => new()
    {
        { DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, false },
        { DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, true },
        { DtlsCipherSuite.EcdheEcdsaWithAes128Ccm, true },
        { DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256, true },
    };

    [Theory]
    [MemberData(nameof(Suites))]
    public void Both_directions_go_on_where_they_were(DtlsCipherSuite suite, bool withConnectionIds)
    {
        var pair = Connect(suite, withConnectionIds);
        pair.SendToServer("before");
        pair.RunFor(TimeSpan.FromSeconds(1));
        var saved = Save(pair.ServerConnection!, pair.Now);
        var server = Load(pair, saved)!;

        Assert.True(server.IsEstablished);
        Assert.Equal((pair.Now - server.LastReceived).TotalMilliseconds, DtlsConnection.SavedSilence(saved).TotalMilliseconds);
        Assert.InRange(DtlsConnection.SavedSilence(saved).TotalSeconds, 0.5, 1);
        Assert.Equal(suite, server.CipherSuite);
        Assert.True(server.ExtendedMasterSecret);
        Assert.Equal(pair.ServerConnection!.ReturnRoutability, server.ReturnRoutability);
        Assert.Equal(pair.ServerConnection!.ConnectionId, server.ConnectionId);
        Assert.Equal(pair.ServerConnection.MaximumApplicationData, server.MaximumApplicationData);
        Assert.Equal(RecordOutcome.ApplicationData, Handle(server, pair.Now, Seal(pair.Client, "after"), out var text));
        Assert.Equal("after", text);

        // Sealed by one that stood still, these two would have the same number.
        var first = Seal(server, "answer");
        Assert.Equal(RecordOutcome.ApplicationData, Handle(pair.Client, pair.Now, first, out text));
        Assert.Equal("answer", text);
        var again = Load(pair, Save(server, pair.Now))!;
        Assert.Equal(RecordOutcome.ApplicationData, Handle(pair.Client, pair.Now, Seal(again, "answer"), out _));
    }

    [Fact]
    public void What_was_received_before_is_a_replay_after()
    {
        var pair = Connect(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, true);
        var records = Enumerable.Range(0, 70).Select(number => Seal(pair.Client, $"{number}")).ToList();
        foreach (var number in Enumerable.Range(0, 70).Where(number => number % 3 != 0))
        {
            Assert.Equal(RecordOutcome.ApplicationData, Handle(pair.ServerConnection!, pair.Now, records[number].ToArray(), out _));
        }

        var server = Load(pair, Save(pair.ServerConnection!, pair.Now))!;
        for (var number = 0; number < 70; number++)
        {
            var isNew = number % 3 == 0 && number >= 70 - 65;
            Assert.Equal(isNew ? RecordOutcome.ApplicationData : RecordOutcome.Replayed, Handle(server, pair.Now, records[number], out _));
        }
    }

    [Fact]
    public void Silence_counts_on()
    {
        var pair = Connect(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, false);
        pair.RunFor(TimeSpan.FromHours(1));
        var silence = pair.Now - pair.ServerConnection!.LastReceived;
        var bytes = Save(pair.ServerConnection, pair.Now);
        var reader = new WireReader(bytes);
        var other = new Instant(5);
        var server = DtlsConnection.Load(DtlsPair.DefaultServer, other, ref reader)!;
        Assert.Equal(silence.TotalSeconds, (other - server.LastReceived).TotalSeconds, 0.01);
        Assert.Equal(server.LastReceived + DtlsPair.DefaultServer.IdleTimeout, server.NextDeadline);
    }

    [Fact]
    public void Reading_and_writing_loses_nothing()
    {
        // The session among it: an authentic fatal alert ends that too (RFC 5246 §7.2.2).
        var resumed = Sessions.Resumption.Save(clientConnectionId: [1, 2], serverConnectionId: [3, 4, 5, 6]).Connect(clientConnectionId: [1, 2], serverConnectionId: [3, 4, 5, 6]);
        resumed.RunFor(TimeSpan.FromMinutes(5));
        Assert.True(resumed.ServerConnection!.IsAtRest);
        var bytes = Save(resumed.ServerConnection, resumed.Now);
        Assert.True(bytes.Length > 32 + 40);
        Assert.Equal(bytes, Save(Load(resumed, bytes)!, resumed.Now));
    }

    [Fact]
    public void Every_strict_prefix_is_refused()
    {
        var pair = Connect(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, true);
        var bytes = Save(pair.ServerConnection!, pair.Now);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(Load(pair, bytes[..length]));
        }
    }

    [Fact]
    public void A_handshake_and_an_end_are_not_saved()
    {
        var pair = new DtlsPair();
        Assert.Throws<InvalidOperationException>(() => Save(pair.Client, pair.Now));
        pair = DtlsPair.Connected();
        pair.Client.Close();
        Assert.Throws<InvalidOperationException>(() => Save(pair.Client, pair.Now));
    }

    private static DtlsPair Connect(DtlsCipherSuite suite, bool withConnectionIds)
    {
        var pair = new DtlsPair(
            3, DtlsPair.DefaultServer with { CipherSuites = [suite] }, DtlsPair.DefaultClient with { CipherSuites = [suite], OffersReturnRoutability = suite != DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8 },
            withConnectionIds ? [1, 2, 3] : null, withConnectionIds ? [4, 5, 6, 7] : null);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(30));
        Assert.True(pair.IsConnected);
        return pair;
    }

    private static byte[] Save(DtlsConnection connection, Instant now)
    {
        var writer = new WireWriter(new byte[640]);
        connection.Save(now, ref writer);
        Assert.False(writer.Failed);
        return writer.Written.ToArray();
    }

    private static DtlsConnection? Load(DtlsPair pair, byte[] bytes)
    {
        var reader = new WireReader(bytes);
        var connection = DtlsConnection.Load(DtlsPair.DefaultServer, pair.Now, ref reader);
        Assert.True(connection is null || reader.AtEnd);
        return connection;
    }

    private static byte[] Seal(DtlsConnection connection, string text)
    {
        var buffer = new byte[2048];
        Assert.True(connection.TrySeal(System.Text.Encoding.UTF8.GetBytes(text), buffer, out var length));
        return buffer[..length];
    }

    private static RecordOutcome Handle(DtlsConnection connection, Instant now, byte[] record, out string text)
    {
        var rest = record.AsSpan();
        var outcome = connection.HandleRecord(now, ref rest, out var data);
        text = System.Text.Encoding.UTF8.GetString(data);
        return outcome;
    }
}
