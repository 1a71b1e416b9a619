using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>A request whose answer hangs on somebody else: the broker, the cloud, or the command desk.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="Exchange">With what it is answered.</param>
/// <param name="WantsTime">Its answer tells the time of day.</param>
/// <param name="Detail">What goes on when the other side is heard; null: the receipt of its message is all.</param>
internal readonly record struct OpenRequest(RelayClient Client, Exchange Exchange, bool WantsTime, object? Detail);

/// <summary>
/// The open requests of a shard by ticket, each with a deadline: whatever the other side does, the device is answered.
/// </summary>
internal sealed class OpenRequests
{
    /// <summary>Requests of one device that may be open.</summary>
    public const int MaximumPerClient = 64;

    /// <summary>Requests of all devices of a shard that may be open.</summary>
    public const int Maximum = 16_384;

    private readonly Dictionary<ulong, OpenRequest> _open = [];
    private readonly PriorityQueue<ulong, Instant> _deadlines = new();
    private ulong _lastTicket;

    public int Count => _open.Count;

    public Instant? NextDeadline => _deadlines.TryPeek(out _, out var deadline) ? deadline : null;

    public bool HasRoomFor(RelayClient client) => client.OpenPublishes < MaximumPerClient && _open.Count < Maximum;

    /// <summary>The ticket, never used twice.</summary>
    public ulong Begin(in OpenRequest open, Instant deadline)
    {
        var ticket = ++_lastTicket;
        _open.Add(ticket, open);
        open.Client.OpenPublishes++;
        _deadlines.Enqueue(ticket, deadline);
        return ticket;
    }

    public bool TryFind(ulong ticket, out OpenRequest open) => _open.TryGetValue(ticket, out open);

    /// <summary>The tickets of those that meet a condition.</summary>
    public IReadOnlyList<ulong> Where(Func<OpenRequest, bool> condition) => [.. _open.Where(pair => condition(pair.Value)).Select(pair => pair.Key)];

    /// <summary>False when it has ended before.</summary>
    public bool TryEnd(ulong ticket, out OpenRequest open)
    {
        if (!_open.Remove(ticket, out open))
        {
            return false;
        }

        open.Client.OpenPublishes--;
        DropEnded();
        return true;
    }

    /// <summary>Ends one whose time is over.</summary>
    public bool TryEndDue(Instant now, out OpenRequest open)
    {
        DropEnded();
        open = default;
        return _deadlines.TryPeek(out var first, out var deadline) && deadline <= now && TryEnd(first, out open);
    }

    private void DropEnded()
    {
        while (_deadlines.TryPeek(out var first, out _) && !_open.ContainsKey(first))
        {
            _deadlines.Dequeue();
        }
    }
}
