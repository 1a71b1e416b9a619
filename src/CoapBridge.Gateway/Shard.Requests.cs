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
        if (link.Refusal is not null)
        {
            AnswerRefused(now, link, exchange);
            return;
        }

        _relay.HandleRequest(now, link, request, request.Payload, exchange);
        SendAnswers(now);
    }

    /// <summary>The one answer that a device gets which is not welcome any more.</summary>
    private void AnswerRefused(Instant now, DeviceLink link, Exchange exchange)
    {
        link.Refusal!.IsTold = true;
        Answer(now, link, exchange, new Answer(CoapCode.Forbidden, $"{link.Refusal.Reason}: this certificate is not accepted any more"));
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
    }

    private void Answer(Instant now, DeviceLink link, Exchange exchange, in Answer answer)
    {
        Span<byte> optionBytes = stackalloc byte[Relay.Answer.MaximumOptionsLength];
        Span<byte> text = stackalloc byte[MaximumDiagnostic];
        var options = new OptionWriter(optionBytes);
        answer.WriteOptions(ref options);
        Encoding.UTF8.TryGetBytes(answer.Diagnostic, text, out var textLength);
        var payload = answer.Content is { } content ? content.Payload.Span : text[..textLength];
        var outcome = link.Endpoint!.Respond(now, exchange, answer.Code, options.Written, payload);
        if (outcome == SendOutcome.Accepted)
        {
            Counters.Count(answer.Code);
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
