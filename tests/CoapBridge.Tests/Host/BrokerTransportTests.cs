using System.Collections;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Host;

public sealed class BrokerTransportTests : IDisposable
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-broker-");
    private readonly DemoPki _pki = DemoPki.Create(_now, devices: 1);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CertificateOptions _broker = new()
    {
        CommonName = "localhost", DnsNames = ["localhost"], ExtendedKeyUsage = [CertificatePurposes.ServerAuth],
    };

    private string? _clientSubject, _negotiated;
    private List<SslApplicationProtocol>? _protocols;
    private bool _listensOn, _heardAnything;

    public BrokerTransportTests()
    {
        _pki.Write(_folder.FullName);
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Both_sides_know_each_other(SslProtocols protocol)
    {
        var (fault, bytes) = await Connect(_pki.Broker, protocols: protocol);
        Assert.Null(fault);
        Assert.Equal("CN=gateway-1", _clientSubject);
        Assert.Equal([1, 2, 3], bytes);
    }

    [Fact]
    public async Task An_address_is_matched_by_iPAddress_only()
    {
        Assert.Null((await Connect(_pki.Broker, host: "127.0.0.1")).Fault);
        var named = _pki.Ca.Issue(_broker with { DnsNames = ["127.0.0.1"] });
        Assert.Equal(BrokerFaultReason.BrokerRefused, (await Connect(named, host: "127.0.0.1")).Fault!.Reason);
    }

    [Fact]
    public async Task A_common_name_or_a_wildcard_is_not_the_brokers_name()
    {
        var commonNameOnly = await Connect(_pki.Ca.Issue(_broker with { DnsNames = [] }));
        Assert.Contains("it names nothing (a common name does not count)", commonNameOnly.Fault!.Problem, StringComparison.Ordinal);
        var other = await Connect(_pki.Ca.Issue(_broker with { DnsNames = ["broker.example", "*.example"] }));
        Assert.Contains("is not for localhost: it names broker.example, *.example", other.Fault!.Problem, StringComparison.Ordinal);
    }

    [Theory] // RFC 9525 §6.3
    [InlineData("*.example.org", "broker.example.org", true)]
    [InlineData("*.example.org", "BROKER.example.org", true)]
    [InlineData("*.example.org", "a.broker.example.org", false)]
    [InlineData("*.example.org", "example.org", false)]
    [InlineData("b*.example.org", "broker.example.org", false)]
    [InlineData("broker.*.org", "broker.example.org", false)]
    [InlineData("*", "broker", false)]
    [InlineData("*.0.0.1", "127.0.0.1", false)]
    public void A_wildcard_that_is_allowed_stands_for_one_whole_first_label(string name, string host, bool isGood)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_pki.Ca.Issue(_broker with { CommonName = "x", DnsNames = [name] }).Der);
        var fault = BrokerCertificate.Check(certificate, null, SslPolicyErrors.None, host, "Upstream:Mqtt", allowWildcard: true);
        Assert.Equal(isGood, fault is null);
    }

    [Fact]
    public void An_allowed_wildcard_does_not_bring_the_common_name_back()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_pki.Ca.Issue(_broker with { CommonName = "broker.example.org", DnsNames = ["*.example.net"] }).Der);
        Assert.NotNull(BrokerCertificate.Check(certificate, null, SslPolicyErrors.None, "broker.example.org", "Upstream:Mqtt", allowWildcard: true));
    }

    [Theory] // RFC 9525 §6.3: compared as A-labels, whatever the configuration holds
    [InlineData("b\u00fccher.example", "xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", true)]
    [InlineData("B\u00dcCHER.example.", "xn--bcher-kva.example", true)]
    [InlineData("bucher.example", "xn--bcher-kva.example", false)]
    public void An_internationalised_name_is_compared_as_its_A_labels(string host, string name, bool isGood)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_pki.Ca.Issue(_broker with { CommonName = "x", DnsNames = [name] }).Der);
        Assert.Equal(isGood, BrokerCertificate.Check(certificate, null, SslPolicyErrors.None, BrokerCertificate.ReferenceName(host), "Upstream:Mqtt") is null);
        Assert.Null(Rule.Host(host.TrimEnd('.')).Problem);
    }

    [Fact]
    public void A_wildcard_that_the_platform_would_take_is_refused()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_pki.Ca.Issue(_broker with { DnsNames = ["*.example.org"] }).Der);
        Assert.Equal(BrokerFaultReason.BrokerRefused, BrokerCertificate.Check(certificate, null, SslPolicyErrors.None, "broker.example.org", "Upstream:Mqtt")!.Reason);
    }

    [Fact]
    public async Task Another_CA_is_refused_whatever_the_name()
    {
        var foreign = CertificateAuthority.CreateRoot("CoapBridge Demo CA", _now).Issue(_broker);
        var (fault, _) = await Connect(foreign);
        Assert.Equal(BrokerFaultReason.BrokerRefused, fault!.Reason);
        Assert.Contains("does not lead to a CA that is trusted here", fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_ServerCa_the_cloud_CA_is_no_anchor_for_the_broker()
    {
        var ca = CertificateAuthority.CreateRoot("Public CA", _now);
        File.WriteAllText(Path.Combine(_folder.FullName, "server-ca.pem"), ca.Certificate.CertificatePem);
        Assert.Null((await Connect(ca.Issue(_broker), settings: "--Upstream:Mqtt:ServerCa=server-ca.pem")).Fault);
        Assert.NotNull((await Connect(_pki.Broker, settings: "--Upstream:Mqtt:ServerCa=server-ca.pem")).Fault);
    }

    [Fact]
    public async Task A_device_cannot_play_the_broker()
    {
        foreach (var purposes in new IReadOnlyList<string>?[] { [CertificatePurposes.ClientAuth], null })
        {
            var (fault, _) = await Connect(_pki.Ca.Issue(_broker with { ExtendedKeyUsage = purposes }));
            Assert.Contains("serverAuth", fault!.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_expired_broker_is_explained()
    {
        var (fault, _) = await Connect(_pki.Ca.Issue(_broker with { NotAfter = _now.AddMinutes(-1) }));
        Assert.Contains("is valid from", fault!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_TLS_is_refused()
    {
#pragma warning disable SYSLIB0039, CA5397 // what the test is about
        var (fault, _) = await Connect(_pki.Broker, protocols: SslProtocols.Tls11);
#pragma warning restore SYSLIB0039, CA5397
        Assert.NotNull(fault);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_refusal_of_our_certificate_is_explained(SslProtocols protocol)
    {
        var (fault, _) = await Connect(_pki.Broker, protocols: protocol, acceptClient: false);
        Assert.NotNull(fault);
        Assert.NotEqual(BrokerFaultReason.BrokerRefused, fault.Reason);
    }

    [Theory]
    [InlineData("error:0A000418:SSL routines::tlsv1 alert unknown ca", "unknown ca")]
    [InlineData("error:0A00045C:SSL routines::tlsv13 alert certificate required", "certificate required")]
    public void An_alert_of_the_broker_is_named_wherever_it_shows(string text, string alert)
    {
        var read = new IOException("The decryption operation failed, see inner exception.", new InvalidOperationException("SSL", new ArgumentException(text)));
        var fault = BrokerTransport.Explain(read);
        Assert.Equal((BrokerFaultReason.TlsRefused, $"the broker ended the handshake with the alert '{alert}'"), (fault.Reason, fault.Problem));
    }

    [Fact]
    public void Tls_that_fails_without_an_alert_is_nobodys_refusal()
    {
        var fault = BrokerTransport.Explain(new System.Security.Authentication.AuthenticationException("Cannot determine the frame size."));
        Assert.Equal(BrokerFaultReason.TlsFailed, fault.Reason);
        Assert.Contains("TLS port", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_reached_is_told_with_a_reason()
    {
        var unresolved = await Transport("no-such-host.invalid", 1).ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal(BrokerFaultReason.NameNotResolved, unresolved.Fault!.Reason);
        _listener.Stop();
        var closed = await Transport("127.0.0.1", 1).ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal(BrokerFaultReason.Unreachable, closed.Fault!.Reason);
    }

    [Fact]
    public async Task Alpn_is_asked_for_and_a_broker_without_it_is_explained()
    {
        _protocols = [new SslApplicationProtocol("x-amzn-mqtt-ca")];
        Assert.Null((await Connect(_pki.Broker, settings: "--Upstream:Mqtt:Alpn=x-amzn-mqtt-ca")).Fault);
        Assert.Equal("x-amzn-mqtt-ca", _negotiated);
        var (fault, _) = await Connect(_pki.Broker, settings: "--Upstream:Mqtt:Alpn=mqtt");
        Assert.Contains("Upstream:Mqtt:Alpn", fault!.Remedy, StringComparison.Ordinal);
    }

    [Fact] // REQUIREMENTS 11.08
    public async Task A_session_is_not_resumed_past_other_anchors()
    {
        Assert.Null((await Connect(_pki.Broker)).Fault);
        Assert.Null((await Connect(_pki.Broker)).Fault);
        var other = CertificateAuthority.CreateRoot("Other CA", _now);
        File.WriteAllText(Path.Combine(_folder.FullName, "other-ca.pem"), other.Certificate.CertificatePem);
        var (fault, _) = await Connect(_pki.Broker, settings: "--Upstream:Mqtt:ServerCa=other-ca.pem");
        Assert.Equal(BrokerFaultReason.BrokerRefused, fault!.Reason);
    }

    [Fact] // L01
    public async Task A_broker_that_is_refused_gets_no_byte_of_mqtt()
    {
        _listensOn = true;
        foreach (var wrong in new[] { _broker with { DnsNames = ["broker-a"] }, _broker with { DnsNames = [] } })
        {
            var (fault, _) = await Connect(_pki.Ca.Issue(wrong));
            Assert.Equal(BrokerFaultReason.BrokerRefused, fault!.Reason);
            Assert.False(_heardAnything);
        }
    }

    [Fact]
    public async Task An_attempt_can_be_given_up()
    {
        using var stop = new CancellationTokenSource();
        var attempt = Transport("127.0.0.1", Port).ConnectAsync(stop.Token);
        using var silent = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private async Task<(BrokerFault? Fault, byte[]? Bytes)> Connect(
        IssuedCertificate broker, string host = "localhost", SslProtocols protocols = SslProtocols.None, bool acceptClient = true, params string[] settings)
    {
        var serving = ServeAsync(broker, protocols, acceptClient);
        var (connection, fault) = await Transport(host, Port, settings).ConnectAsync(TestContext.Current.CancellationToken);
        if (connection is null)
        {
            await serving;
            return (fault, null);
        }

        await using (connection)
        {
            try
            {
                var bytes = new byte[3];
                await connection.Stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
                return (null, bytes);
            }
            catch (IOException exception)
            {
                return (BrokerTransport.Explain(exception), null);
            }
            finally
            {
                await serving;
            }
        }
    }

    private BrokerTransport Transport(string host, int port, params string[] settings)
    {
        var errors = new List<OptionsError>();
        var file = Path.Combine(_folder.FullName, "appsettings.json");
        File.WriteAllText(file, """{ "Identity": { "CloudCa": "ca.pem" } }""");
        var options = OptionsLoader.Load(file, new Hashtable(), [$"--Upstream:Mqtt:Host={host}", $"--Upstream:Mqtt:Port={port}", .. settings], errors);
        var credentials = GatewayCredentials.Load(options, errors);
        Assert.Empty(errors);
        return new BrokerTransport(options.Upstream, credentials!);
    }

    private async Task ServeAsync(IssuedCertificate broker, SslProtocols protocols, bool acceptClient)
    {
        using var client = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var certificate = broker.ToX509WithKey();
        await using var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = protocols,
                    ApplicationProtocols = _protocols,
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    {
                        _clientSubject = shown?.Subject;
                        return acceptClient && shown is not null;
                    },
                },
                TestContext.Current.CancellationToken);
            _negotiated = stream.NegotiatedApplicationProtocol.ToString();
            await stream.WriteAsync(new byte[] { 1, 2, 3 }, TestContext.Current.CancellationToken);
            _heardAnything = _listensOn && await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken) > 0;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            // The client said no, or we did: the client's side is what the tests look at.
        }
    }
}
