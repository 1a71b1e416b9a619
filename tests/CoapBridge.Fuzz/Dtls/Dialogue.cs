using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>An honest handshake with some data after it, as datagrams: the same bytes in every process.</summary>
internal sealed class Dialogue
{
    private static readonly Lazy<List<Dialogue>> Recorded = new(RecordAll);

    private readonly int _seed;
    private readonly DtlsSettings _settings;
    private readonly byte[]? _connectionId;
    private readonly DtlsSession? _session;

    private Dialogue(int seed, int datagram, byte[]? connectionId, DtlsSession? session = null)
    {
        _seed = seed;
        _connectionId = connectionId;
        _session = session;
        _settings = FixedParty.Device.Settings(new PinnedVerifier(FixedParty.Gateway)) with
        {
            MaximumDatagram = datagram,
            OffersReturnRoutability = true,
        };
    }

    public static List<Dialogue> All => Recorded.Value;

    /// <summary>False while they are being recorded.</summary>
    public static bool AreReady => Recorded.IsValueCreated;

    public List<byte[]> FromClient { get; } = [];

    public List<byte[]> FromServer { get; } = [];

    /// <summary>Both ends as they were after the handshake (<see cref="DtlsConnection.Save"/>).</summary>
    public byte[] SavedServer { get; private set; } = [];

    public byte[] SavedClient { get; private set; } = [];

    private DtlsSession? SessionLeft { get; set; }

    public DtlsConnection Connect(Instant now) =>
        DtlsClient.Connect(_settings, new ReplayEntropy(_seed), now, _connectionId, _session);

    public static DtlsSession? SessionOfServer(SessionId id) =>
        Resumable is { } session && session.Id == id ? session : null;

    private static DtlsSession? Resumable { get; set; }

    public static IEnumerable<(string File, List<byte[]> Steps)> HonestSessions()
    {
        for (var number = 0; number < All.Count; number++)
        {
            var dialogue = All[number];
            yield return ($"dtls-server/honest-{number}.txt", [.. dialogue.FromClient.SelectMany(StepsOf)]);
            yield return ($"dtls-client/honest-{number}.txt", [[9, (byte)number], .. dialogue.FromServer.SelectMany(StepsOf)]);
        }
    }

    private static IEnumerable<byte[]> StepsOf(byte[] datagram) => [[0, .. datagram], [1]];

    private static List<Dialogue> RecordAll()
    {
        var plain = new Dialogue(11, 1232, null).Record();
        var identified = new Dialogue(12, 256, [1, 2, 3]).Record();
        var resumed = new Dialogue(13, 1232, [], plain.SessionLeft).Record();
        return [plain, identified, resumed];
    }

    private Dialogue Record()
    {
        var server = new DtlsServerTarget();
        server.Begin();
        var now = new Instant(1L << 50);
        var client = Connect(now);
        for (var turn = 0; turn < 50 && !(client.IsEstablished && server.Connection is { IsEstablished: true }); turn++)
        {
            Turn(client, now, server);
        }

        if (server.Connection is not { IsEstablished: true } connection)
        {
            throw new InvalidOperationException("the honest handshake does not complete");
        }

        Resumable ??= server.Session;
        SavedClient = Save(client, now);
        SavedServer = Save(connection, now);
        for (ulong number = 1; number <= 3; number++)
        {
            var buffer = new byte[256];
            client.TrySeal(SealedNote.Of(number), buffer, out var length);
            FromClient.Add(buffer[..length]);
            connection.TrySeal(SealedNote.Of(number), buffer, out length);
            FromServer.Add(buffer[..length]);
        }

        return this;
    }

    private void Turn(DtlsConnection client, Instant now, DtlsServerTarget server)
    {
        while (client.TryTakeWork(out var work))
        {
            client.HandleWork(now, work.Run(FixedParty.Time));
        }

        var answers = new List<byte[]>();
        var buffer = new byte[2048];
        while (client.TryTakeTransmit(buffer, out var length))
        {
            FromClient.Add(buffer[..length]);
            server.Apply([0, .. buffer[..length]]);
            answers.AddRange(server.Sent);
            server.Apply([1]);
            answers.AddRange(server.Sent);
        }

        foreach (var answer in answers)
        {
            FromServer.Add(answer);
            var rest = answer.ToArray().AsSpan();
            while (!rest.IsEmpty)
            {
                client.HandleRecord(now, ref rest, out _);
            }
        }

        while (client.TryTakeEvent(out var what))
        {
            SessionLeft = (what as DtlsEvent.HandshakeCompleted)?.Session ?? SessionLeft;
        }
    }

    private static byte[] Save(DtlsConnection connection, Instant now)
    {
        var writer = new WireWriter(new byte[700]);
        connection.Save(now, ref writer);
        return writer.Written.ToArray();
    }
}
