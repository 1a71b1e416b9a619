using System.Text;
using CoapBridge.Coap;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How requests reach the relay, and its answers the devices.
public sealed partial class Shard
{
    /// <summary>Bytes of a diagnostic payload; ours are shorter, and one that is not is left out.</summary>
    private const int MaximumDiagnostic = 256;

    private void HandleRequest(Instant now, DeviceLink link, in CoapMessage request, Exchange exchange)
    {
        _relay.HandleRequest(now, link, request, request.Payload, exchange);
        SendAnswers(now);
    }

    /// <summary>
    /// Answers whoever is not welcome any more, or asks too much. A body in blocks counts with its first block, and as a whole when it
    /// is complete; the blocks between come one at a time.
    /// </summary>
    private bool TryRefuse(Instant now, DeviceLink link, in CoapMessage request, int length, Exchange exchange)
    {
        if (link.Refusal is not null)
        {
            AnswerRefused(now, link, exchange);
            return true;
        }

        if (_generation.Limits is { } limits && link.TryTake(now, length, limits, out var wait) is var limit and not RequestLimit.None)
        {
            Limit(now, link, request.Type, exchange, limit, wait);
            return true;
        }

        return false;
    }

    /// <summary>The one answer that a device gets which is not welcome any more.</summary>
    private void AnswerRefused(Instant now, DeviceLink link, Exchange exchange)
    {
        link.Refusal!.IsTold = true;
        Answer(now, link, exchange, new Answer(CoapCode.Forbidden, $"{link.Refusal.Reason}: this certificate is not accepted any more"));
    }

    /// <summary>RFC 8516 §3: come again after Max-Age. Who sends without asking for an acknowledgement loses the message.</summary>
    private void Limit(Instant now, DeviceLink link, MessageType type, Exchange exchange, RequestLimit limit, TimeSpan wait)
    {
        Counters.Count(limit);
        if (type == MessageType.NonConfirmable)
        {
            link.Endpoint!.Suppress(now, exchange);
            return;
        }

        var seconds = (uint)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, uint.MaxValue);
        Answer(now, link, exchange, new Answer(CoapCode.TooManyRequests, $"rate: too many {(limit == RequestLimit.Bytes ? "bytes" : "requests")}", MaxAge: seconds));
    }

    private void SendAnswers(Instant now)
    {
        while (_relay.TryTakeAnswer(out var ready))
        {
            var link = (DeviceLink)ready.Client;
            if (link.Connection.IsEstablished)
            {
                Answer(now, link, ready.Exchange, ready.Answer);
            }
            else
            {
                Counters.MessagesUnsent++;
            }
        }

        while (_relay.TryTakeDeviceRequest(out var asked))
        {
            var link = (DeviceLink)asked.Client;
            if (link.Connection.IsEstablished)
            {
                Ask(now, link, asked);
            }
        }

        while (_relay.TryTakeNotification(out var ready))
        {
            var link = (DeviceLink)ready.Client;
            if (link.Connection.IsEstablished && !link.IsRefused)
            {
                Notify(now, link, ready);
            }
        }
    }

    /// <summary>What became of what a device was told, and of its wish to be told.</summary>
    private void FollowEndpoint(Instant now, DeviceLink link)
    {
        var isRelayTold = false;
        while (link.Endpoint?.TryTakeEvent(out var what) == true)
        {
            isRelayTold |= what.Notification != default || TryFollowAsked(now, link, what);
            switch (what.Kind)
            {
                case CoapEventKind.Pong or CoapEventKind.RequestTimedOut:
                    link.HandlePingEnd(what.Request, what.Kind == CoapEventKind.Pong);
                    break;
                case CoapEventKind.NotificationAcknowledged:
                    _relay.HandleNotified(now, link, what.Notification.Token);
                    break;
                case CoapEventKind.NotificationReset or CoapEventKind.NotificationTimedOut or CoapEventKind.ObservationEnded:
                    _relay.HandleObserverGone(now, link, what.Notification.Token);
                    break;
            }
        }

        if (isRelayTold)
        {
            SendAnswers(now);
        }
    }

    /// <summary>A connection is over, and with it all that hangs on it.</summary>
    private void Remove(Instant now, DeviceLink link)
    {
        _index.Remove(link);
        _asked.Remove(link);
        Leave(link);
        if (link.Endpoint is { } endpoint)
        {
            endpoint.Release();
            _relay.HandleClientGone(now, link);
        }
    }

    private void Notify(Instant now, DeviceLink link, in RelayNotification notification)
    {
        Span<byte> optionBytes = stackalloc byte[Relay.Answer.MaximumOptionsLength];
        var options = new OptionWriter(optionBytes);
        var answer = notification.Answer;
        answer.WriteOptions(ref options);
        var payload = answer.Content?.Payload ?? Encoding.UTF8.GetBytes(answer.Diagnostic);
        var outcome = link.Endpoint!.Notify(
            now, notification.Token, answer.Code, options.Written, payload, notification.Confirmable, out _);
        if (outcome is not (SendOutcome.Accepted or SendOutcome.Gone))
        {
            Counters.MessagesUnsent++;
        }

        Settle(now, link);
    }

    private void Answer(Instant now, DeviceLink link, Exchange exchange, in Answer answer)
    {
        Span<byte> optionBytes = stackalloc byte[Relay.Answer.MaximumOptionsLength];
        Span<byte> text = stackalloc byte[MaximumDiagnostic];
        var options = new OptionWriter(optionBytes);
        answer.WriteOptions(ref options);
        Encoding.UTF8.TryGetBytes(answer.Diagnostic, text, out var textLength);
        var token = link.Endpoint!.TokenOf(exchange);
        var outcome = answer.Content is { } content
            ? link.Endpoint.Respond(now, exchange, answer.Code, options.Written, content.Payload, answer.Observe)
            : link.Endpoint.Respond(now, exchange, answer.Code, options.Written, text[..textLength], answer.Observe);
        if (answer.Observe && !link.Endpoint.IsObserver(token))
        {
            _relay.HandleObserverGone(now, link, token);
        }

        if (outcome == SendOutcome.Accepted)
        {
            Counters.Count(answer.Code);
            if (answer.Code == CoapCode.Forbidden && !link.IsRefused)
            {
                _events.Enqueue(new GatewayEvent.Denied(link.Path, link.Device!, answer.Diagnostic));
            }

            if (TellsAnswers)
            {
                _events.Enqueue(new GatewayEvent.Answered(link.Path, link.Device!, answer.Code, answer.Diagnostic));
            }
        }
        else
        {
            Counters.MessagesUnsent++;
        }

        Settle(now, link);
    }
}
