using System.Diagnostics.CodeAnalysis;
using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// Requests in, messages to the broker out; receipts in, answers out. One for each shard. A device hears a success only
/// when the broker has said so (DESIGN D-11); a request whose broker is silent ends here, whatever the link does.
/// </summary>
public sealed class UplinkRelay(RelaySettings settings, int shard, IEntropy entropy)
{
    /// <summary>Requests of one device that may wait for the broker.</summary>
    public const int MaximumOpenPerClient = 64;

    /// <summary>Requests of all devices of a shard that may wait for the broker.</summary>
    public const int MaximumOpen = 16_384;

    private RelaySettings _settings = settings;
    private readonly Dictionary<ulong, (RelayClient Client, Exchange Exchange)> _open = [];

    // All have the same time-out, so they end in the order in which they began.
    private readonly Queue<(Instant Deadline, ulong Ticket)> _deadlines = new();
    private readonly Queue<Publish> _publishes = new();
    private readonly Queue<RelayAnswer> _answers = new();
    private UpstreamStatus _upstream;
    private ulong _lastTicket;
    private bool _draining;

    public Instant? NextDeadline => _deadlines.TryPeek(out var first) ? first.Deadline : null;

    /// <summary>Null until it was told.</summary>
    public TimeOfDay? TimeOfDay { get; private set; }

    /// <summary>Requests that wait for the broker.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Takes a request in; its answer comes at once or later, through <see cref="TryTakeAnswer"/>.</summary>
    /// <param name="now">The present.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="request">Its message, of a block-wise transfer the last one: code and options.</param>
    /// <param name="body">The whole payload, put together from its blocks (RFC 7959 §2.5); borrowed for this call.</param>
    /// <param name="exchange">With what it is answered.</param>
    public void HandleRequest(Instant now, RelayClient client, in CoapMessage request, ReadOnlySpan<byte> body, Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!TryAdmit(now, client, request, body, out var publish, out var refusal))
        {
            _answers.Enqueue(new RelayAnswer(client, exchange, refusal));
            return;
        }

        _open.Add(publish.Ticket, (client, exchange));
        _deadlines.Enqueue((now + _settings.AckTimeout, publish.Ticket));
        client.OpenPublishes++;
        _publishes.Enqueue(publish);
    }

    public void HandleReceipt(Instant now, in Receipt receipt)
    {
        if (TryClose(receipt.Ticket, out var open))
        {
            _answers.Enqueue(new RelayAnswer(open.Client, open.Exchange, ReceiptToAnswer.Translate(receipt, _upstream, now)));
            DropAnswered();
        }
    }

    /// <summary>The time of day, for conditions of the access policy; to be told at the start and about once a second.</summary>
    public void HandleTimeOfDay(Instant now, DateTimeOffset utcNow) => TimeOfDay = new TimeOfDay(now, utcNow);

    /// <summary>What a reload brought; it holds for what comes from now on.</summary>
    public void HandleSettings(RelaySettings changed) => _settings = changed;

    public void HandleUpstream(in UpstreamStatus status) => _upstream = status;

    /// <summary>From now on new requests are asked to come again later.</summary>
    public void BeginDrain() => _draining = true;

    public void HandleTimeout(Instant now)
    {
        while (_deadlines.TryPeek(out var first) && first.Deadline <= now)
        {
            _deadlines.Dequeue();
            if (TryClose(first.Ticket, out var open))
            {
                _answers.Enqueue(new RelayAnswer(open.Client, open.Exchange, ReceiptToAnswer.Timeout));
            }
        }

        DropAnswered();
    }

    public bool TryTakePublish(out Publish publish) => _publishes.TryDequeue(out publish);

    public bool TryTakeAnswer(out RelayAnswer answer) => _answers.TryDequeue(out answer);

    private bool TryAdmit(
        Instant now, RelayClient client, in CoapMessage request, ReadOnlySpan<byte> body, out Publish publish, out Answer refusal)
    {
        publish = default;
        var message = RequestToPublish.Translate(request, body, _settings, client, TimeOfDay?.At(now), entropy, out refusal);
        if (message is null)
        {
            return false;
        }

        if (_draining)
        {
            refusal = ReceiptToAnswer.Draining;
            return false;
        }

        if (_upstream.State != UpstreamState.Connected)
        {
            // DESIGN D-12: never accept and drop.
            refusal = ReceiptToAnswer.WhileAway(_upstream, now);
            return false;
        }

        if (client.OpenPublishes >= MaximumOpenPerClient || _open.Count >= MaximumOpen)
        {
            refusal = ReceiptToAnswer.TooManyOpen;
            return false;
        }

        publish = new Publish(shard, ++_lastTicket, message);
        return true;
    }

    private bool TryClose(ulong ticket, [MaybeNullWhen(false)] out (RelayClient Client, Exchange Exchange) open)
    {
        if (!_open.Remove(ticket, out open))
        {
            return false;
        }

        open.Client.OpenPublishes--;
        return true;
    }

    private void DropAnswered()
    {
        while (_deadlines.TryPeek(out var first) && !_open.ContainsKey(first.Ticket))
        {
            _deadlines.Dequeue();
        }
    }
}
