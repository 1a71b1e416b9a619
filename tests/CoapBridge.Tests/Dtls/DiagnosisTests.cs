using CoapBridge.Dtls;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls;

/// <summary>What an operator is told of a hello and, when asked for, of the secrets.</summary>
public sealed class DiagnosisTests
{
    [Fact]
    public void A_hello_is_summed_up_with_its_name_suites_and_groups()
    {
        var hello = new HelloBuilder { Suites = [0xC0AE, 0xC02B, 0x1301] }.Without(10)
            .With(10, 0, 6, 0, 29, 0, 23, 1, 0).With(0, [0, 5, 0, 0, 2, (byte)'g', (byte)'w']);
        var summary = new RogueClient().SayTwice(hello).Summary;
        Assert.Equal(("gw", "CCM_8,GCM,0x1301", "x25519,secp256r1,256"), (summary!.ServerName, summary.CipherSuites, summary.Groups));
    }

    [Fact]
    public void A_refused_hello_is_summed_up_too_and_a_long_list_is_cut()
    {
        var hello = new HelloBuilder { Suites = [.. Enumerable.Range(1, 100).Select(number => (ushort)number)] };
        var verdict = new RogueClient().SayTwice(hello);
        Assert.Equal(DtlsFault.NoCommonSuite, verdict.Fault);
        Assert.Equal(17, verdict.Summary!.CipherSuites.Split(',').Length);
        Assert.EndsWith(",...", verdict.Summary.CipherSuites);
    }

    [Fact]
    public void A_stranger_without_a_cookie_is_not_summed_up() =>
        Assert.Null(new RogueClient().Say(RogueClient.HelloDatagram(new HelloBuilder().ToBytes())).Summary);

    [Fact]
    public void Both_sides_tell_the_same_secret_when_they_are_asked()
    {
        var pair = new DtlsPair(
            1, DtlsPair.DefaultServer with { TellsSecrets = true }, DtlsPair.DefaultClient with { TellsSecrets = true });
        pair.RunUntil(() => pair.IsConnected, TimeSpan.FromSeconds(5));
        var line = Assert.Single(pair.ServerEvents.OfType<DtlsEvent.SecretDerived>()).KeyLogLine;
        Assert.Matches("^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$", line);
        Assert.Equal(line, Assert.Single(pair.ClientEvents.OfType<DtlsEvent.SecretDerived>()).KeyLogLine);
    }

    [Fact]
    public void Nobody_tells_secrets_unasked()
    {
        var pair = DtlsPair.Connected();
        Assert.Empty(pair.ServerEvents.Concat(pair.ClientEvents).OfType<DtlsEvent.SecretDerived>());
    }
}
