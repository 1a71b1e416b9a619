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

    public static TheoryData<int> Seeds() => new(Enumerable.Range(1, 100));
}
