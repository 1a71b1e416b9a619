using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Tests.Dtls;
using CoapBridge.Tests.Dtls.Sessions;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway.Sessions;

/// <summary>REQUIREMENTS 2.60, 2.62; ATTACKS G05.</summary>
public sealed class SessionStoreTests
{
    /// <summary>Each session here is of a time of its own.</summary>
    private static readonly TimeSpan Forever = TimeSpan.MaxValue / 4;

    private readonly Dictionary<SessionId, DtlsSession> _clientSessions = [];
    private int _seed;
    private Instant _now = new(1L << 50);
    private SessionStore _store = new(new());

    [Fact]
    public void What_was_kept_is_found_by_any_shard_and_the_answer_goes_to_who_asked()
    {
        var session = Keep("a");
        Assert.Equal((3, session), Find(3, session.Id));
        Assert.Equal((0, session), Find(0, session.Id));
        Assert.Equal((1, null), Find(1, new SessionId(new byte[32])));
        Assert.Equal((2, 1), (_store.Hits, _store.Misses));
        Assert.False(_store.TryTakeAnswer(out _, out _));
    }

    [Fact]
    public void What_must_be_forgotten_is_erased()
    {
        var session = Keep("a");
        _store.HandleMessage(_now, new SessionMessage.Forget(session.Id));
        _store.HandleMessage(_now, new SessionMessage.Forget(session.Id));
        Assert.True(session.IsErased);
        Assert.Null(Find(0, session.Id).Session);
        Assert.Equal(0, _store.Count);
        Assert.Null(_store.NextDeadline);
    }

    [Fact]
    public void A_session_lives_for_24_hours_however_often_it_is_used()
    {
        var session = Keep("a");
        var end = session.Created + TimeSpan.FromHours(24);
        Assert.Equal(end, _store.NextDeadline);
        _now = end - TimeSpan.FromTicks(1);
        _store.HandleTimeout(_now);
        Assert.NotNull(Find(0, session.Id).Session);
        _now = end;
        Assert.Null(Find(0, session.Id).Session);
        Assert.True(session.IsErased);
    }

    [Fact]
    public void A_device_has_so_many_sessions_and_no_more()
    {
        _store = new(new() { CapacityPerDevice = 2, Lifetime = Forever });
        var other = Keep("other");
        var (first, second) = (Keep("a"), Keep("a"));
        Find(0, first.Id);
        Keep("a");
        Assert.True(second.IsErased, "the one that was longest of no use");
        Assert.False(first.IsErased || other.IsErased);
        Assert.Equal(3, _store.Count);
    }

    [Fact]
    public void When_it_is_full_the_one_that_was_longest_of_no_use_makes_room()
    {
        _store = new(new() { Capacity = 3, Lifetime = Forever });
        var sessions = new[] { Keep("a"), Keep("b"), Keep("c") };
        Find(0, sessions[0].Id);
        Keep("d");
        Assert.Equal([false, true, false], sessions.Select(session => session.IsErased));
        Assert.Equal(3, _store.Count);
    }

    [Fact]
    public void Certificates_are_bounded_in_bytes()
    {
        var length = NewSession().ChainLength;
        Assert.True(length > 100);
        _store = new(new() { ChainCapacity = 2 * length });
        var sessions = new[] { Keep("a"), Keep("b"), Keep("c") };
        Assert.Equal([true, false, false], sessions.Select(session => session.IsErased));
    }

    [Fact]
    public void Erasing_a_session_does_not_touch_an_answer_that_was_given()
    {
        var session = Keep("a");
        var pair = new DtlsPair(7, Resumption.Server, session: _clientSessions[session.Id]) { Sessions = { [session.Id] = session } };
        pair.WorkTime = () => TimeSpan.FromMilliseconds(1);
        pair.RunUntil(() => pair.Sent >= 3, TimeSpan.FromSeconds(1));
        pair.RunFor(TimeSpan.FromMilliseconds(10.5));
        session.Erase();
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        Assert.True(Resumption.Completed(pair.ServerEvents).IsResumed);
    }

    [Fact]
    public void Refused_messages_leave_nothing_behind()
    {
        var session = NewSession();
        Assert.Null(new SessionMessage.Keep("a", session).Refuse());
        Assert.True(session.IsErased);
        Assert.IsType<SessionAnswer>(((HandshakeWorkResult)Question(0, session.Id).Refuse()!).Result);
        Assert.Null(new SessionMessage.Forget(session.Id).Refuse());
    }

    private DtlsSession NewSession()
    {
        var pair = new DtlsPair(++_seed, Resumption.Server);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        var session = Resumption.Completed(pair.ServerEvents).Session!;
        _clientSessions.Add(session.Id, Resumption.Completed(pair.ClientEvents).Session!);
        _now = session.Created;
        return session;
    }

    private DtlsSession Keep(string device)
    {
        var session = NewSession();
        _store.HandleMessage(_now, new SessionMessage.Keep(device, session));
        return session;
    }

    private static SessionMessage.Find Question(int shard, SessionId id)
    {
        var path = new NetworkPath(PeerAddress.FromIPv4(1, 1), PeerAddress.FromIPv4(2, 2));
        var connection = DtlsClient.Connect(DtlsPair.DefaultClient, new SeededEntropy(1), default);
        return new SessionMessage.Find(shard, new DeviceLink(path, connection, 0, default), new SessionLookup(id));
    }

    private (int Shard, DtlsSession? Session) Find(int shard, SessionId id)
    {
        _store.HandleMessage(_now, Question(shard, id));
        Assert.True(_store.TryTakeAnswer(out var asker, out var result));
        return (asker, ((SessionAnswer)((HandshakeWorkResult)result).Result).Session);
    }
}
