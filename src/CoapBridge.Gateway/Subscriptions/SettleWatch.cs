using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Gateway.Subscriptions;

/// <summary>
/// When the retained messages of a subscription have all come: MQTT has no answer "nothing retained", but a PINGREQ that is
/// sent after SUBACK is answered after them. 1 s after SUBACK is taken for it too (PRODUCT.md "State"). One PINGREQ at a time
/// serves all subscriptions that were acknowledged before it.
/// </summary>
internal sealed class SettleWatch(MqttClientEngine engine)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(1);

    private readonly Queue<(Instant Deadline, ulong Ping, WantedFilter Filter, int Number)> _waiting = new();
    private ulong _sent, _answered;

    public Instant? NextDeadline => _waiting.TryPeek(out var first) ? first.Deadline : null;

    /// <summary>SUBACK came.</summary>
    public void Add(Instant now, WantedFilter filter, int number)
    {
        var isPinging = _sent != _answered;
        _waiting.Enqueue((now + _limit, _sent + 1, filter, number));
        if (!isPinging)
        {
            Ping(now);
        }
    }

    /// <summary>The next one that a PINGRESP has settled.</summary>
    public bool TryTakeAnswered(Instant now, ulong ping, out (WantedFilter Filter, int Number) settled)
    {
        _answered = ping;
        if (TryTake(_waiting.TryPeek(out var first) && first.Ping <= ping, out settled))
        {
            return true;
        }

        if (_waiting.Count > 0 && _sent == _answered)
        {
            Ping(now);
        }

        return false;
    }

    /// <summary>The next one that has waited long enough.</summary>
    public bool TryTakeDue(Instant now, out (WantedFilter Filter, int Number) settled) => TryTake(NextDeadline <= now, out settled);

    public void Clear()
    {
        _waiting.Clear();
        _answered = _sent;
    }

    private void Ping(Instant now)
    {
        // The connection may have ended with the bytes that brought the SUBACK.
        if (engine.IsConnected)
        {
            engine.Ping(now, ++_sent);
        }
    }

    private bool TryTake(bool isSettled, out (WantedFilter Filter, int Number) settled)
    {
        settled = default;
        if (isSettled)
        {
            var (_, _, filter, number) = _waiting.Dequeue();
            settled = (filter, number);
        }

        return isSettled;
    }
}
