using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>
/// A real RabbitMQ with its MQTT plug-in on free ports of loopback: mutual TLS on both, and who a client is its certificate's
/// common name says. Everything of it is in the test's folder, its Erlang port mapper included.
/// </summary>
internal sealed class RabbitMqBroker : IAsyncDisposable
{
    // Debian's /usr/sbin/rabbitmq-server would change the user first.
    private const string Script = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private const string Control = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _portMapper;
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private ChildProcess? _server;

    private RabbitMqBroker(string folder, int mqttPort, int amqpPort, ChildProcess portMapper, IReadOnlyDictionary<string, string> environment)
    {
        _folder = folder;
        MqttPort = mqttPort;
        AmqpPort = amqpPort;
        _portMapper = portMapper;
        _environment = environment;
    }

    public int MqttPort { get; }

    public int AmqpPort { get; }

    /// <summary>Its log since the last start.</summary>
    public ChildProcess Log => _server ?? throw new InvalidOperationException("not started");

    /// <param name="pki">Where certificates are, and a folder is made.</param>
    /// <param name="users">The common names that may do everything.</param>
    public static async Task<RabbitMqBroker> StartAsync(TestPki pki, params string[] users)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StartOnceAsync(pki, users);
            }
            catch (Exception exception) when (attempt < 3 && exception.Message.Contains("eaddrinuse", StringComparison.Ordinal))
            {
                // Somebody else took a port between the asking and the taking.
            }
        }
    }

    private static async Task<RabbitMqBroker> StartOnceAsync(TestPki pki, string[] users)
    {
        InstalledProgram.Find("rabbitmq-server");
        var portMapper = InstalledProgram.Find("epmd");
        var folder = Directory.CreateDirectory(pki["rabbitmq"]).FullName;
        var (mqtt, amqp, map) = (MosquittoBroker.FreePort(), MosquittoBroker.FreePort(), MosquittoBroker.FreePort());
        await File.WriteAllTextAsync(Path.Combine(folder, "rabbitmq.conf"), Configuration(pki, folder, mqtt, amqp), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions.json"), Definitions(users), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "enabled_plugins"), "[rabbitmq_mqtt,rabbitmq_auth_mechanism_ssl].\n", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = folder, // the Erlang cookie
            ["ERL_EPMD_PORT"] = $"{map}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = "test@localhost",
            ["RABBITMQ_DIST_PORT"] = $"{MosquittoBroker.FreePort()}",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "enabled_plugins"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            ["NOTIFY_SOCKET"] = Path.Combine(folder, "nobody"), // then the script becomes the server, and our child's id is its
        };
        var broker = new RabbitMqBroker(
            folder, mqtt, amqp, ChildProcess.Start(portMapper, ["-port", $"{map}", "-address", "127.0.0.1"], environment), environment);
        try
        {
            await broker.StartAgainAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        _server = ChildProcess.Start(Script, [], _environment);
        await _server.WaitForLineAsync(line => line.Contains("Server startup complete", StringComparison.Ordinal), _patience);
    }

    /// <summary>SIGTERM, as when the service is stopped.</summary>
    public async Task StopAsync()
    {
        Log.Signal(ChildProcess.SigTerm);
        await Log.WaitForExitAsync(_patience);
        await Log.DisposeAsync();
    }

    /// <summary>SIGKILL: what it had not on disk is lost.</summary>
    public async Task KillAsync()
    {
        Log.Signal(ChildProcess.SigKill);
        await Log.WaitForExitAsync(_patience);
        await Log.DisposeAsync();
    }

    /// <summary>Its alarm of memory, by which it takes no more publishes.</summary>
    public Task AlarmAsync(bool isOn) => ControlAsync(
        "eval", isOn ? "rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []})." : "rabbit_alarm:clear_alarm({resource_limit, memory, node()}).");

    /// <summary>rabbitmqctl.</summary>
    public async Task ControlAsync(params string[] arguments)
    {
        await using var control = ChildProcess.Start(Control, ["-n", "test@localhost", .. arguments], _environment);
        Assert.True(await control.WaitForExitAsync(_patience) == 0, control.Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _portMapper.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Configuration(TestPki pki, string folder, int mqttPort, int amqpPort) => $"""
        listeners.tcp = none
        listeners.ssl.1 = 127.0.0.1:{amqpPort}
        ssl_options.cacertfile = {pki["ca.pem"]}
        ssl_options.certfile = {pki["broker.pem"]}
        ssl_options.keyfile = {pki["broker.key"]}
        ssl_options.verify = verify_peer
        ssl_options.fail_if_no_peer_cert = true
        auth_mechanisms.1 = EXTERNAL
        ssl_cert_login_from = common_name
        mqtt.listeners.tcp = none
        mqtt.listeners.ssl.1 = 127.0.0.1:{mqttPort}
        mqtt.ssl_cert_login = true
        mqtt.allow_anonymous = false
        mqtt.exchange = amq.topic
        log.console = true
        log.file = false
        load_definitions = {Path.Combine(folder, "definitions.json")}

        """;

    private static string Definitions(string[] users) => $$"""
        {
          "users": [ {{string.Join(", ", users.Select(name =>
            $$"""{ "name": "{{name}}", "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "" }"""))}} ],
          "vhosts": [ { "name": "/" } ],
          "permissions": [ {{string.Join(", ", users.Select(name =>
            $$"""{ "user": "{{name}}", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }"""))}} ]
        }
        """;
}
