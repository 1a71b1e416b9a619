using CoapBridge.Interop.Tests.Clouds;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>Whom RabbitMQ lets in by AMQP 0.9.1, and with which certificate.</summary>
public sealed class AmqpRefusalTests(AmqpFixture fixture) : IClassFixture<AmqpFixture>
{
    private const int SigHup = 1;

    [Fact]
    public async Task Who_is_not_let_in_is_told_why_in_one_line_with_the_remedy()
    {
        await fixture.StartAsync();
        Roll("gateway-1"); // the other test may have left another one
        fixture.Pki.Demo.Ca.Issue(GatewayNamed("nobody")).Write(fixture.Pki.Folder, "nobody");
        fixture.Pki.Stranger.Issue(GatewayNamed("gateway-1")).Write(fixture.Pki.Folder, "strange");
        await LineAsync("does not lead to a CA that is trusted here", "put the broker's root CA into Upstream:Amqp:ServerCa", "--Upstream:Amqp:ServerCa=stranger-ca.pem");
        await using var proxy = new ConnectProxy(new() { ["broker-b.example:5671"] = fixture.Broker.AmqpPort });
        await LineAsync(
            "not for broker-b.example", "set Upstream:Amqp:Host to one of these names",
            "--Upstream:Amqp:Host=broker-b.example", "--Upstream:Amqp:Port=5671", proxy.Setting.Replace("Mqtt", "Amqp", StringComparison.Ordinal));
        await LineAsync("the broker has no user for the gateway's certificate", "ssl_cert_login_from", "--Identity:Certificate=nobody.pem", "--Identity:PrivateKey=nobody.key");
        await LineAsync(
            "the broker ended the handshake with the alert", "check that the broker trusts the CA of Identity:Certificate",
            "--Identity:Certificate=strange.pem", "--Identity:PrivateKey=strange.key");
        await LineAsync("the broker has no exchange nowhere", "Upstream:Amqp:Exchange", "--Upstream:Amqp:Exchange=nowhere");
        await LineAsync("the gateway into the virtual host nowhere", "Upstream:Amqp:VirtualHost", "--Upstream:Amqp:VirtualHost=nowhere");
        await LineAsync("AMQP", "check that Port is its AMQP port", $"--Upstream:Amqp:Port={fixture.Broker.MqttPort}");

        async Task LineAsync(string problem, string remedy, params string[] settings)
        {
            await using var worker = await AmqpFixture.StartWorkerAsync(fixture.Pki, fixture.Broker, settings);
            var line = await worker.WaitForLogAsync("upstream_away");
            Assert.True(line.Contains(problem, StringComparison.Ordinal) && line.Contains(remedy, StringComparison.Ordinal), line);
            if (!settings.Contains("--Identity:Certificate=strange.pem")) // devices would not have it either
            {
                Assert.StartsWith("5.0", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/t"))).Code, StringComparison.Ordinal);
                Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/e"))).Code);
            }

            await worker.StopAsync();
        }
    }

    [Fact]
    public async Task A_new_certificate_rolls_and_one_that_is_refused_gives_way_to_the_old_one()
    {
        await fixture.StartAsync();
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, "cloud");
        await using var worker = await AmqpFixture.StartWorkerAsync(fixture.Pki, fixture.Broker);
        await worker.WaitForLogAsync("upstream_ready");
        using var device = OwnDevice.Of(worker, fixture.Pki.Demo.Device(1));
        await device.ConnectAsync();

        var mark = worker.Mark;
        Roll("gateway-1");
        worker.Child.Signal(SigHup);
        var answers = new List<string>();
        while (worker.LogLines(" upstream_renewed ", mark).Count == 0)
        {
            answers.Add(await device.PostAsync("meanwhile"));
        }

        Assert.All(answers, answer => Assert.Equal("2.04", answer));

        mark = worker.Mark;
        Roll("nobody"); // no user of RabbitMQ's
        worker.Child.Signal(SigHup);
        await worker.WaitForLogAsync("upstream_renewal_refused", mark);
        await worker.WaitForLogAsync("upstream_ready", mark);
        Assert.Equal("2.04", await device.PostAsync("as before"));
        Assert.Contains("upstream: the broker refuses the gateway's new certificate", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);
        Assert.Equal(answers.Count, cloud.Count("meanwhile"));
    }

    private static CertificateOptions GatewayNamed(string name) => new()
    {
        CommonName = name,
        DnsNames = ["localhost"],
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
    };

    private void Roll(string name)
    {
        File.Delete(fixture.Pki["gateway.pem"]);
        File.Delete(fixture.Pki["gateway.key"]);
        fixture.Pki.Demo.Ca.Issue(GatewayNamed(name)).Write(fixture.Pki.Folder, "gateway");
    }
}
