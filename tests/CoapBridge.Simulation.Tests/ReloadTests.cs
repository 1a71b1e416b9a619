using System.Security.Cryptography.X509Certificates;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Simulation.Tests;

/// <summary>Another generation of certificates, rules and policy while devices are connected (REQUIREMENTS 10.18).</summary>
public sealed class ReloadTests
{
    private static readonly IssuedCertificate SecondGateway = SimulatedPki.IssueOfOneLength(SimulatedPki.Ca, new CertificateOptions
    {
        CommonName = "gateway-1",
        KeyUsage = X509KeyUsageFlags.DigitalSignature,
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
        DnsNames = ["localhost"],
    });

    [Fact]
    public void A_revoked_device_hears_4_03_at_its_next_request_and_its_connection_ends()
    {
        var world = Scenario.Create(1);
        var (device, canary) = (world.AddConnectedDevice(), world.AddConnectedDevice());
        device.StaysDown = true;
        world.Reload(new Revoking(device.Name));
        Assert.Equal("revoked", Assert.Single(world.Events.OfType<GatewayEvent.Revoked>()).Reason);

        world.RunFor(TimeSpan.FromSeconds(50));
        Assert.True(device.IsConnected);
        var request = world.Answered(device.Post("/t", "late"));
        Assert.Equal(CoapCode.Forbidden, request.Code);
        Assert.StartsWith("revoked: ", request.Diagnostic, StringComparison.Ordinal);
        world.Expect(() => !device.IsConnected, TimeSpan.FromSeconds(1), "closed");
        Assert.Equal("PeerAlert AccessDenied", Assert.Single(device.Ends));
        Assert.DoesNotContain(world.Broker.Log, message => World.Text(message) == "late");

        device.StartOver();
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("peer_alert CertificateRevoked", device.Ends[^1]);
        world.AssertUnharmed(canary);
    }

    [Fact]
    public void A_revoked_device_that_asks_nothing_is_closed_after_60_seconds()
    {
        var world = Scenario.Create(2);
        var (device, canary) = (world.AddConnectedDevice(), world.AddConnectedDevice());
        device.StaysDown = true;
        world.Reload(new Revoking(device.Name));
        world.RunFor(TimeSpan.FromSeconds(59.9));
        Assert.True(device.IsConnected);
        world.RunFor(TimeSpan.FromSeconds(0.2));
        Assert.Equal("PeerAlert AccessDenied", Assert.Single(device.Ends));
        Assert.Equal(CloseReason.Refused, Assert.Single(world.Events.OfType<GatewayEvent.Disconnected>()).Reason);
        world.AssertUnharmed(canary);
    }

    [Fact]
    public void A_revoked_non_confirmable_request_is_answered_and_not_published()
    {
        var world = Scenario.Create(3);
        var device = world.AddConnectedDevice();
        world.Reload(new Revoking(device.Name));
        device.StaysDown = true;
        var request = world.Answered(device.Post("/t", "21.5", MessageType.NonConfirmable));
        Assert.Equal(CoapCode.Forbidden, request.Code);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.False(device.IsConnected);
        Assert.Empty(world.Broker.Log);
    }

    [Fact]
    public void Everybody_is_judged_again_in_small_portions()
    {
        var world = Scenario.Create(4, new() { Shards = 2, WorkTime = TimeSpan.FromMilliseconds(10) });
        var devices = Enumerable.Range(0, 300).Select(_ => world.AddDevice()).ToList();
        world.Expect(() => devices.TrueForAll(device => device.IsConnected), TimeSpan.FromMinutes(5), "connected");
        world.Events.Clear();
        world.Reload(new Revoking([.. devices.Take(7).Select(device => device.Name)]));
        Assert.Empty(world.Events.OfType<GatewayEvent.Revoked>());
        world.Expect(() => world.Events.OfType<GatewayEvent.Judged>().Count() == 2, TimeSpan.FromSeconds(1), "judged");

        var judged = world.Events.OfType<GatewayEvent.Judged>().ToList();
        Assert.Equal((300, 7), (judged.Sum(one => one.Count), judged.Sum(one => one.RefusedCount)));
        Assert.All(judged, one => Assert.True(one.Duration >= TimeSpan.FromMilliseconds(20), $"{one}"));
        Assert.Equal(7, world.Events.OfType<GatewayEvent.Revoked>().Count());
    }

    [Fact]
    public void Who_is_shaking_hands_while_the_rules_change_is_judged_by_the_new_ones_too()
    {
        var world = Scenario.Create(5, new() { WorkTime = TimeSpan.FromSeconds(1) });
        var device = world.AddDevice();
        world.Expect(() => world.Handshakes == 1, TimeSpan.FromSeconds(5), "under way");
        world.RunFor(TimeSpan.FromSeconds(1.5));
        Assert.False(device.IsConnected);
        world.Reload(new Revoking(device.Name));
        device.StaysDown = true;
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(5), "connected by the rules that it began with");
        world.Expect(() => world.Events.OfType<GatewayEvent.Revoked>().Any(), TimeSpan.FromSeconds(5), "revoked");
        Assert.Equal(CoapCode.Forbidden, world.Answered(device.Post("/t", "21.5")).Code);
    }

    [Fact]
    public void A_reload_within_a_reload_leaves_only_the_last_one()
    {
        var world = Scenario.Create(6, new() { WorkTime = TimeSpan.FromSeconds(1) });
        var device = world.AddDevice();
        world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromSeconds(30), "connected");
        world.Reload(new Revoking(device.Name));
        world.RunFor(TimeSpan.FromSeconds(0.5));
        world.Reload(new Revoking());
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Empty(world.Events.OfType<GatewayEvent.Revoked>());
        Assert.Equal(3, Assert.Single(world.Events.OfType<GatewayEvent.Judged>()).Generation);
        world.AssertChanged(device.Post("/t", "21.5"));
    }

    [Fact]
    public void A_certificate_that_expires_while_its_device_is_connected_ends_the_connection()
    {
        var world = Scenario.Create(7);
        var certificate = SimulatedPki.IssueOfOneLength(SimulatedPki.Ca, new CertificateOptions
        {
            CommonName = "short", NotAfter = SimulatedPki.Created + TimeSpan.FromHours(2),
        });
        var device = world.AddDevice("short", settings => settings with { Credentials = SeededKeys.Credentials(certificate) });
        var canary = world.AddConnectedDevice();
        device.StaysDown = true;
        world.RunFor(TimeSpan.FromHours(2) - TimeSpan.FromMinutes(1));
        world.AssertChanged(device.Post("/t/canary", "in time"));
        world.RunFor(TimeSpan.FromMinutes(1.5));
        Assert.Equal("expired", Assert.Single(world.Events.OfType<GatewayEvent.Revoked>()).Reason);
        Assert.True(device.IsConnected);
        Assert.Equal(CoapCode.Forbidden, world.Answered(device.Post("/t", "late")).Code);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal("PeerAlert AccessDenied", Assert.Single(device.Ends));
        world.AssertUnharmed(canary);
    }

    [Fact]
    public void Another_access_policy_holds_from_the_next_request_on()
    {
        var world = Scenario.Create(8);
        var device = world.AddConnectedDevice();
        world.AssertChanged(device.Post("/t", "21.5"));
        var nothing = AccessPolicy.TryParse("""{ "Version": "1", "Statement": [] }"""u8, out _)!;
        world.Reload(before => before with { Relay = before.Relay with { Policy = nothing } });
        Assert.Empty(world.Events.OfType<GatewayEvent.Judged>());
        Assert.Equal(CoapCode.Forbidden, world.Answered(device.Post("/t", "21.5")).Code);
        Assert.Equal(device.Name, Assert.Single(world.Events.OfType<GatewayEvent.Denied>()).Device.Name);
        Assert.True(device.IsConnected);
    }

    [Theory]
    [MemberData(nameof(Seeds.All), MemberType = typeof(Seeds))]
    public void Each_handshake_sees_one_generation_of_the_gateways_certificate(int seed)
    {
        var world = Scenario.Create(seed, new() { Shards = 2, WorkTime = TimeSpan.FromMilliseconds(7) }).Loss(seed % 3 * 0.1);
        var devices = new List<SimulatedDevice>();
        var credentials = new[] { SeededKeys.Credentials(SecondGateway), SeededKeys.Credentials(SimulatedPki.Gateway) };
        for (var round = 0; round < 20; round++)
        {
            devices.Add(world.AddDevice(adapt: settings => settings with { Verifier = new EitherGateway() }));
            world.RunFor(TimeSpan.FromMilliseconds(5));
            world.Reload(before => before with { Dtls = before.Dtls with { Credentials = credentials[round % 2] } });
        }

        world.Expect(() => devices.TrueForAll(device => device.IsConnected), TimeSpan.FromMinutes(10), "connected");
        Assert.All(devices.SelectMany(device => device.Ends), end => Assert.Equal("time_out ", end)); // a lossy network's, and no other
    }

    private sealed class Revoking(params string[] names) : IPeerVerifier
    {
        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
        {
            var verdict = SimulatedPki.DeviceVerifier.Verify(chain, time);
            return verdict.IsAccepted && names.Contains(((DeviceIdentity)verdict.Identity!).Name)
                ? PeerVerdict.Refuse(AlertDescription.CertificateRevoked, "revoked", verdict.PublicKeyPoint, verdict.Subject, verdict.Issuer)
                : verdict;
        }
    }

    /// <summary>Whose certificate it is, is all that it asks; the handshake itself checks that the signature is by that key.</summary>
    private sealed class EitherGateway : IPeerVerifier
    {
        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(chain[0]);
            using var key = certificate.GetECDsaPublicKey()!;
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            return PeerVerdict.Accept([4, .. point.X!, .. point.Y!], "gateway", certificate.Subject, certificate.Issuer);
        }
    }
}
