using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>The server, from a stranger's hello on.</summary>
internal sealed class DtlsServerTarget : HandshakeTarget
{
    public static readonly byte[] ConnectionId = [9, 8, 7, 6, 5, 4, 3, 2];

    private static readonly NetworkPath Path = new(PeerAddress.FromIPv4(0x0A000001, 5000), PeerAddress.FromIPv4(0x0A000002, 5684));

    private readonly ReplayEntropy _entropy = new(1);
    private readonly DtlsServer _server;
    private readonly byte[] _reply = new byte[64];
    private ulong _fingerprint;

    public DtlsServerTarget() => _server = new DtlsServer(
        FixedParty.Gateway.Settings(new PinnedVerifier(FixedParty.Device)) with { ResumesSessions = true }, new HelloVerifier(new byte[32]), _entropy);

    public override string Name => "dtls-server";

    protected override IReadOnlyList<Dialogue> Dialogues => Dialogue.All;

    public override void Begin()
    {
        base.Begin();
        _entropy.Reset();
    }

    protected override IReadOnlyList<byte[]> HeardBy(Dialogue dialogue) => dialogue.FromClient;

    protected override void Deliver(byte[] datagram)
    {
        if (DtlsServer.LooksLikeHello(datagram))
        {
            var verdict = _server.HandleHello(Now, Path, datagram, _reply, out var length);
            Require(length < datagram.Length, "the answer to a stranger is longer than the question");
            if (length > 0)
            {
                Sent.Add(_reply[..length]);
            }

            if (verdict.Hello is { } hello && (Connection is null or { IsClosed: true } || hello.Fingerprint != _fingerprint))
            {
                Connection?.Close();
                _fingerprint = hello.Fingerprint;
                Connection = _server.Accept(Now, hello, ConnectionId);
                return;
            }
        }

        if (Connection is { } connection)
        {
            Read(connection, datagram);
        }
    }
}
