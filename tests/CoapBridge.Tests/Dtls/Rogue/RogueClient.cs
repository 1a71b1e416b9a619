using System.Security.Cryptography;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls.Rogue;

/// <summary>A client that a test leads by the hand, against a real server.</summary>
internal class RogueClient : RoguePeer
{
    public static readonly NetworkPath Path = new(PeerAddress.FromIPv4(0x0A000001, 5000), PeerAddress.FromIPv4(0x0A000002, 5684));

    private readonly EphemeralKey _key = P256.Chosen.CreateEphemeralKey();
    private ServerHello _serverHello = null!;
    private byte[] _serverPoint = [];

    public RogueClient(DtlsSettings? settings = null, int seed = 1)
        : base(MessageLimits.OfClient, 1)
    {
        var entropy = new SeededEntropy(seed);
        var secret = new byte[32];
        entropy.Fill(secret);
        Server = new DtlsServer(settings ?? DtlsPair.DefaultServer, new HelloVerifier(secret), entropy);
    }

    public DtlsServer Server { get; }

    public TestIdentity Identity { get; init; } = DtlsPair.ClientIdentity;

    public HelloBuilder Hello { get; set; } = new();

    /// <summary>What the server wants to receive, if the hello offers Connection IDs.</summary>
    public byte[]? ConnectionId { get; init; }

    /// <summary>Its keys are used when the server resumes it.</summary>
    public DtlsSession? Session { get; init; }

    public byte[] Reply { get; protected set; } = [];

    public KeySchedule? Schedule { get; private set; }

    public byte[] SessionHash { get; private set; } = [];

    public ServerHello ServerHello => _serverHello;

    public byte[] PublicPoint => _key.PublicPoint;

    public static byte[] HelloDatagram(byte[] body, ushort message = 0, ulong record = 0, ushort version = DtlsVersion.Dtls12) =>
        Plain(ContentType.Handshake, Fragment(HandshakeType.ClientHello, message, body.Length, 0, body), record, 0, version);

    public static byte[] CookieOf(byte[] reply)
    {
        Assert.True(RecordHeader.TryParse(reply, out var record));
        Assert.Equal(ContentType.Handshake, record.Type);
        Assert.True(HelloVerifyRequest.TryParse(reply.AsSpan(RecordHeader.Length + HandshakeHeader.Length), out var cookie));
        return cookie.ToArray();
    }

    public HelloVerdict Say(byte[] datagram, NetworkPath? path = null)
    {
        var reply = new byte[64];
        var verdict = Server.HandleHello(Now, path ?? Path, datagram, reply, out var length);
        Reply = reply[..length];
        return verdict;
    }

    /// <summary>Hello, cookie, hello.</summary>
    public HelloVerdict SayTwice(HelloBuilder hello)
    {
        Assert.Equal(HelloOutcome.CookieSent, Say(HelloDatagram((hello with { Cookie = [] }).ToBytes())).Outcome);
        return Say(HelloDatagram((hello with { Cookie = CookieOf(Reply) }).ToBytes(), 1, 1));
    }

    /// <summary>Until flight 4 is here, or its work is held back.</summary>
    public virtual RogueClient Begin()
    {
        var verdict = SayTwice(Hello);
        Assert.Equal(HelloOutcome.Accepted, verdict.Outcome);
        Transcript.Add(HandshakeType.ClientHello, 1, verdict.Hello!.Body);
        NextMessage = 2;
        Target = Server.Accept(Now, verdict.Hello, ConnectionId);
        Drain();
        return this;
    }

    public RogueClient SendCertificate(params byte[][] chain)
    {
        Send(HandshakeType.Certificate, CertificateMessage.Write(chain.Length > 0 ? chain : Identity.Chain));
        return this;
    }

    public RogueClient SendKeyExchange(byte[]? body = null)
    {
        Send(HandshakeType.ClientKeyExchange, body ?? ClientKeyExchange.Write(_key.PublicPoint));
        SessionHash = Transcript.CurrentHash();
        return this;
    }

    public byte[] Sign(byte[] hash) => Identity.Key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);

    public RogueClient SendCertificateVerify(byte[]? signature = null, ushort algorithm = SignatureScheme.EcdsaSecp256r1Sha256)
    {
        Send(HandshakeType.CertificateVerify, new CertificateVerify(algorithm, signature ?? Sign(Transcript.CurrentHash())).ToBytes());
        return this;
    }

    public RogueClient Derive()
    {
        var randoms = new HelloRandoms(Hello.Random, _serverHello.Random);
        Schedule = KeySchedule.Derive(_key.Agree(_serverPoint)!, randoms, _serverHello.Extensions.ExtendedMasterSecret ? SessionHash : null);
        var keys = Schedule.RecordKeys(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, randoms);
        Records.InstallWrite(keys.Client);
        Records.InstallRead(keys.Server);
        return this;
    }

    public RogueClient ChangeCipherSpec()
    {
        SendChangeCipherSpec();
        return this;
    }

    public RogueClient SendFinished(byte[]? body = null, bool isProtected = true)
    {
        Send(HandshakeType.Finished, body ?? Schedule!.ClientVerifyData(Transcript.CurrentHash()), isProtected);
        return this;
    }

    public RogueClient Finish() =>
        SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec().SendFinished();

    public RogueClient Handshake()
    {
        Begin().Finish();
        Assert.True(Target.IsEstablished);
        return this;
    }

    /// <summary>The server's alert, which also ended the handshake.</summary>
    public AlertDescription Refusal()
    {
        Assert.True(Target.IsClosed);
        var alert = Assert.Single(Alerts);
        Assert.True(alert.IsFatal);
        Assert.Equal(alert.Description, Failure.Alert);
        return alert.Description;
    }

    protected override void OnMessage(in HandshakeMessage message)
    {
        if (message.Type == HandshakeType.ServerHello)
        {
            Assert.Equal(DtlsFault.None, ServerHello.Parse(message.Body, out var hello));
            _serverHello = hello!;
            if (Session is { } session && hello!.SessionId.AsSpan().SequenceEqual(session.Id.ToArray()))
            {
                Restore(session.CopySchedule()!, session.Suite);
            }
        }
        else if (message.Type == HandshakeType.ServerKeyExchange)
        {
            Assert.Equal(DtlsFault.None, ServerKeyExchange.Parse(message.Body, out var share));
            _serverPoint = share.Point;
        }
    }

    /// <summary>The keys of an abbreviated handshake.</summary>
    protected void Restore(KeySchedule schedule, DtlsCipherSuite suite)
    {
        var randoms = new HelloRandoms(Hello.Random, _serverHello.Random);
        Schedule = schedule;
        var keys = Schedule.RecordKeys(suite, randoms);
        Records.InstallWrite(keys.Client);
        Records.InstallRead(keys.Server);
    }
}
