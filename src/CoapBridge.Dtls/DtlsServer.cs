using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Handshake.States;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Dtls;

/// <summary>
/// The server before there is a connection: answers hellos without keeping anything (RFC 6347 §4.2.1), and makes a
/// connection of one whose cookie is good.
/// </summary>
public sealed class DtlsServer(DtlsSettings settings, HelloVerifier verifier, IEntropy entropy)
{
    /// <summary>Far beyond what a client reaches before its cookie; keeps our own numbers from wrapping.</summary>
    private const ulong MaximumRecordSequence = 1UL << 32;

    private const ushort MaximumMessageSequence = 8;

    /// <summary>Bytes of content that each datagram has room for.</summary>
    private const int MinimumRoom = 64;

    /// <summary>Whether a datagram begins with what may be a ClientHello; everything else from a stranger is noise.</summary>
    public static bool LooksLikeHello(ReadOnlySpan<byte> datagram) =>
        datagram.Length > RecordHeader.Length
        && datagram[0] == (byte)ContentType.Handshake
        && datagram[3] == 0 && datagram[4] == 0
        && datagram[RecordHeader.Length] == (byte)HandshakeType.ClientHello;

    /// <summary>Judges a hello. Nothing is kept, and no answer is longer than the datagram was.</summary>
    /// <param name="now">The time of the call.</param>
    /// <param name="path">Where it came from; the cookie is bound to it.</param>
    /// <param name="datagram">Only its first record is read.</param>
    /// <param name="reply">Takes a HelloVerifyRequest or an alert; 64 bytes suffice.</param>
    /// <param name="replyLength">0 when there is no answer.</param>
    public HelloVerdict HandleHello(Instant now, in NetworkPath path, ReadOnlySpan<byte> datagram, Span<byte> reply, out int replyLength)
    {
        replyLength = 0;
        var outcome = TryReadHello(datagram, out var record, out var header, out var body);
        if (outcome != HelloOutcome.Accepted)
        {
            return new HelloVerdict(outcome);
        }

        if (!ClientHello.TryParse(body, out var hello))
        {
            return new HelloVerdict(HelloOutcome.Malformed);
        }

        if (!verifier.IsValid(now, path, hello))
        {
            // A hello is always longer than the answer: 67 bytes at least against 45 (REQUIREMENTS 1.50).
            replyLength = WriteVerifyRequest(now, path, record, header, hello, reply);
            return new HelloVerdict(HelloOutcome.CookieSent);
        }

        var fault = Negotiate(hello, out var suite, out var offered);
        var summary = HelloSummary.Of(offered.ServerName, hello.CipherSuites, offered.Groups);
        if (fault != DtlsFault.None)
        {
            replyLength = WriteAlert(record, fault, reply);
            return new HelloVerdict(HelloOutcome.Refused) { Fault = fault, Summary = summary };
        }

        var renegotiationInfo = offered.RenegotiationInfo || hello.Offers(CipherSuite.EmptyRenegotiationInfoScsv);
        return new HelloVerdict(HelloOutcome.Accepted)
        {
            Summary = summary,
            Hello = new VerifiedHello(
                body.ToArray(), hello.Random.ToArray(), record.Sequence, header.MessageSequence, suite, renegotiationInfo, offered,
                hello.SessionId.Length == SessionId.MaximumLength ? new SessionId(hello.SessionId) : null),
        };
    }

    /// <summary>Begins a connection; its first work item is ready to be taken.</summary>
    /// <param name="now">The present.</param>
    /// <param name="hello">From <see cref="HandleHello"/>.</param>
    /// <param name="connectionId">What we want to receive if the client offered Connection IDs (RFC 9146 §3); null: none are used.</param>
    public DtlsConnection Accept(Instant now, VerifiedHello hello, byte[]? connectionId = null)
    {
        ArgumentNullException.ThrowIfNull(hello);
        var random = new byte[ClientHello.RandomLength];
        entropy.Fill(random);
        var answer = Answer(hello, Fits(hello.Offered.ConnectionId) ? connectionId : null);

        // RFC 6347 §4.2.1, §4.2.2: the ServerHello goes on from the hello's record and message numbers.
        var records = new RecordLayer(hello.RecordSequence)
        {
            ReceiveConnectionId = answer.ConnectionId ?? [],
            SendConnectionId = answer.ConnectionId is null ? [] : hello.Offered.ConnectionId!,
            ReturnRoutability = answer.ReturnRoutability,
            MaximumContent = MaximumContentFor(hello.Offered),
        };
        var exchange = new FlightExchange(
            settings, records, now, hello.MessageSequence, (ushort)(hello.MessageSequence + 1), MessageLimits.OfServer);
        exchange.Transcript.Add(HandshakeType.ClientHello, hello.MessageSequence, hello.Body);
        var negotiated = new Negotiated(new HelloRandoms(hello.Random, random), hello.Suite, answer)
        {
            SessionId = settings.ResumesSessions && answer.ExtendedMasterSecret ? NewSessionId() : null,
            ServerName = hello.Offered.ServerName,
        };
        if (settings.ResumesSessions && hello.Session is { } wanted)
        {
            exchange.Request(new SessionLookup(wanted));
            exchange.Start(new AwaitSession(hello, negotiated));
        }
        else
        {
            exchange.Request(new SignKeyShare(settings, negotiated.Randoms));
            exchange.Start(new AwaitServerKeyShare(negotiated));
        }

        return new DtlsConnection(settings, records, exchange, now);
    }

    /// <summary>RFC 9146 §3: a server may go without Connection IDs, and does with one that leaves no room in our datagrams.</summary>
    private bool Fits(byte[]? connectionId) =>
        RecordHeader.Length + RecordProtection.MaximumOverhead + (connectionId?.Length ?? 0) + MinimumRoom <= settings.MaximumDatagram;

    private SessionId NewSessionId()
    {
        Span<byte> bytes = stackalloc byte[SessionId.MaximumLength];
        entropy.Fill(bytes);
        return new SessionId(bytes);
    }

    private static ServerHelloExtensions Answer(VerifiedHello hello, byte[]? connectionId)
    {
        var offered = hello.Offered;
        return new ServerHelloExtensions
        {
            PointFormats = offered.HasPointFormats,
            ExtendedMasterSecret = offered.ExtendedMasterSecret,
            RenegotiationInfo = hello.RenegotiationInfo,
            ServerName = offered.ServerName is not null,
            ConnectionId = offered.ConnectionId is null ? null : connectionId,

            // RFC 9853 §3: only together with Connection IDs.
            ReturnRoutability = offered is { ReturnRoutability: true, ConnectionId: not null } && connectionId is not null,

            // RFC 8449 §5: with record_size_limit, max_fragment_length is ignored and never answered.
            RecordSizeLimit = offered.RecordSizeLimit != 0,
            MaxFragmentLength = offered.RecordSizeLimit != 0 ? (byte)0 : offered.MaxFragmentLength,
        };
    }

    /// <summary>A limit on record sizes counts the real type of RFC 9146 §4 too.</summary>
    private static int MaximumContentFor(ClientHelloExtensions offered) =>
        offered.RecordSizeLimit != 0
            ? Math.Min((int)offered.RecordSizeLimit, RecordHeader.MaximumPlaintext) - (offered.ConnectionId is null ? 0 : InnerPlaintext.Overhead)
        : offered.MaxFragmentLength != 0 ? 1 << (8 + offered.MaxFragmentLength)
        : RecordHeader.MaximumPlaintext;

    private static HelloOutcome TryReadHello(
        ReadOnlySpan<byte> datagram, out RecordHeader record, out HandshakeHeader header, out ReadOnlySpan<byte> body)
    {
        header = default;
        body = default;
        if (!RecordHeader.TryParse(datagram, out record) || !LooksLikeHello(datagram)
            || record.Version is not (DtlsVersion.Dtls12 or DtlsVersion.Dtls10)
            || record.Sequence > MaximumRecordSequence)
        {
            return HelloOutcome.NotAHello;
        }

        var reader = new WireReader(datagram.Slice(RecordHeader.Length, record.FragmentLength));
        if (!HandshakeHeader.TryRead(ref reader, out header, out body) || !reader.AtEnd || header.MessageSequence > MaximumMessageSequence)
        {
            return HelloOutcome.Malformed;
        }

        // DESIGN D-18: reassembly would be state before the cookie.
        return header.IsWhole && header.MessageLength <= ClientHello.MaximumLength ? HelloOutcome.Accepted : HelloOutcome.Fragmented;
    }

    private DtlsFault Negotiate(in ClientHello hello, out DtlsCipherSuite suite, out ClientHelloExtensions offered)
    {
        var fault = ClientHelloExtensions.Parse(hello.Extensions, out offered);
        suite = default;
        foreach (var ours in settings.CipherSuites)
        {
            if (suite == default && hello.Offers((ushort)ours))
            {
                suite = ours;
            }
        }

        // The version counts downwards: a smaller minor number is a newer version (RFC 6347 §4.1).
        return hello.Version >> 8 != DtlsVersion.Dtls12 >> 8 || hello.Version > DtlsVersion.Dtls12 ? DtlsFault.ProtocolVersion
            : !hello.OffersNullCompression ? DtlsFault.DecodeError
            : suite == default ? DtlsFault.NoCommonSuite
            : fault != DtlsFault.None ? fault
            : settings.RequireExtendedMasterSecret && !offered.ExtendedMasterSecret ? DtlsFault.ExtendedMasterSecret
            : DtlsFault.None;
    }

    private int WriteVerifyRequest(
        Instant now, in NetworkPath path, in RecordHeader record, in HandshakeHeader header, in ClientHello hello, Span<byte> reply)
    {
        Span<byte> cookie = stackalloc byte[HelloVerifier.CookieLength];
        verifier.WriteCookie(now, path, hello, cookie);

        const int BodyLength = 2 + 1 + HelloVerifier.CookieLength;
        var writer = new WireWriter(reply[RecordHeader.Length..]);

        // RFC 6347 §4.2.1: message_seq 0 for the first hello; record number as the hello's, so that nothing is kept.
        HandshakeHeader.Unfragmented(HandshakeType.HelloVerifyRequest, header.MessageSequence, BodyLength).Write(ref writer);
        HelloVerifyRequest.Write(ref writer, cookie);
        new RecordHeader(ContentType.Handshake, record.Version, 0, record.Sequence, writer.Length).Write(reply);
        return RecordHeader.Length + writer.Length;
    }

    private static int WriteAlert(in RecordHeader record, DtlsFault fault, Span<byte> reply)
    {
        new RecordHeader(ContentType.Alert, DtlsVersion.Dtls12, 0, record.Sequence, Alert.Length).Write(reply);
        Alert.Fatal(fault.ToAlert()).ToBytes().CopyTo(reply[RecordHeader.Length..]);
        return RecordHeader.Length + Alert.Length;
    }
}
