using System.Security.Cryptography.X509Certificates;
using CoapBridge.Check;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Init;

/// <summary>
/// <c>coapbridge init</c>: asks for what a gateway cannot know, tests each answer at once, writes a configuration and says what to do
/// next. Exit codes: 0 written, 1 written but something does not work yet, 2 nothing was written.
/// </summary>
internal sealed class InitCommand(InitAnswers given, TextReader input, TextWriter output, bool echoes, ServiceUser service)
{
    private const int Written = 0;
    private const int WrittenInDoubt = 1;
    private const int NothingWritten = 2;

    private readonly Interview _interview = new(input, output, given.Asks, echoes);
    private readonly InitSettings _settings = new(Path.GetFullPath(given.Config));
    private readonly string _path = Path.GetFullPath(given.Config);
    private bool _isRunning;

    public async Task<int> RunAsync(CancellationToken stop)
    {
        output.WriteLine($"This writes {_path}. Enter takes what stands in brackets; Ctrl-C writes nothing.\n");
        if (ConfigurationFile.WhyNot(_path) is { } obstacle)
        {
            return Nothing(obstacle);
        }

        if (File.Exists(_path) && !given.Force && !service.IsAsShipped(_path) && !_interview.Confirm($"{_path} exists. Replace it? The old one is kept as {Path.GetFileName(_path)}.old."))
        {
            return Nothing(given.Asks ? "it stays as it is" : "it exists; --force replaces it and keeps the old one beside it");
        }

        // One that runs, on the default address, holds its ports rightly.
        _isRunning = await RunningGateway.FindAsync(_settings.Read([]).Admin.Listen, stop).ConfigureAwait(false);
        foreach (var step in new Func<CancellationToken, Task<bool>>[] { CertificateAsync, KeyAsync, CaAsync, ListenAsync, ProtocolAsync, ClientIdAsync, ServerCaAsync, AmqpAsync, BrokerAsync })
        {
            if (!await step(stop).ConfigureAwait(false))
            {
                return Nothing(given.Asks ? "there was no answer" : "mend that, or give another answer as an option");
            }
        }

        try
        {
            ConfigurationFile.Write(_path, _settings.ToJson());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Nothing(exception.Message);
        }

        TellNext();
        return _interview.HasDoubts ? WrittenInDoubt : Written;
    }

    private Task<bool> CertificateAsync(CancellationToken stop) => AskFileAsync(
        "Identity:Certificate", "The gateway's certificate (PEM, with its intermediates after it)", given.Certificate, Existing("gateway.pem"), options =>
        {
            var errors = new List<OptionsError>();
            var chain = GatewayCredentials.ChainOf(options.Identity.Certificate, errors);
            return Findings(errors, () => Describe(chain[0]));
        });

    private Task<bool> KeyAsync(CancellationToken stop) => AskFileAsync(
        "Identity:PrivateKey", "Its private key (PEM, or a pkcs11: URI)", given.Key, BesideCertificate(), options =>
        {
            var errors = new List<OptionsError>();
            using var key = PemFiles.PrivateKey("Identity:PrivateKey", options.Identity.PrivateKey, errors);
            var chain = GatewayCredentials.ChainOf(options.Identity.Certificate, errors);
            if (key is not null && !GatewayCredentials.IsKeyOf(chain[0], key))
            {
                errors.Add(GatewayCredentials.OtherKey(options.Identity.PrivateKey));
            }

            return Findings(errors, () => new Finding(FindingLevel.Good, "it belongs to the certificate"));
        });

    private Task<bool> CaAsync(CancellationToken stop) => AskFileAsync(
        "Identity:CloudCa", "The CA of the devices (PEM), which is the gateway's, too", given.Ca, Existing("cloud-ca.pem", "ca.pem"), options =>
        {
            var errors = new List<OptionsError>();
            using var credentials = GatewayCredentials.Load(options, errors);
            var now = DateTimeOffset.UtcNow;
            return errors.Count > 0 ? Findings(errors, null!) :
            [
                .. CertificateWatch.Examine(credentials!, now),
                .. AnchorChecks.Examine(credentials!.CloudCaDer, AnchorChecks.PublicRoots(), now),
            ];
        });

    private Task<bool> ListenAsync(CancellationToken stop) => AskAsync(
        "Listen:Endpoints", "Where devices come in (UDP)", given.Listen, "0.0.0.0:5684,[::]:5684", text => text, options => NetworkChecks.Devices(options, _isRunning));

    private async Task<bool> ProtocolAsync(CancellationToken stop)
    {
        var question = new Question("What the broker speaks: mqtt or amqp (0.9.1)", given.Protocol, "mqtt", answer =>
        {
            _settings.IsAmqp = answer is "amqp";
            return Task.FromResult<IReadOnlyList<Finding>>([answer switch
            {
                "mqtt" => new Finding(FindingLevel.Good, "MQTT 5 over TLS"),
                "amqp" => new Finding(FindingLevel.Good, "AMQP 0.9.1 over TLS; it has no retained messages, so devices have no /ps"),
                _ => new Finding(FindingLevel.Problem, $"\"{answer}\" is neither", "RabbitMQ speaks both, by default amqp; other brokers mqtt"),
            }]);
        });
        return await IsAnsweredAsync(question).ConfigureAwait(false);
    }

    /// <summary>What only AMQP has.</summary>
    private async Task<bool> AmqpAsync(CancellationToken stop) => !_settings.IsAmqp
        || (await AskAsync("Upstream:VirtualHost", "The virtual host", given.VirtualHost, "/", text => text, _ => []).ConfigureAwait(false)
            && await AskAsync("Upstream:Exchange", "The topic exchange, which must be there", given.Exchange, "amq.topic", text => text, _ => []).ConfigureAwait(false));

    private Task<bool> ClientIdAsync(CancellationToken stop) => AskAsync(
        "Upstream:ClientId", "The gateway's name at the broker", given.ClientId, NameInCertificate(), text => text,
        options => [new Finding(FindingLevel.Good, $"its own topics are gateways/{options.Upstream.ClientId}/…")]);

    private async Task<bool> ServerCaAsync(CancellationToken stop)
    {
        var question = new Question("The CA of the broker, if that is another one (PEM)", given.ServerCa, "", answer => Task.FromResult(TestServerCa(answer)));
        return await IsAnsweredAsync(question).ConfigureAwait(false);
    }

    private IReadOnlyList<Finding> TestServerCa(string answer)
    {
        if (answer.Length == 0)
        {
            return [new Finding(FindingLevel.Good, "the same")];
        }

        if (!File.Exists(answer))
        {
            return NoFile(answer);
        }

        var errors = new List<OptionsError>();
        PemFiles.Certificates($"{_settings.Section}:ServerCa", Path.GetFullPath(answer), errors);
        if (errors.Count == 0)
        {
            _settings["Upstream:ServerCa"] = _settings.PathFor(answer);
        }

        return [.. Findings(errors, () => new Finding(FindingLevel.Good, "for the broker alone; no device of it is let in")), .. ForService(Path.GetFullPath(answer))];
    }

    private async Task<bool> BrokerAsync(CancellationToken stop)
    {
        var question = new Question("The broker (host or host:port)", given.Broker, $"localhost:{Port}", answer => TestBrokerAsync(answer, stop)) { MayFail = answer => PlaceOf(answer) is not null };
        return await IsAnsweredAsync(question).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<Finding>> TestBrokerAsync(string answer, CancellationToken stop)
    {
        if (PlaceOf(answer) is not { } place)
        {
            return [new Finding(FindingLevel.Problem, $"\"{answer}\" is no host name with or without a port", $"write it like broker.example or broker.example:{Port}")];
        }

        _settings["Upstream:Host"] = place.Host;
        _settings["Upstream:Port"] = $"{place.Port}";
        var errors = new List<OptionsError>();
        var options = _settings.Read(errors);
        using var credentials = GatewayCredentials.Load(options, errors);
        return errors.Count > 0 ? Findings(errors, null!) : await BrokerChecks.ExamineAsync(options.Upstream, options.Topics.Gateway, credentials!, stop).ConfigureAwait(false);
    }

    private BrokerAddress? PlaceOf(string answer) =>
        BrokerAddress.Parse(answer) is { Value: { } whole } ? whole : Rule.Host(answer).Problem is null ? new BrokerAddress(answer, Port) : null;

    private int Port => _settings.IsAmqp ? 5_671 : 8_883;

    /// <summary>As <see cref="AskAsync"/>, for a file; its path is relative to where the person is.</summary>
    private Task<bool> AskFileAsync(string key, string text, string? answer, string? fallback, Func<BridgeOptions, IReadOnlyList<Finding>> test) =>
        AskAsync(key, text, answer, fallback, _settings.PathFor, options => [.. test(options), .. ForService(_settings[key])]);

    /// <summary>What keeps the service from a file that root can read.</summary>
    private IEnumerable<Finding> ForService(string setting) =>
        service.IsAskedFor(_path) && service.Examine(Pkcs11Key.IsUri(setting) ? setting : Path.GetFullPath(setting, Path.GetDirectoryName(_path)!)) is { } finding ? [finding] : [];

    private async Task<bool> AskAsync(
        string key, string text, string? answer, string? fallback, Func<string, string> toSetting, Func<BridgeOptions, IReadOnlyList<Finding>> test)
    {
        var question = new Question(text, answer, fallback, one =>
        {
            if (key.StartsWith("Identity", StringComparison.Ordinal) && !Pkcs11Key.IsUri(one) && !File.Exists(one))
            {
                return Task.FromResult(NoFile(one));
            }

            _settings[key] = toSetting(one);
            var errors = new List<OptionsError>();
            var options = _settings.Read(errors);
            return Task.FromResult(errors.Count > 0 ? Findings(errors, null!) : test(options));
        });
        return await IsAnsweredAsync(question).ConfigureAwait(false);
    }

    private async Task<bool> IsAnsweredAsync(Question question)
    {
        var answer = await _interview.AskAsync(question).ConfigureAwait(false);
        if (answer is not null)
        {
            output.WriteLine();
        }

        return answer is not null;
    }

    private static IReadOnlyList<Finding> Findings(List<OptionsError> errors, Func<Finding> good) =>
        errors.Count == 0 ? [good()] : [.. errors.Select(error => new Finding(FindingLevel.Problem, error.ToString()))];

    private static IReadOnlyList<Finding> NoFile(string answer) =>
        [new Finding(FindingLevel.Problem, $"there is no file {Path.GetFullPath(answer)}", $"give its path from the root, or from {Directory.GetCurrentDirectory()}")];

    private static Finding Describe(X509Certificate2 leaf) => leaf.NotAfter.ToUniversalTime() < DateTime.UtcNow
        ? new Finding(FindingLevel.Problem, $"{leaf.Subject} expired at {leaf.NotAfter.ToUniversalTime():u}", "have it issued again; or set the clock, if that is wrong")
        : new Finding(FindingLevel.Good, $"{leaf.Subject}, from {leaf.Issuer}, valid until {leaf.NotAfter.ToUniversalTime():u}");

        /// <summary>The first of these that is beside the configuration or here.</summary>
    private string? Existing(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            foreach (var folder in new[] { Path.GetDirectoryName(_path)!, Directory.GetCurrentDirectory() })
            {
                if (File.Exists(Path.Combine(folder, name)))
                {
                    return Path.Combine(folder, name);
                }
            }
        }

        return null;
    }

    private string? BesideCertificate()
    {
        var key = Path.ChangeExtension(Path.GetFullPath(_settings["Identity:Certificate"], Path.GetDirectoryName(_path)!), ".key");
        return File.Exists(key) ? key : null;
    }

    private string NameInCertificate()
    {
        var chain = GatewayCredentials.ChainOf(_settings.Read([]).Identity.Certificate, []);
        var name = chain.Count > 0 ? chain[0].GetNameInfo(X509NameType.SimpleName, forIssuer: false) : "";
        return name.Length > 0 && Rule.ClientId(name).Problem is null ? name : "gateway-1";
    }

    private int Nothing(string why)
    {
        output.WriteLine($"Nothing was written: {why}.");
        return NothingWritten;
    }

    private void TellNext()
    {
        output.WriteLine($"Written: {_path}");
        output.WriteLine(File.Exists("/usr/lib/systemd/system/coapbridge.service") || File.Exists("/lib/systemd/system/coapbridge.service")
            ? $"""
            Next:
              runuser -u coapbridge -- coapbridge check --config {_path}
              systemctl enable --now coapbridge
            """
            : $"""
            Next:
              coapbridge check --config {_path}
              coapbridge run --config {_path}
            """);
    }
}
