using System.Collections;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Check;
using CoapBridge.Init;
using CoapBridge.Options;
using CoapBridge.Support;
using CoapBridge.Tools.Broker;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Host;

/// <summary><c>coapbridge init</c>: each answer is tested at once, and what it writes is a good configuration.</summary>
public sealed class InitTests : IAsyncLifetime
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private static readonly DemoPki _pki = DemoPki.Create(_now, devices: 1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-init-");
    private readonly StringWriter _output = new();
    private DevelopmentBroker _broker = null!;

    private string Config => Path.Combine(_folder.FullName, "appsettings.json");

    private string this[string file] => Path.Combine(_folder.FullName, file);

    public async ValueTask InitializeAsync()
    {
        _pki.Write(_folder.FullName);
        CertificateAuthority.CreateRoot("Another CA", _now).Certificate.Write(_folder.FullName, "stranger");
        File.WriteAllText(this["open.key"], _pki.Gateway.PrivateKeyPem);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(this["open.key"], (UnixFileMode)0b110_100_100);
        }

        var own = new X509Certificate2Collection(X509Certificate2.CreateFromPem(_pki.Broker.CertificatePem, _pki.Broker.PrivateKeyPem));
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(_pki.Ca.Certificate.CertificatePem);
        _broker = new DevelopmentBroker(new IPEndPoint(IPAddress.Loopback, 0), own, authorities);
        await _broker.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Wrong_answers_are_asked_for_again_with_the_reason()
    {
        var answers = $"""
            {this["nothing.pem"]}
            {this["gateway.pem"]}
            {this["device-1.key"]}
            {this["open.key"]}
            {this["gateway.key"]}
            {this["stranger.pem"]}
            {this["ca.pem"]}
            127.0.0.1
            127.0.0.1:0
            http
            mqtt

            {this["gateway.key"]}

            bro ker
            127.0.0.2:1
            localhost:{_broker.Port}
            """;
        Assert.Equal(0, await Run(answers));
        Golden.Check("init", _output.ToString().Replace(Directory.GetCurrentDirectory(), "{here}", StringComparison.Ordinal), _folder.FullName);
        Assert.Contains(HostFacts.ModeOf(Config), (string[])["0600", "0640"]); // root lets the folder's group read
        Golden.Check("init-configuration", (await File.ReadAllTextAsync(Config, TestContext.Current.CancellationToken)).Replace($"{_broker.Port}", "{port}", StringComparison.Ordinal), _folder.FullName);

        var errors = new List<OptionsError>();
        var options = OptionsLoader.Load(Config, new Hashtable(), [], errors);
        Assert.Empty(errors);
        Assert.Equal((this["gateway.pem"], this["gateway.key"], this["ca.pem"]), (options.Identity.Certificate, options.Identity.PrivateKey, options.Identity.CloudCa));
        Assert.Equal(("localhost", _broker.Port, "gateway-1"), (options.Upstream.Host, options.Upstream.Port, options.Upstream.ClientId));
    }

    [Fact]
    public async Task A_broker_that_is_not_there_yet_may_be_insisted_on()
    {
        Assert.Equal(1, await Run("\n\n\n127.0.0.1:0\n\n\n\n127.0.0.1:1\n127.0.0.1:1\n"));
        Assert.Contains("\"Host\": \"127.0.0.1\"", await File.ReadAllTextAsync(Config, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_package_brought_is_replaced_without_a_question()
    {
        await File.WriteAllTextAsync(Config, "as installed", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(this["shipped.json"], "as installed", TestContext.Current.CancellationToken);
        var given = Given(asks: false) with { Listen = "127.0.0.1:0", Broker = $"localhost:{_broker.Port}" };
        var service = ServiceUser.Packaged with { Shipped = this["shipped.json"] };
        Assert.Equal(0, await Run("", given, service));
        Assert.Equal(2, await Run("", given, service));
    }

    [Fact]
    public async Task Of_a_broker_by_AMQP_the_virtual_host_and_the_exchange_are_asked_too()
    {
        Assert.Equal(1, await Run("\n\n\n127.0.0.1:0\namqp\n\n\n/plant\nall lines\nlines\n127.0.0.1\n127.0.0.1\n"));
        Assert.Contains("Upstream:Amqp:Exchange: must be the name of a topic exchange", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1 port 5671: ", _output.ToString(), StringComparison.Ordinal);
        var errors = new List<OptionsError>();
        var options = Assert.IsType<AmqpOptions>(OptionsLoader.Load(Config, new Hashtable(), [], errors).Upstream);
        Assert.Empty(errors);
        Assert.Equal(("127.0.0.1", 5_671, "/plant", "lines", "gateway-1"), (options.Host, options.Port, options.VirtualHost, options.Exchange, options.ClientId));
    }

    [Fact]
    public async Task Without_questions_the_options_and_defaults_are_tested_and_a_wrong_one_writes_nothing()
    {
        var given = Given(asks: false) with { Listen = "127.0.0.1:0", Broker = $"localhost:{_broker.Port}" };
        Assert.Equal(2, await Run("", given with { Key = this["device-1.key"] }));
        Assert.False(File.Exists(Config));
        Assert.Equal(0, await Run("", given));
        Assert.True(File.Exists(Config));
    }

    [Fact]
    public async Task A_configuration_that_is_there_is_replaced_only_when_somebody_says_so()
    {
        await File.WriteAllTextAsync(Config, "mine", TestContext.Current.CancellationToken);
        var given = Given(asks: false) with { Listen = "127.0.0.1:0", Broker = $"localhost:{_broker.Port}" };
        Assert.Equal(2, await Run("", given));
        Assert.Equal(2, await Run("n\n"));
        Assert.Equal("mine", await File.ReadAllTextAsync(Config, TestContext.Current.CancellationToken));
        Assert.Equal(0, await Run("", given with { Force = true }));
        Assert.Equal("mine", await File.ReadAllTextAsync(Config + ".old", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("the file", "may not read {folder}/gateway.key", "chgrp nobody {folder}/gateway.key && chmod 640 {folder}/gateway.key")]
    [InlineData("the folder", "may not enter {folder}, so it cannot read {folder}/gateway.key", "chgrp nobody {folder} && chmod 750 {folder}")]
    [InlineData("a folder elsewhere", "may not enter {folder}/keys, so it cannot read {folder}/keys/own.key", "install -m 640 -g nobody {folder}/keys/own.key {folder}/ and name it there")]
    [InlineData("the unit", "the service does not see {folder}, so it cannot read {folder}/gateway.key", "install -m 640 -g nobody {folder}/gateway.key {folder}/ and name it there")]
    [InlineData("nothing", null, null)]
    public async Task Root_hears_what_keeps_the_service_from_the_key(string obstacle, string? problem, string? remedy)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can read what others cannot");
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        if (obstacle is not "the folder")
        {
            FileOwner.Open(_folder.FullName);
        }

        if (obstacle is not "the file")
        {
            FileOwner.Give(this["gateway.key"], FileOwner.Nobody);
        }

        var key = this["gateway.key"];
        if (obstacle is "a folder elsewhere")
        {
            Directory.CreateDirectory(this["keys"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Move(key, key = Path.Combine(this["keys"], "own.key"));
        }

        var given = Given(asks: false) with { Key = key, Listen = "127.0.0.1:0", Broker = $"localhost:{_broker.Port}" };
        Assert.Equal(0, await Run("", given, new ServiceUser("nobody", _folder.FullName, obstacle is "the unit" ? [_folder.FullName] : [])));
        var lines = _output.ToString().Split('\n').SkipWhile(line => !line.StartsWith("Its private key", StringComparison.Ordinal)).TakeWhile(line => line.Length > 0).Skip(2).ToList();
        var user = obstacle is "the unit" ? "" : "user nobody, as whom the service runs, ";
        Assert.Equal(
            problem is null ? [] : [$"  ‼ {user}{problem}", $"      → {remedy}"],
            lines.Select(line => line.Replace(_folder.FullName, "{folder}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task When_answers_end_nothing_is_written()
    {
        Assert.Equal(2, await Run("\n\n"));
        Assert.False(File.Exists(Config));
        Assert.EndsWith("Nothing was written: there was no answer.\n", _output.ToString(), StringComparison.Ordinal);
    }

    private InitAnswers Given(bool asks) => new(Config, Force: false, Asks: asks);

    private Task<int> Run(string answers, InitAnswers? given = null, ServiceUser? service = null) =>
        new InitCommand(given ?? Given(asks: true), new StringReader(answers), _output, echoes: true, service ?? ServiceUser.Packaged).RunAsync(TestContext.Current.CancellationToken);
}
