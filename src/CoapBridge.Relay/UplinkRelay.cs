using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// Requests in, messages to the broker out; receipts in, answers out. One for each shard. A device hears a success only
/// when the broker has said so (DESIGN D-11); a request whose broker is silent ends here, whatever the link does.
/// </summary>
public sealed class UplinkRelay
{
    private readonly RelayContext _context;
    private readonly PublishRequests _publishes;
    private readonly StateCache _cache;
    private readonly StateRequests _states;
    private readonly StateFeed _feed;
    private readonly CallRequests _calls;
    private readonly Discovery _discovery;

    public UplinkRelay(RelaySettings settings, int shard, IEntropy entropy)
    {
        _context = new RelayContext(settings, shard, entropy);
        _publishes = new PublishRequests(_context);
        _cache = new StateCache(_context);
        _states = new StateRequests(_context, _cache);
        _feed = new StateFeed(_cache, _states);
        _calls = new CallRequests(_context);
        _calls.HandleSettings();
        _discovery = new Discovery(_context);
    }

    public Instant? NextDeadline => Instant.Earliest(_context.Open.NextDeadline, _cache.NextDeadline);

    /// <summary>What was counted since the start.</summary>
    public RelayCounters Counters => _context.Counters;

    /// <summary>Topics whose state is kept.</summary>
    public int TopicCount => _cache.Count;

    /// <summary>Null until it was told.</summary>
    public TimeOfDay? TimeOfDay => _context.TimeOfDay;

    /// <summary>Requests that wait for the broker.</summary>
    public int OpenCount => _context.Open.Count;

    internal static Answer WrongMethod { get; } = new(CoapCode.MethodNotAllowed, "method: not for this resource");

    internal static Answer NotAcceptable { get; } = new(CoapCode.NotAcceptable, "accept: not in this format");

    private static Answer UnexpectedPrecondition { get; } = new(CoapCode.BadOption, "critical-option: no precondition is compared here");

    private static Answer NoResource { get; } = new(CoapCode.NotFound, "no-resource: see /.well-known/core");

    /// <summary>Takes a request in; its answer comes at once or later, through <see cref="TryTakeAnswer"/>.</summary>
    /// <param name="now">The present.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="message">Its message, of a block-wise transfer the last one: code and options.</param>
    /// <param name="body">The whole payload, put together from its blocks (RFC 7959 §2.5); borrowed for this call.</param>
    /// <param name="exchange">With what it is answered.</param>
    public void HandleRequest(Instant now, RelayClient client, in CoapMessage message, ReadOnlySpan<byte> body, Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(client);
        var route = _context.Settings.Routes.Find(message);
        var request = new RelayRequest(now, client, message, body, exchange, route!);
        if (IsPreconditioned(message) && !(route?.Kind == RouteKind.State && (message.Code == CoapCode.Put || message.Code == CoapCode.Delete)))
        {
            // RFC 7252 §5.4.1: nothing else compares If-Match and If-None-Match, and a critical option is not to be overlooked.
            _context.Answer(request, UnexpectedPrecondition);
        }
        else if (route is null)
        {
            if (!_discovery.TryHandle(request))
            {
                _context.Answer(request, NoResource);
            }
        }
        else if (route.DemandsEcho && !Freshness.Accepts(request, _context.Entropy, out var challenge))
        {
            _context.Answer(request, challenge);
        }
        else
        {
            Dispatch(request);
        }
    }

    /// <summary>
    /// How many bytes the body of a request may have whose first block this is (RFC 7959 §2.5); null when it would be refused
    /// whatever came, and so may as well be given to <see cref="HandleRequest"/> as it is.
    /// </summary>
    public int? MaximumBody(in CoapMessage firstBlock) => _context.Settings.Routes.Find(firstBlock)?.MaximumBody;

    public void HandleReceipt(Instant now, in Receipt receipt)
    {
        if (!_context.Open.TryFind(receipt.Ticket, out var open))
        {
            return;
        }

        var answer = ReceiptToAnswer.Translate(receipt, _context.Upstream, now);
        if (open.Detail is OpenCall)
        {
            _calls.HandleReceipt(now, receipt, answer);
            return;
        }

        _context.Open.TryEnd(receipt.Ticket, out _);
        if (open.Detail is StateRequest change)
        {
            _states.HandleReceipt(now, open, change, answer);
        }
        else
        {
            _context.Answer(now, open, answer);
        }
    }

    /// <summary>A message of a filter that this shard wants; taken over when the call returns.</summary>
    public void HandleDelivery(Instant now, in Delivery delivery)
    {
        if (!_calls.TryHandleDelivery(now, delivery))
        {
            _feed.HandleDelivery(now, delivery);
        }
    }

    public void HandleSubscription(Instant now, in SubscriptionStatus status)
    {
        _calls.HandleStatus(status);
        _feed.HandleStatus(now, status);
    }

    /// <summary>The time of day, for conditions of the access policy; to be told at the start and about once a second.</summary>
    public void HandleTimeOfDay(Instant now, DateTimeOffset utcNow) => _context.TimeOfDay = new TimeOfDay(now, utcNow);

    /// <summary>What a reload brought; it holds for what comes from now on.</summary>
    public void HandleSettings(RelaySettings changed)
    {
        _context.Settings = changed;
        _calls.HandleSettings();
    }

    public void HandleUpstream(in UpstreamStatus status)
    {
        _context.Upstream = status;
        _calls.HandleUpstream(status);
        _feed.HandleUpstream(status);
    }

    /// <summary>From now on new requests are asked to come again later.</summary>
    public void BeginDrain() => _context.IsDraining = true;

    public void HandleTimeout(Instant now)
    {
        while (_context.Open.TryEndDue(now, out var open))
        {
            _context.Answer(now, open, ReceiptToAnswer.Timeout);
            if (open.Detail is StateRequest ask)
            {
                _states.HandleTimeout(now, ask);
            }
        }

        _cache.HandleTimeout(now);
    }

    /// <summary>An observer has acknowledged the notification that it was told last.</summary>
    public void HandleNotified(Instant now, RelayClient client, Token token)
    {
        // Who observes a state is told the newest one, whatever became of the others.
    }

    /// <summary>A device observes nothing under this token any more, or did not become an observer; it may be told twice.</summary>
    public void HandleObserverGone(Instant now, RelayClient client, Token token)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (client.Record?.Take(token) is StateObservation observation)
        {
            _states.Forget(now, observation);
        }
    }

    /// <summary>A device's connection is over. Its open requests end by themselves.</summary>
    public void HandleClientGone(Instant now, RelayClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        while (client.Record?.Observations is [.., var last])
        {
            HandleObserverGone(now, client, last.Token);
        }
    }

    /// <summary>What this shard wants of the broker, in order.</summary>
    public bool TryTakeSubscription(out SubscriptionChange change) => _context.Subscriptions.TryDequeue(out change);

    /// <summary>What an observer is to be told, in order.</summary>
    public bool TryTakeNotification(out RelayNotification notification) => _context.Notifications.TryDequeue(out notification);

    public bool TryTakePublish(out Publish publish) => _context.Publishes.TryDequeue(out publish);

    public bool TryTakeAnswer(out RelayAnswer answer) => _context.Answers.TryDequeue(out answer);

    private static bool IsPreconditioned(in CoapMessage message)
    {
        foreach (var option in message.Options)
        {
            if (option.Number is OptionNumber.IfMatch or OptionNumber.IfNoneMatch)
            {
                return true;
            }
        }

        return false;
    }

    private void Dispatch(in RelayRequest request)
    {
        switch (request.Route.Kind)
        {
            case RouteKind.Publish when request.Message.Code == CoapCode.Post:
                _publishes.Handle(request);
                break;
            case RouteKind.State when request.Message.Code == CoapCode.Post:
                _publishes.Handle(request);
                break;
            case RouteKind.State when request.Message.Code == CoapCode.Get:
                _states.HandleRead(request);
                break;
            case RouteKind.State when request.Message.Code == CoapCode.Put || request.Message.Code == CoapCode.Delete:
                _states.HandleChange(request);
                break;
            case RouteKind.Call when request.Message.Code == CoapCode.Post:
                _calls.Handle(request);
                break;
            default:
                _context.Answer(request, WrongMethod);
                break;
        }
    }
}
