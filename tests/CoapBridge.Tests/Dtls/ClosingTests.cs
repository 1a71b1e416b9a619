using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls;

/// <summary>How an established connection ends, and what does not end it (RFC 5246 §7.2).</summary>
public sealed class ClosingTests
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
    public void A_close_notify_is_answered_and_nothing_comes_after_it()
    {
        var client = Connected();
        var late = client.Seal(ContentType.ApplicationData, "late"u8, true);
        client.SendRecord(ContentType.Alert, [1, 0], isProtected: true);
        Assert.Equal(Alert.Warning(AlertDescription.CloseNotify), Assert.Single(client.Alerts));
        Assert.Equal(CloseReason.CloseNotify, Assert.IsType<DtlsEvent.Closed>(client.Events[^1]).Reason);
        client.Deliver(late);
        Assert.Equal(RecordOutcome.AfterClose, client.Outcomes[^1]);
        Assert.Empty(client.Delivered);
        Assert.False(client.Target.TrySeal("x"u8, new byte[100], out _));
    }

    [Fact]
    public void A_fatal_alert_of_the_peer_ends_the_connection_in_silence()
    {
        var client = Connected();
        client.SendRecord(ContentType.Alert, [2, 80], isProtected: true);
        Assert.Empty(client.Alerts);
        var closed = Assert.IsType<DtlsEvent.Closed>(client.Events[^1]);
        Assert.Equal(CloseReason.PeerAlert, closed.Reason);
        Assert.Equal(AlertDescription.InternalError, closed.Alert);
    }

    [Theory]
    [InlineData("0100FF", RecordOutcome.AlertDiscarded)]
    [InlineData("00", RecordOutcome.AlertDiscarded)]
    [InlineData("0000", RecordOutcome.AlertDiscarded)]
    [InlineData("0328", RecordOutcome.AlertDiscarded)]
    [InlineData("015A", RecordOutcome.Alert)]
    [InlineData("01C8", RecordOutcome.Alert)]
    public void Malformed_alerts_and_warnings_are_passed_over(string hex, RecordOutcome outcome)
    {
        var client = Connected();
        client.SendRecord(ContentType.Alert, Convert.FromHexString(hex), isProtected: true);
        Assert.Equal(outcome, client.Outcomes[^1]);
        Talks(client);
    }

    [Fact]
    public void We_close_with_close_notify_and_the_peer_hears_it()
    {
        var client = Connected();
        client.Target.Close();
        client.Drain();
        Assert.Equal(Alert.Warning(AlertDescription.CloseNotify), Assert.Single(client.Alerts));
        Assert.Equal(CloseReason.Local, Assert.IsType<DtlsEvent.Closed>(client.Events[^1]).Reason);
    }

    [Fact]
    public void A_silent_connection_is_closed_after_the_idle_time_and_a_talking_one_is_not()
    {
        var client = new RogueClient(DtlsPair.DefaultServer with { IdleTimeout = TimeSpan.FromMinutes(10) }).Handshake();
        for (var minute = 0; minute < 60; minute += 9)
        {
            client.Advance(TimeSpan.FromMinutes(9));
            Talks(client);
        }

        client.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(CloseReason.Idle, Assert.IsType<DtlsEvent.Closed>(client.Events[^1]).Reason);
        Assert.Single(client.Alerts);
    }
}
