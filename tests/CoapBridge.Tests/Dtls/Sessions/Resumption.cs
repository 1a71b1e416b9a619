using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Tests.Dtls.Sessions;

/// <summary>A session that both sides have kept after a full handshake, and handshakes that want it back.</summary>
internal sealed class Resumption
{
    public static readonly DtlsSettings Server = DtlsPair.DefaultServer with { ResumesSessions = true };

    private Resumption(DtlsSession ofServer, DtlsSession ofClient)
    {
        OfServer = ofServer;
        OfClient = ofClient;
    }

    public DtlsSession OfServer { get; }

    public DtlsSession OfClient { get; }

    /// <summary>After a full handshake.</summary>
    public static Resumption Save(DtlsSettings? server = null, DtlsSettings? client = null, byte[]? clientConnectionId = null, byte[]? serverConnectionId = null)
    {
        var pair = new DtlsPair(1, server ?? Server, client, clientConnectionId, serverConnectionId);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(30));
        return new Resumption(Completed(pair.ServerEvents).Session!, Completed(pair.ClientEvents).Session!);
    }

    public static DtlsEvent.HandshakeCompleted Completed(IEnumerable<DtlsEvent> events) =>
        Assert.Single(events.OfType<DtlsEvent.HandshakeCompleted>());

    /// <summary>A client that wants to resume, not started yet.</summary>
    public DtlsPair Pair(
        DtlsSettings? server = null, DtlsSettings? client = null, int seed = 2, byte[]? clientConnectionId = null, byte[]? serverConnectionId = null) =>
        new(seed, server ?? Server, client, clientConnectionId, serverConnectionId, OfClient) { Sessions = { [OfServer.Id] = OfServer } };

    public DtlsPair Connect(
        DtlsSettings? server = null, DtlsSettings? client = null, byte[]? clientConnectionId = null, byte[]? serverConnectionId = null)
    {
        var pair = Pair(server, client, 2, clientConnectionId, serverConnectionId);
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(30));
        return pair;
    }
}
