using System.Collections.Concurrent;

namespace CoapBridge.Admin;

/// <summary>What the worker still lacks before it can serve; empty means ready. Written from any thread.</summary>
internal sealed class Readiness
{
    private readonly ConcurrentDictionary<Need, bool> _missing = new(Enum.GetValues<Need>().Select(need => KeyValuePair.Create(need, true)));

    private readonly ConcurrentDictionary<Area, Raised> _alarms = new();

    /// <summary>The alarms, in the order of <see cref="Area"/>.</summary>
    public IReadOnlyList<Raised> RaisedAlarms => [.. _alarms.Values.OrderBy(alarm => alarm.Area)];

    /// <summary>What an operator should see to although the worker serves, each a sentence, in the order of <see cref="Area"/>.</summary>
    public IReadOnlyList<string> Alarms =>
        [.. RaisedAlarms.Select(alarm => $"{alarm.Area.ToString().ToLowerInvariant()}: {alarm.Text}")];

    /// <summary>What is missing, in the order of <see cref="Need"/>, by the words of <c>/readyz</c>.</summary>
    public IReadOnlyList<string> Missing => [.. _missing.Keys.Order().Select(Word)];

    public void Set(Need need, bool met)
    {
        if (met)
        {
            _missing.TryRemove(need, out _);
        }
        else
        {
            _missing[need] = true;
        }
    }

    /// <summary>Raises an alarm in place of the one before.</summary>
    /// <param name="area">What it is about.</param>
    /// <param name="text">What is wrong; null: nothing any more.</param>
    /// <param name="remedy">What to do, where that is not always the same in this area.</param>
    public void Alarm(Area area, string? text, string? remedy = null)
    {
        if (text is null)
        {
            _alarms.TryRemove(area, out _);
        }
        else
        {
            _alarms[area] = new Raised(area, text, remedy);
        }
    }

    private static string Word(Need need) => need switch
    {
        Need.Sockets => "sockets",
        Need.Certificate => "certificate",
        Need.Clock => "clock",
        _ => "upstream",
    };

    /// <summary>What an alarm is about.</summary>
    internal enum Area
    {
        /// <summary>A changed file could not be used.</summary>
        Reload,

        /// <summary>A revocation list that is not valid now.</summary>
        RevocationList,

        /// <summary>The gateway's own certificate.</summary>
        Certificate,

        /// <summary>A new certificate that the broker does not take.</summary>
        Upstream,

        /// <summary>The broker's certificate ends soon.</summary>
        Broker,

        /// <summary>The file of the outbox cannot be written.</summary>
        Outbox,
    }

    /// <summary>An alarm.</summary>
    /// <param name="Area">What it is about.</param>
    /// <param name="Text">What is wrong.</param>
    /// <param name="Remedy">What to do; null: what always helps in this area.</param>
    internal readonly record struct Raised(Area Area, string Text, string? Remedy = null);

    /// <summary>What the worker needs.</summary>
    internal enum Need
    {
        /// <summary>The UDP sockets are bound and the loops run.</summary>
        Sockets,

        /// <summary>The gateway's own certificate is within its dates.</summary>
        Certificate,

        /// <summary>The system's time is later than the build.</summary>
        Clock,

        /// <summary>The broker has accepted the gateway.</summary>
        Upstream,
    }
}
