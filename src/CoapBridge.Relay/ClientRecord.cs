using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>What the relay keeps of a device between its requests: most devices need none of it.</summary>
internal sealed class ClientRecord
{
    private readonly List<Observation> _observations = new(1);

    /// <summary>What shows that a request is fresh, and when it was given (RFC 9175 §2.2).</summary>
    public (byte[] Value, Instant Issued)? Echo { get; set; }

    /// <summary>Topics whose state is kept because this device asked first.</summary>
    public int OpenTopics { get; set; }

    /// <summary>The command that its last answer brought; its next request shows that it has it.</summary>
    public string? Polled { get; set; }

    /// <summary>Its name at the desk while commands go to it as requests; 0: none do.</summary>
    public ulong PushNumber { get; set; }

    /// <summary>It did not respond: its next request shows that it is there again.</summary>
    public bool IsPushDue { get; set; }

    /// <summary>What it is told of.</summary>
    public IReadOnlyList<Observation> Observations => _observations;

    public void Add(Observation observation) => _observations.Add(observation);

    public Observation? Find(Token token) => _observations.Find(one => one.Token == token);

    /// <summary>Takes the observation under this token from the list; null when there is none.</summary>
    public Observation? Take(Token token)
    {
        var place = _observations.FindIndex(one => one.Token == token);
        if (place < 0)
        {
            return null;
        }

        var taken = _observations[place];
        _observations.RemoveAt(place);
        return taken;
    }
}
