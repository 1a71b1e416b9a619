using System.Security.Cryptography;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Handshake;

/// <summary>The client's flight with something wrong in it (ATTACKS D, E09 to E13).</summary>
public sealed class FlightFiveTests
{
    private const string Order = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

    private static RogueClient AtProof() => new RogueClient().Begin().SendCertificate().SendKeyExchange();

    private static byte[] Der(byte[] r, byte[] s) => [0x30, (byte)(4 + r.Length + s.Length), 2, (byte)r.Length, .. r, 2, (byte)s.Length, .. s];

    public static TheoryData<string> Signatures =>
        new("r=0 s=0", "r=n", "s=n", "negative", "not minimal", "trailing", "trailing inside", "p1363", "empty", "one zero", "long length", "indefinite");

    [Theory]
    [MemberData(nameof(Signatures))]
    public void A_malformed_signature_is_refused(string how)
    {
        var client = AtProof();
        byte[] good;
        do
        {
            // Until r has its highest bit set and so a leading zero: without that zero it reads as negative.
            good = client.Sign(client.Transcript.CurrentHash());
        }
        while (good[3] != 33);

        byte[] r = good[4..(4 + good[3])], s = good[(6 + good[3])..];
        byte[] n = [0, .. Convert.FromHexString(Order)];
        byte[] signature = how switch
        {
            "r=0 s=0" => Der([0], [0]),
            "r=n" => Der(n, s),
            "s=n" => Der(r, n),
            "negative" => Der(r[1..], s),
            "not minimal" => Der([0, .. r], s),
            "trailing" => [.. good, 0],
            "trailing inside" => [0x30, (byte)(good[1] + 1), .. good[2..], 0],
            "p1363" => client.Identity.Key.SignHash(client.Transcript.CurrentHash(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            "empty" => [],
            "one zero" => [0],
            "long length" => [0x30, 0x81, .. good[1..]],
            _ => [0x30, 0x80, .. good[2..], 0, 0],
        };
        client.SendCertificateVerify(signature);
        Assert.Equal(AlertDescription.DecryptError, client.Refusal());
        Assert.Equal("certificate_verify", client.Failure.Reason);
    }

    [Fact]
    public void A_signature_of_another_algorithm_or_handshake_is_refused()
    {
        var hash = AtProof().Transcript.CurrentHash();
        var client = AtProof();
        client.SendCertificateVerify(client.Sign(hash));
        Assert.Equal(AlertDescription.DecryptError, client.Refusal());
        foreach (var algorithm in new ushort[] { 0x0203, 0x0401, 0x0503, 0x0807, 0 })
        {
            client = AtProof();
            client.SendCertificateVerify(algorithm: algorithm);
            Assert.Equal(AlertDescription.DecryptError, client.Refusal());
        }
    }

    [Fact]
    public void A_signature_by_another_key_is_refused()
    {
        var client = new RogueClient { Identity = new TestIdentity("thief") }.Begin();
        client.SendCertificate([.. DtlsPair.ClientIdentity.Chain]).SendKeyExchange().SendCertificateVerify();
        Assert.Equal(AlertDescription.DecryptError, client.Refusal());
    }

    [Fact]
    public void A_certificate_without_its_proof_is_no_identity()
    {
        // ATTACKS D01: CertificateVerify left out.
        var client = AtProof().Derive().ChangeCipherSpec();
        Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
        client.SendFinished();
        Assert.False(client.Target.IsEstablished);
        client.Advance(TimeSpan.FromSeconds(200));
        Assert.Equal("time_out", client.Failure.Reason);
    }

    [Fact]
    public void A_flight_without_a_certificate_is_refused()
    {
        var client = new RogueClient().Begin().SendKeyExchange();
        Assert.Equal(AlertDescription.UnexpectedMessage, client.Refusal());
    }

    [Fact]
    public void An_empty_certificate_list_is_a_handshake_failure()
    {
        var client = new RogueClient().Begin();
        client.Send(HandshakeType.Certificate, [0, 0, 0]);
        Assert.Equal(AlertDescription.HandshakeFailure, client.Refusal());
        Assert.Equal("no_certificate", client.Failure.Reason);
    }

    [Theory]
    [InlineData("", "no length")]
    [InlineData("0000", "half a length")]
    [InlineData("000005000002AABB00", "the list longer than its entries, an octet after")]
    [InlineData("000006000002AABB", "the list longer than the message")]
    [InlineData("000004000002AABB", "the list shorter than its entry")]
    [InlineData("000005000003AABB", "an entry longer than the list")]
    [InlineData("000005FFFFFFAABB", "an entry of 16 MiB")]
    [InlineData("FFFFFF000002AABB", "a list of 16 MiB")]
    [InlineData("000003000000", "an entry of length 0")]
    [InlineData("000008000000000002AABB", "an entry of length 0 before another")]
    [InlineData("00000100", "half an entry's length")]
    public void A_certificate_list_that_lies_about_its_lengths_is_not_decoded(string body, string what)
    {
        var client = new RogueClient().Begin();
        client.Send(HandshakeType.Certificate, Convert.FromHexString(body));
        Assert.True(client.Refusal() == AlertDescription.DecodeError, what);
    }

    [Fact]
    public void The_proof_before_the_key_exchange_is_unexpected()
    {
        var client = new RogueClient().Begin().SendCertificate().SendCertificateVerify();
        Assert.Equal(AlertDescription.UnexpectedMessage, client.Refusal());
    }

    public static TheoryData<string, AlertDescription> KeyExchanges() => new()
    {
        { "", AlertDescription.DecodeError },
        { "00", AlertDescription.DecodeError },
        { "0100", AlertDescription.IllegalParameter },
        { "4104" + new string('0', 128), AlertDescription.IllegalParameter },
        { "4104" + new string('0', 126) + "01", AlertDescription.IllegalParameter },
        { "4104" + "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF" + new string('0', 64), AlertDescription.IllegalParameter },
        { "4104" + new string('F', 128), AlertDescription.IllegalParameter },
        { "21026B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296", AlertDescription.IllegalParameter },
        { "4106" + Generator, AlertDescription.IllegalParameter },
        { "4107" + Generator, AlertDescription.IllegalParameter },
        { "4004" + Generator[..126], AlertDescription.IllegalParameter },
        { "4204" + Generator + "00", AlertDescription.IllegalParameter },
        { "4104" + Generator + "00", AlertDescription.DecodeError },
        { "6104" + new string('1', 192), AlertDescription.IllegalParameter },
        { "20" + new string('9', 64), AlertDescription.IllegalParameter },
        { "8504" + new string('1', 264), AlertDescription.DecodeError },
    };

    private const string Generator =
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296" + "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

    [Theory]
    [MemberData(nameof(KeyExchanges))]
    public void A_point_that_is_no_point_is_refused(string body, AlertDescription alert)
    {
        var client = new RogueClient().Begin().SendCertificate().SendKeyExchange(Convert.FromHexString(body));
        if (!client.Target.IsClosed)
        {
            client.SendCertificateVerify();
        }

        Assert.Equal(alert, client.Refusal());
    }

    [Theory]
    [InlineData(0, AlertDescription.DecodeError)]
    [InlineData(11, AlertDescription.DecodeError)]
    [InlineData(12, AlertDescription.DecryptError)]
    [InlineData(13, AlertDescription.DecodeError)]
    public void A_wrong_Finished_is_refused(int length, AlertDescription alert)
    {
        var client = AtProof().SendCertificateVerify().Derive().ChangeCipherSpec().SendFinished(new byte[length]);
        Assert.Equal(alert, client.Refusal());
        client.SendRecord(ContentType.ApplicationData, "data"u8, isProtected: true);
        Assert.Empty(client.Delivered);
    }

    [Fact]
    public void A_trailing_byte_in_any_message_is_a_decode_error()
    {
        var client = new RogueClient().Begin();
        client.Send(HandshakeType.Certificate, [.. CertificateMessage.Write(client.Identity.Chain), 0]);
        Assert.Equal(AlertDescription.DecodeError, client.Refusal());
        client = AtProof();
        client.Send(HandshakeType.CertificateVerify, [.. new CertificateVerify(0x0403, client.Sign(client.Transcript.CurrentHash())).ToBytes(), 0]);
        Assert.Equal(AlertDescription.DecodeError, client.Refusal());
    }

    [Fact]
    public void A_refused_certificate_gets_its_alert_only_after_the_proof()
    {
        var refusal = PeerVerdict.Refuse(
            AlertDescription.UnknownCa, "unknown_ca", TestVerifier.PointOf(DtlsPair.ClientIdentity.Chain[0]), "CN=a", "CN=b");
        var settings = DtlsPair.DefaultServer with { Verifier = new TestVerifier { Refusal = refusal } };
        var client = new RogueClient(settings).Begin().SendCertificate().SendKeyExchange();
        Assert.False(client.Target.IsClosed);
        client.SendCertificateVerify();
        Assert.Equal(AlertDescription.UnknownCa, client.Refusal());
        Assert.Same(refusal, client.Failure.Peer);

        var thief = new RogueClient(settings).Begin().SendCertificate().SendKeyExchange().SendCertificateVerify(new byte[70]);
        Assert.Equal(AlertDescription.DecryptError, thief.Refusal());
    }

    [Fact]
    public void A_verifier_that_accepts_without_a_key_does_not_open_the_door()
    {
        Assert.ThrowsAny<ArgumentException>(() => PeerVerdict.Accept(null!, "x", "x", "x"));
        Assert.ThrowsAny<ArgumentException>(() => PeerVerdict.Accept([], "x", "x", "x"));
    }

    [Fact]
    public void Nothing_is_accepted_after_our_own_fatal_alert()
    {
        var client = new RogueClient().Begin().SendKeyExchange();
        Assert.Equal(AlertDescription.UnexpectedMessage, client.Refusal());
        client.SendCertificate();
        Assert.Equal(RecordOutcome.AfterClose, client.Outcomes[^1]);
        client.Advance(TimeSpan.FromSeconds(300));
        Assert.Single(client.Alerts);
    }

    [Fact]
    public void A_certificate_that_is_noise_ends_the_handshake_and_nothing_else()
    {
        var client = new RogueClient().Begin().SendCertificate([1, 2, 3]).SendKeyExchange().SendCertificateVerify();
        Assert.Equal(AlertDescription.InternalError, client.Refusal());
    }

    [Fact]
    public void An_abandoned_handshake_gives_its_ephemeral_key_back()
    {
        foreach (var state in new[] { "KeyShare", "Certificate", "KeyExchange", "CertificateVerify", "Verification" })
        {
            var made = new List<ECDiffieHellman>();
            var settings = DtlsPair.DefaultServer with
            {
                CreateEphemeralKey = () =>
                {
                    made.Add(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));
                    return made[^1];
                },
            };
            var client = new RogueClient(settings) { HoldWork = state == "KeyShare" }.Begin();
            _ = state is "KeyExchange" or "CertificateVerify" or "Verification" ? client.SendCertificate() : client;
            _ = state is "CertificateVerify" or "Verification" ? client.SendKeyExchange() : client;
            client.HoldWork = true;
            _ = state is "Verification" ? client.SendCertificateVerify() : client;
            client.Target.Close();
            client.RunWork();
            Assert.Throws<ObjectDisposedException>(() => Assert.Single(made).ExportParameters(false));
        }
    }

    [Fact]
    public void While_work_is_under_way_a_repeated_flight_is_not_answered()
    {
        var client = AtProof();
        client.HoldWork = true;
        client.SendCertificateVerify();
        var before = client.Datagrams.Count;
        for (var second = 0; second < 30; second++)
        {
            client.Advance(TimeSpan.FromSeconds(1));
            client.Deliver(RoguePeer.Plain(ContentType.Handshake, RoguePeer.Fragment(HandshakeType.Certificate, 2, 3, 0, [0, 0, 0])));
        }

        Assert.Equal(before, client.Datagrams.Count);
        client.HoldWork = false;
        client.RunWork();
        Assert.True(client.Derive().ChangeCipherSpec().SendFinished().Target.IsEstablished);
    }

    [Fact]
    public void A_premaster_secret_keeps_its_leading_zeros()
    {
        for (var attempt = 0; attempt < 2000; attempt++)
        {
            using var one = P256.Chosen.CreateEphemeralKey();
            using var two = P256.Chosen.CreateEphemeralKey();
            var secret = one.Agree(two.PublicPoint)!;
            Assert.Equal(32, secret.Length);
            Assert.Equal(secret, two.Agree(one.PublicPoint));
            if (secret[0] == 0)
            {
                return;
            }
        }

        Assert.Fail("No secret with a leading zero in 2,000.");
    }
}
