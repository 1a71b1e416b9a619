using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// The publishes of one channel that the broker has not confirmed, by the number that it will confirm them by. After the broker
/// has closed a channel over a publish it may only ever have one, for a time: then it is known which one the broker will not have,
/// and only that one suffers.
/// </summary>
internal sealed class UnconfirmedPublishes
{
    /// <summary>Publishes without a confirm.</summary>
    public const int Window = 2_048;

    /// <summary>How long one after the other.</summary>
    private static readonly TimeSpan _caution = TimeSpan.FromSeconds(60);

    private readonly Dictionary<ulong, Entry> _open = [];
    private readonly Dictionary<string, ulong> _ids = [];
    private readonly List<Entry> _unwritten = [];
    private readonly Queue<(int Publisher, Receipt Receipt)> _receipts = new();
    private ulong _oldest = 1;
    private ulong _last;
    private Instant? _cautiousUntil;

    /// <summary>Publishes that somebody waits for.</summary>
    public int Count { get; private set; }

    /// <summary>When the publish was sent that has waited longest; null: none waits.</summary>
    public Instant? Oldest => _open.TryGetValue(_oldest, out var entry) ? entry.Since : null;

    /// <summary>Whether one more may be sent.</summary>
    public bool HasRoom(Instant now) => _open.Count < (_cautiousUntil > now ? 1 : Window);

    /// <summary>It is given to the channel as its next.</summary>
    public void Add(Instant now, in Publish publish)
    {
        var id = publish.Message.UserProperties.FirstOrDefault(property => property.Name == "message_id").Value;
        var isAnswered = publish.Message.QualityOfService == QualityOfService.AtMostOnce;
        var entry = new Entry(publish.Shard, publish.Ticket, id, now, isAnswered);
        _open.Add(++_last, entry);
        Count += isAnswered ? 0 : 1;
        if (id is not null)
        {
            _ids[id] = _last;
        }

        if (isAnswered)
        {
            _unwritten.Add(entry);
        }
    }

    /// <summary>All that were added were given to TLS: for QoS 0 that is the answer.</summary>
    public void HandleWritten()
    {
        foreach (var entry in _unwritten)
        {
            Answer(entry, new Receipt(entry.Ticket, ReceiptOutcome.HandedOver));
        }

        _unwritten.Clear();
    }

    /// <summary>The broker has no queue for a message; its confirm follows.</summary>
    public void HandleReturn(string? messageId)
    {
        if (messageId is not null && _ids.TryGetValue(messageId, out var number) && _open.TryGetValue(number, out var entry))
        {
            _open[number] = entry with { IsReturned = true };
        }
    }

    /// <summary>A confirm, of one or of all up to it; a negative one says that the broker could not take the message now.</summary>
    public void HandleConfirm(ulong number, bool isMultiple, bool isNegative)
    {
        for (var one = isMultiple ? _oldest : number; one <= Math.Min(number, _last); one++)
        {
            if (Take(one) is { IsAnswered: false } entry)
            {
                Answer(entry, new Receipt(
                    entry.Ticket, ReceiptOutcome.Acknowledged,
                    isNegative ? MqttReasonCode.QuotaExceeded : entry.IsReturned ? MqttReasonCode.NoMatchingSubscribers : MqttReasonCode.Success));
            }
        }

        while (_oldest <= _last && !_open.ContainsKey(_oldest))
        {
            _oldest++;
        }
    }

    /// <summary>The channel is gone. The next begins with no publish.</summary>
    /// <param name="now">The present.</param>
    /// <param name="refusal">Why the broker closed it over a publish; null: it ended for another reason.</param>
    public void HandleChannelEnd(Instant now, MqttReasonCode? refusal = null)
    {
        var receipt = refusal is { } reason && _open.Count == 1
            ? new Receipt(0, ReceiptOutcome.Acknowledged, reason) : new Receipt(0, ReceiptOutcome.ConnectionLost);
        foreach (var entry in _open.Values.Where(entry => !entry.IsAnswered).Concat(_unwritten))
        {
            Answer(entry, receipt with { Ticket = entry.Ticket });
        }

        _cautiousUntil = refusal is null ? _cautiousUntil : now + _caution;
        _open.Clear();
        _ids.Clear();
        _unwritten.Clear();
        (_oldest, _last) = (1, 0);
    }

    public bool TryTakeReceipt(out int publisher, out Receipt receipt)
    {
        var isThere = _receipts.TryDequeue(out var next);
        (publisher, receipt) = next;
        return isThere;
    }

    private Entry? Take(ulong number)
    {
        if (!_open.Remove(number, out var entry))
        {
            return null;
        }

        if (entry.MessageId is { } id && _ids.TryGetValue(id, out var named) && named == number)
        {
            _ids.Remove(id);
        }

        return entry;
    }

    private void Answer(in Entry entry, in Receipt receipt)
    {
        Count -= entry.IsAnswered ? 0 : 1;
        _receipts.Enqueue((entry.Publisher, receipt));
    }

    /// <param name="IsAnswered">QoS 0: its confirm interests nobody.</param>
    private readonly record struct Entry(int Publisher, ulong Ticket, string? MessageId, Instant Since, bool IsAnswered)
    {
        public bool IsReturned { get; init; }
    }
}
