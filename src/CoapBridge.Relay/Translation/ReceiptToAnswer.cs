using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>What the device hears of what the broker said: one table (PRODUCT.md, "What the broker's answer becomes").</summary>
internal static class ReceiptToAnswer
{
    /// <summary>Seconds until a try makes sense when nobody knows better.</summary>
    private const uint DefaultRetry = 5;

    public static Answer Timeout { get; } = new(CoapCode.GatewayTimeout, "broker-silent: no answer in time");

    public static Answer TooManyOpen { get; } = new(CoapCode.TooManyRequests, "rate: too many open requests", MaxAge: DefaultRetry);

    public static Answer Draining { get; } = new(CoapCode.ServiceUnavailable, "stopping: retry", MaxAge: 10);

    public static Answer Translate(in Receipt receipt, in UpstreamStatus upstream, Instant now) => receipt.Outcome switch
    {
        ReceiptOutcome.HandedOver or ReceiptOutcome.Stored => Answer.Changed,
        ReceiptOutcome.OutboxFull => new Answer(CoapCode.ServiceUnavailable, "outbox-full: retry", MaxAge: SecondsUntil(upstream.NextAttempt, now)),
        ReceiptOutcome.NotStored => new Answer(CoapCode.ServiceUnavailable, "outbox-disk: retry", MaxAge: DefaultRetry),
        ReceiptOutcome.Acknowledged => OfReasonCode(receipt.Reason),
        ReceiptOutcome.TooLarge => new Answer(CoapCode.RequestEntityTooLarge, "too-large: the broker takes less"),
        ReceiptOutcome.NotOffered => new Answer(CoapCode.BadGateway, "broker-limit: not offered by the broker"),
        ReceiptOutcome.NotValid => new Answer(CoapCode.BadRequest, "bad-topic: not valid in MQTT"),
        ReceiptOutcome.QueueFull => new Answer(CoapCode.ServiceUnavailable, "busy: retry", MaxAge: 1),
        _ => WhileAway(upstream, now),
    };

    /// <summary>The answer while no message can go.</summary>
    public static Answer WhileAway(in UpstreamStatus upstream, Instant now) =>
        upstream.PassesByItself
            ? new Answer(CoapCode.ServiceUnavailable, "no-upstream: retry", MaxAge: SecondsUntil(upstream.NextAttempt, now))
            : new Answer(CoapCode.BadGateway, "broker-refuses: the gateway is not let in");

    private static Answer OfReasonCode(MqttReasonCode reason) => reason switch
    {
        MqttReasonCode.Success or MqttReasonCode.NoMatchingSubscribers => Answer.Changed,
        MqttReasonCode.TopicNameInvalid => new Answer(CoapCode.BadRequest, "bad-topic: refused by the broker"),
        MqttReasonCode.PacketTooLarge => new Answer(CoapCode.RequestEntityTooLarge, "too-large: refused by the broker"),
        MqttReasonCode.QuotaExceeded => new Answer(CoapCode.ServiceUnavailable, "broker-quota: retry", MaxAge: DefaultRetry),
        MqttReasonCode.PayloadFormatInvalid => new Answer(CoapCode.UnsupportedContentFormat, "payload-format: refused by the broker"),
        _ => new Answer(CoapCode.BadGateway, $"broker-refused: 0x{(byte)reason:x2}"),
    };

    private static uint SecondsUntil(Instant? attempt, Instant now) =>
        attempt is { } due ? (uint)Math.Max(1, Math.Ceiling((due - now).TotalSeconds)) : DefaultRetry;
}
