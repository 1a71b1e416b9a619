using System.Text;
using CoapBridge.Dtls;

namespace CoapBridge.Tests.Dtls;

public sealed class HandshakeTests
{
    [Fact]
    public void A_client_and_a_server_connect_and_talk()
    {
        var pair = DtlsPair.Connected();
        pair.SendToServer("hello");
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("hello", Encoding.UTF8.GetString(Assert.Single(pair.ReceivedByServer)));
        var completed = Assert.IsType<DtlsEvent.HandshakeCompleted>(Assert.Single(pair.ServerEvents));
        Assert.True(completed.ExtendedMasterSecret);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_handshake_survives_loss_duplication_and_reordering(int seed)
    {
        var random = new Random(seed);
        var pair = new DtlsPair(seed)
        {
            Network = (_, datagram) => Enumerable.Range(0, random.Next(5) == 0 ? 2 : 1)
                .Where(_ => random.NextDouble() >= 0.2)
                .Select(_ => (TimeSpan.FromMilliseconds(random.Next(1, 400)), datagram)),
        };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(150));
        Assert.True(pair.IsConnected, $"seed {seed}");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_handshake_survives_slow_work_on_a_bad_network(int seed)
    {
        var random = new Random(seed);
        var pair = new DtlsPair(seed)
        {
            WorkTime = () => TimeSpan.FromMilliseconds(random.Next(0, 6000)),
            Network = (_, datagram) => random.NextDouble() < 0.15 ? [] : [(TimeSpan.FromMilliseconds(random.Next(1, 400)), datagram)],
        };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(150));
        Assert.True(pair.IsConnected, $"seed {seed}");
    }

    [Fact]
    public void Slow_work_does_not_make_the_two_ends_shout_at_one_another()
    {
        // 10 s for each of four work items: the flights that a timer repeats, and no answers to those.
        var pair = new DtlsPair { WorkTime = () => TimeSpan.FromSeconds(10) };
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(150));
        Assert.True(pair.IsConnected);
        Assert.InRange(pair.Sent, 6, 25);
    }

    [Fact]
    public void An_RSA_certificate_is_refused_with_43()
    {
        // Its holder cannot be asked for a proof that we could check, so the refusal comes without one.
        var verifier = new TestVerifier { Refusal = PeerVerdict.Refuse(AlertDescription.UnsupportedCertificate, "key_type", null, "CN=a", "CN=b") };
        var pair = new DtlsPair(server: DtlsPair.DefaultServer with { Verifier = verifier });
        pair.RunFor(TimeSpan.FromSeconds(10));
        var failed = Assert.IsType<DtlsEvent.HandshakeFailed>(Assert.Single(pair.ServerEvents));
        Assert.Equal("key_type", failed.Reason);
        Assert.Equal(AlertDescription.UnsupportedCertificate, failed.Alert);
        Assert.Equal(AlertDescription.UnsupportedCertificate, Assert.IsType<DtlsEvent.HandshakeFailed>(Assert.Single(pair.ClientEvents)).Alert);
    }

    public static TheoryData<int> Seeds() => new(Enumerable.Range(1, 100));
}
