using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Tests.Support;

namespace CoapBridge.Tests.Dtls.Rogue;

/// <summary>A server that a test leads by the hand, against a real client.</summary>
internal sealed class RogueServer : RoguePeer
{
    private readonly EphemeralKey _key = P256.Chosen.CreateEphemeralKey();
    private readonly byte[] _random = Enumerable.Repeat((byte)9, 32).ToArray();
    private byte[] _clientRandom = [];
    private byte[] _clientPoint = [];
    private byte[] _sessionHash = [];

    public RogueServer(DtlsSettings? settings = null, DtlsSession? session = null)
        : base(type => type == HandshakeType.ClientHello ? ClientHello.MaximumLength : MessageLimits.OfServer(type), 0)
    {
        Target = DtlsClient.Connect(settings ?? DtlsPair.DefaultClient, new SeededEntropy(3), Now, session: session);
        Drain();
    }

    public KeySchedule? Schedule { get; private set; }

    public HelloRandoms Randoms => new(_clientRandom, _random);

    public RogueServer SendHello(ServerHello? hello = null)
    {
        Send(HandshakeType.ServerHello, (hello ?? GoodHello()).ToBytes());
        return this;
    }

    public ServerHello GoodHello() =>
        new(DtlsVersion.Dtls12, _random, CipherSuite.EcdheEcdsaWithAes128Ccm8, 0, new ServerHelloExtensions { PointFormats = true, ExtendedMasterSecret = true, RenegotiationInfo = true });

    public RogueServer SendCertificate()
    {
        Send(HandshakeType.Certificate, CertificateMessage.Write(DtlsPair.ServerIdentity.Chain));
        return this;
    }

    public ServerKeyExchange Share(byte[]? point = null) => new(
        point ?? _key.PublicPoint, SignatureScheme.EcdsaSecp256r1Sha256,
        DtlsPair.ServerIdentity.Credentials.SignHash(ServerKeyExchange.SignedHash(Randoms, point ?? _key.PublicPoint)));

    public RogueServer SendShare(ServerKeyExchange? share = null)
    {
        Send(HandshakeType.ServerKeyExchange, (share ?? Share()).ToBytes());
        return this;
    }

    public RogueServer SendRequest()
    {
        Send(HandshakeType.CertificateRequest, CoapBridge.Dtls.Handshake.Messages.CertificateRequest.Write([]));
        return this;
    }

    public RogueServer SendDone()
    {
        Send(HandshakeType.ServerHelloDone, []);
        return this;
    }

    public RogueServer Flight4() => SendHello().SendCertificate().SendShare().SendRequest().SendDone();

    public RogueServer Derive()
    {
        Schedule = KeySchedule.Derive(_key.Agree(_clientPoint)!, Randoms, _sessionHash);
        var keys = Schedule.RecordKeys(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, Randoms);
        Records.InstallRead(keys.Client);
        Records.InstallWrite(keys.Server);

        // What came before the keys was not read; the client's Finished comes again.
        Advance(TimeSpan.FromSeconds(1.5));
        return this;
    }

    /// <summary>The keys of an abbreviated handshake.</summary>
    public RogueServer Resume(DtlsSession session)
    {
        Schedule = session.CopySchedule()!;
        var keys = Schedule.RecordKeys(session.Suite, Randoms);
        Records.InstallRead(keys.Client);
        Records.InstallWrite(keys.Server);
        return this;
    }

    public RogueServer ChangeCipherSpec()
    {
        SendChangeCipherSpec();
        return this;
    }

    public RogueServer SendFinished(byte[]? body = null, bool isProtected = true)
    {
        Send(HandshakeType.Finished, body ?? Schedule!.ServerVerifyData(Transcript.CurrentHash()), isProtected);
        return this;
    }

    public AlertDescription Refusal()
    {
        Assert.True(Target.IsClosed);
        var alert = Assert.Single(Alerts);
        Assert.Equal(alert.Description, Failure.Alert);
        return alert.Description;
    }

    protected override void OnMessage(in HandshakeMessage message)
    {
        if (message.Type == HandshakeType.ClientHello)
        {
            Assert.True(ClientHello.TryParse(message.Body, out var hello));
            _clientRandom = hello.Random.ToArray();
        }
        else if (message.Type == HandshakeType.ClientKeyExchange)
        {
            _clientPoint = message.Body[1..];
            _sessionHash = Transcript.CurrentHash();
        }
    }
}
