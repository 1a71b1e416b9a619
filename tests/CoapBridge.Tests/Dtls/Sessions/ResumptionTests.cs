using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Tests.Dtls.Sessions;

/// <summary>Resumption by session id, both ends ours: RFC 5246 §7.3, §F.1.4; DESIGN D-14, D-17.</summary>
public sealed class ResumptionTests
{
    [Fact]
    public void A_session_is_resumed_without_certificates_and_carries_data()
    {
        var session = Resumption.Save();
        var pair = session.Pair();
        var bytes = 0;
        var network = pair.Network;
        pair.Network = (toServer, datagram) =>
        {
            bytes += datagram.Length;
            return network(toServer, datagram);
        };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));

        Assert.True(pair.IsConnected);
        Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed);
        Assert.True(Resumption.Completed(pair.ClientEvents).IsResumed);
        Assert.Null(Resumption.Completed(pair.ServerEvents).Session);
        Assert.True(Resumption.Completed(pair.ServerEvents).ExtendedMasterSecret);
        Assert.Equal("peer", Resumption.Completed(pair.ServerEvents).Peer.Identity);

        // Hello, cookie, hello, flight 2, flight 3.
        Assert.Equal(5, pair.Sent);
        Assert.InRange(bytes, 1, 700);
        pair.SendToServer("hello");
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("hello", Encoding.UTF8.GetString(Assert.Single(pair.ReceivedByServer)));
    }

    [Fact]
    public void A_session_may_be_resumed_again_and_again_with_new_keys_each_time()
    {
        var session = Resumption.Save();
        var records = new HashSet<string>();
        for (var time = 0; time < 5; time++)
        {
            var pair = session.Pair(seed: 10 + time);
            pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
            Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed);

            // RFC 5246 §F.1.4: the same plaintext under the same number is another record.
            var buffer = new byte[100];
            Assert.True(pair.Client.TrySeal("same"u8, buffer, out var length));
            Assert.True(records.Add(Convert.ToHexString(buffer[..length])));
        }
    }

    [Fact]
    public void Both_ends_tell_the_same_secret_when_they_are_asked_to()
    {
        var session = Resumption.Save();
        var pair = session.Connect(Resumption.Server with { TellsSecrets = true }, DtlsPair.DefaultClient with { TellsSecrets = true });
        var line = Assert.Single(pair.ServerEvents.OfType<DtlsEvent.SecretDerived>());
        Assert.Equal(line, Assert.Single(pair.ClientEvents.OfType<DtlsEvent.SecretDerived>()));
    }

    [Fact]
    public void Session_ids_are_32_bytes_and_never_the_same()
    {
        var ids = Enumerable.Range(1, 50).Select(seed =>
        {
            var pair = new DtlsPair(seed, Resumption.Server);
            pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
            return Resumption.Completed(pair.ServerEvents).Session!.Id;
        }).ToList();
        Assert.Equal(50, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(32, id.ToArray().Length));
    }

    [Fact]
    public void A_session_that_is_not_there_leads_to_a_full_handshake_and_a_new_session()
    {
        var session = Resumption.Save();
        var pair = session.Pair();
        pair.Sessions.Clear();
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        var completed = Resumption.Completed(pair.ServerEvents);
        Assert.False(completed.IsResumed);
        Assert.NotEqual(session.OfServer.Id, completed.Session!.Id);
        Assert.Equal(completed.Session.Id, Resumption.Completed(pair.ClientEvents).Session!.Id);
    }

    [Fact]
    public void An_erased_session_is_not_there_on_either_side()
    {
        var session = Resumption.Save();
        session.OfServer.Erase();
        Assert.False(Resumption.Completed(session.Connect().ServerEvents).IsResumed);

        session = Resumption.Save();
        session.OfClient.Erase();
        Assert.False(Resumption.Completed(session.Connect().ServerEvents).IsResumed);
    }

    [Fact]
    public void A_server_that_keeps_no_sessions_gives_no_id_and_asks_for_none()
    {
        var pair = new DtlsPair(1);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        Assert.Null(Resumption.Completed(pair.ServerEvents).Session);
        Assert.Null(Resumption.Completed(pair.ClientEvents).Session);
        Assert.False(Resumption.Completed(Resumption.Save().Connect(DtlsPair.DefaultServer).ServerEvents).IsResumed);
    }

    [Fact]
    public void A_driver_without_sessions_runs_a_look_up_like_any_work()
    {
        var session = Resumption.Save();
        var client = new Rogue.RogueClient(Resumption.Server) { Hello = new() { SessionId = session.OfServer.Id.ToArray() }, HoldWork = true };
        client.Begin();
        var lookup = Assert.IsType<SessionLookup>(Assert.Single(client.Work));
        client.Work.Clear();
        client.Target.HandleWork(client.Now, lookup.Run(DateTimeOffset.UtcNow));
        client.HoldWork = false;
        client.Drain();
        Assert.True(client.Finish().Target.IsEstablished);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 8)]
    [InlineData(null, 8)]
    [InlineData(3, null)]
    public void Connection_IDs_are_negotiated_afresh(int? ofClient, int? ofServer)
    {
        // ATTACKS G16; RFC 9146 §3.
        var session = Resumption.Save(clientConnectionId: [1, 1], serverConnectionId: [2, 2, 2, 2]);
        var (mine, yours) = (ofClient is { } length ? new byte[length] : null, ofServer is { } other ? new byte[other] : null);
        var pair = session.Connect(clientConnectionId: mine, serverConnectionId: yours);
        Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed);
        var both = mine is not null && yours is not null;
        Assert.Equal(both ? yours : [], pair.ServerConnection!.ConnectionId.ToArray());
        Assert.Equal(both ? mine : [], pair.Client.ConnectionId.ToArray());
        pair.SendToServer("x");
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(pair.ReceivedByServer);
    }

    [Fact]
    public void A_device_that_is_not_welcome_any_more_is_told_so_by_a_full_handshake()
    {
        // DESIGN D-14.
        var session = Resumption.Save();
        var expired = PeerVerdict.Refuse(AlertDescription.CertificateExpired, "expired", null, "CN=peer", "CN=peer");
        var pair = session.Pair(Resumption.Server with { Verifier = new TestVerifier { Refusal = expired } });
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(session.OfServer.Id, Assert.IsType<DtlsEvent.SessionInvalidated>(pair.ServerEvents[0]).Id);
        Assert.Equal("expired", Assert.IsType<DtlsEvent.HandshakeFailed>(pair.ServerEvents[1]).Reason);
        Assert.Equal(AlertDescription.CertificateExpired, Assert.IsType<DtlsEvent.HandshakeFailed>(Assert.Single(pair.ClientEvents)).Alert);
    }

    [Fact]
    public void The_verdict_of_today_is_the_one_that_counts()
    {
        var session = Resumption.Save();
        var renamed = PeerVerdict.Accept(TestVerifier.PointOf(DtlsPair.ClientIdentity.Chain[0])!, "renamed", "CN=x", "CN=x");
        var pair = session.Connect(Resumption.Server with { Verifier = new TestVerifier { Refusal = renamed } });
        Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed);
        Assert.Equal("renamed", Resumption.Completed(pair.ServerEvents).Peer.Identity);
    }

    [Fact]
    public void Slow_answers_and_slow_verdicts_keep_the_client_waiting_and_no_more()
    {
        var session = Resumption.Save();
        var pair = session.Pair();
        pair.WorkTime = () => TimeSpan.FromSeconds(3);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(30));
        Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed);
    }

    [Fact]
    public void A_fatal_alert_ends_the_session_of_its_connection()
    {
        // RFC 5246 §7.2.2: full and resumed connections alike; a close_notify leaves it alone.
        var session = Resumption.Save();
        var pair = session.Connect();
        pair.Client.Close();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, pair.ServerEvents.Count);
        Assert.IsType<DtlsEvent.Closed>(pair.ServerEvents[1]);

        var client = new Rogue.RogueClient(Resumption.Server).Handshake();
        var kept = Resumption.Completed(client.Events).Session!;
        client.SendRecord(CoapBridge.Dtls.Records.ContentType.Alert, [2, 80], isProtected: true);
        Assert.Equal(kept.Id, Assert.IsType<DtlsEvent.SessionInvalidated>(client.Events[1]).Id);
        Assert.IsType<DtlsEvent.Closed>(client.Events[2]);
    }
}
