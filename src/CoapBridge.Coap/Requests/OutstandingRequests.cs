using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>Our requests on one connection that have no response yet. Exists only while there is one.</summary>
internal sealed class OutstandingRequests
{
    public const int MaxRequests = 32;

    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    public Instant? Deadline
    {
        get
        {
            Instant? earliest = null;
            foreach (var entry in _entries)
            {
                earliest = Instant.Earliest(earliest, entry.Deadline);
            }

            return earliest;
        }
    }

    /// <param name="request">The handle.</param>
    /// <param name="token">Never the token of another request on this connection.</param>
    /// <param name="deadline">When it is given up; null while it waits for its turn.</param>
    /// <param name="messageId">The Message ID of a NON, by which an RST names it; null for a CON.</param>
    /// <param name="observes">It asks to be told of changes (RFC 7641 §3.1).</param>
    public void Add(OutgoingRequest request, Token token, Instant? deadline, ushort? messageId, bool observes) =>
        _entries.Add(new Entry(request, token, deadline, messageId, observes, null));

    /// <summary>It asks to be told of changes.</summary>
    public bool Observes(OutgoingRequest request) => _entries.Find(entry => entry.Request == request).Observes;

    public Token TokenOf(OutgoingRequest request) => _entries.Find(entry => entry.Request == request).Token;

    /// <summary>
    /// The request is answered, but by a notification (RFC 7641 §3.2): it stays, without a deadline. False when the peer has
    /// told something newer before (§3.4).
    /// </summary>
    public bool IsNews(OutgoingRequest request, Instant now, uint observe)
    {
        var index = _entries.FindIndex(entry => entry.Request == request);
        var entry = _entries[index];
        var isNews = entry.Notified is not { } last || ObserveSequence.IsNewer(last.Observe, last.At, observe, now);
        if (isNews)
        {
            _entries[index] = entry with { Deadline = null, Notified = (observe, now) };
        }

        return isNews;
    }

    public bool TryFind(Token token, out OutgoingRequest request)
    {
        foreach (var entry in _entries)
        {
            if (entry.Token == token)
            {
                request = entry.Request;
                return true;
            }
        }

        request = default;
        return false;
    }

    public bool TryFindNonConfirmable(ushort messageId, out OutgoingRequest request)
    {
        foreach (var entry in _entries)
        {
            if (entry.MessageId == messageId)
            {
                request = entry.Request;
                return true;
            }
        }

        request = default;
        return false;
    }

    /// <summary>Sets the time at which a request that waited for its turn is given up.</summary>
    public void Start(OutgoingRequest request, Instant deadline)
    {
        if (_entries.FindIndex(entry => entry.Request == request) is >= 0 and var index)
        {
            _entries[index] = _entries[index] with { Deadline = deadline };
        }
    }

    public bool Remove(OutgoingRequest request) => _entries.RemoveAll(entry => entry.Request == request) > 0;

    public bool TryTakeDue(Instant now, out OutgoingRequest request)
    {
        var index = _entries.FindIndex(entry => entry.Deadline <= now);
        request = index < 0 ? default : _entries[index].Request;
        if (index >= 0)
        {
            _entries.RemoveAt(index);
        }

        return index >= 0;
    }

    private readonly record struct Entry(OutgoingRequest Request, Token Token, Instant? Deadline, ushort? MessageId, bool Observes, (uint Observe, Instant At)? Notified);
}
