namespace CoapBridge.Init;

/// <summary>What came on the command line; null is asked for.</summary>
/// <param name="Config">The file to write.</param>
/// <param name="Force">Replace a file that is there without asking.</param>
/// <param name="Asks">Ask for what is missing; else the defaults are taken.</param>
internal sealed record InitAnswers(string Config, bool Force, bool Asks)
{
    public string? Certificate { get; init; }

    public string? Key { get; init; }

    public string? Ca { get; init; }

    public string? ServerCa { get; init; }

    /// <summary><c>mqtt</c> or <c>amqp</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>AMQP's.</summary>
    public string? VirtualHost { get; init; }

    /// <summary>AMQP's.</summary>
    public string? Exchange { get; init; }

    public string? ClientId { get; init; }

    /// <summary><c>host</c> or <c>host:port</c>.</summary>
    public string? Broker { get; init; }

    /// <summary>Comma-separated.</summary>
    public string? Listen { get; init; }
}
