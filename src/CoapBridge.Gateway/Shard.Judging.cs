using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How a reload and the passing of time reach connections that are live (REQUIREMENTS 10.18).
public sealed partial class Shard
{
    /// <summary>Portions that are judged at a time: handshakes go on between them.</summary>
    private const int MaximumPortions = 2;

    private readonly Queue<DeviceLink> _toJudge = new();
    private Generation _generation = settings.Generation;
    private TimeOfDay? _timeOfDay;
    private DateTimeOffset _nextExpiry = DateTimeOffset.MaxValue;
    private int _openPortions;
    private Sweep _sweep;

    /// <summary>What is in force for new handshakes and for requests.</summary>
    public Generation Generation => _generation;

    private Instant? ExpiryDeadline => _nextExpiry == DateTimeOffset.MaxValue || _index.EstablishedCount == 0 ? null : _timeOfDay?.When(_nextExpiry);

    /// <summary>
    /// The time of day: before the first datagram, then about once a second, so that a clock that is set is followed.
    /// </summary>
    public void HandleTimeOfDay(Instant now, DateTimeOffset utcNow)
    {
        _timeOfDay = new TimeOfDay(now, utcNow);
        _relay.HandleTimeOfDay(now, utcNow);
    }

    /// <summary>
    /// From now on this is in force. Handshakes that are under way keep the one that they began with. If the rules for devices'
    /// certificates are others, everybody is judged by them: who is connected now in portions, who is about to be at their Finished.
    /// </summary>
    public void HandleGeneration(Instant now, Generation generation)
    {
        ArgumentNullException.ThrowIfNull(generation);
        var before = _generation;
        _generation = generation;
        _server = new DtlsServer(generation.Dtls, settings.HelloVerifier, entropy);
        _rest.Settings = generation.Dtls;
        _relay.HandleSettings(generation.Relay);
        if (!_isSaved && !ReferenceEquals(before.Dtls.Verifier, generation.Dtls.Verifier))
        {
            _toJudge.Clear();
            _sweep = new Sweep(now, 0, 0, IsUnderWay: true);
            foreach (var link in _index.Established)
            {
                _toJudge.Enqueue(link);
            }

            Judge(now);
        }
    }

    /// <summary>Hands out the next portions.</summary>
    private void Judge(Instant now)
    {
        while (_openPortions < MaximumPortions && _toJudge.Count > 0)
        {
            var portion = new List<DeviceLink>(Math.Min(JudgeWork.MaximumLinks, _toJudge.Count));
            while (portion.Count < JudgeWork.MaximumLinks && _toJudge.TryDequeue(out var link))
            {
                if (link.IsEstablished)
                {
                    portion.Add(link);
                }
            }

            if (portion.Count > 0)
            {
                _openPortions++;
                _work.Enqueue(new JudgeWork(_generation.Dtls.Verifier, portion));
            }
        }

        if (_sweep.IsUnderWay && _openPortions == 0)
        {
            _events.Enqueue(new GatewayEvent.Judged(_generation.Number, _sweep.Judged, _sweep.Refused, now - _sweep.Began));
            _sweep = default;
        }
    }

    private void HandleJudged(Instant now, JudgeWorkResult result)
    {
        _openPortions--;

        // Another generation came meanwhile: everybody is judged again anyway.
        if (ReferenceEquals(result.Verifier, _generation.Dtls.Verifier))
        {
            for (var index = 0; index < result.Links.Count; index++)
            {
                Follow(now, result.Links[index], result.Verdicts[index]);
            }
        }

        Judge(now);
    }

    private void Follow(Instant now, DeviceLink link, PeerVerdict verdict)
    {
        if (!link.IsEstablished)
        {
            return;
        }

        // A device that has another name by the new rules is another device to the cloud (DESIGN D-15).
        var isSame = verdict.IsAccepted && ((DeviceIdentity)verdict.Identity!).Name == link.Device!.Name;
        _sweep = _sweep with { Judged = _sweep.Judged + 1, Refused = _sweep.Refused + (isSame ? 0 : 1) };
        if (!isSame)
        {
            Refuse(now, link, verdict.IsAccepted ? RefusalReason.Name.ToWord() : verdict.Reason, verdict.Detail);
        }
    }

    private void Refuse(Instant now, DeviceLink link, string reason, string? detail)
    {
        if (link.Refusal is null)
        {
            link.Refuse(new Refusal(reason, now + Refusal.Grace));
            _events.Enqueue(new GatewayEvent.Revoked(link.Path, link.Device!, reason, detail));
            Settle(now, link);
        }
    }

    /// <summary>A connection that was just established lives by the rules of today, until its certificate's end.</summary>
    private void Welcome(Instant now, DeviceLink link)
    {
        var end = link.Device!.NotAfter;
        var expiry = end < DateTimeOffset.MaxValue ? end.AddTicks(1) : end;
        _nextExpiry = expiry < _nextExpiry ? expiry : _nextExpiry;
        if (!link.Connection.IsJudgedBy(_generation.Dtls.Verifier))
        {
            _toJudge.Enqueue(link);
            Judge(now);
        }
    }

    /// <summary>Certificates whose time is over while their devices are connected.</summary>
    private void HandleExpiry(Instant now)
    {
        if (_timeOfDay?.At(now) is not { } time || time < _nextExpiry)
        {
            return;
        }

        _nextExpiry = DateTimeOffset.MaxValue;
        foreach (var link in _index.Established.ToArray())
        {
            var end = link.Device!.NotAfter;
            if (end < time)
            {
                Refuse(now, link, RefusalReason.Expired.ToWord(), $"valid until {end:u}");
            }
            else if (end < _nextExpiry)
            {
                _nextExpiry = end.AddTicks(1);
            }
        }
    }

    /// <summary>A connection that has nothing more to say ends: the refused one when it was told, the one without room, any when the gateway stops.</summary>
    private bool TryEnd(DeviceLink link)
    {
        if (!link.Connection.IsEstablished)
        {
            return false;
        }

        if (link is { Refusal.IsTold: true, Endpoint.NextTransmitLength: 0 })
        {
            link.Connection.Refuse(AlertDescription.AccessDenied);
            return true;
        }

        if (link.HasNoRoom || (_isDraining && !_isHandingOver && !link.HasUnfinished))
        {
            link.Connection.Close();
            return true;
        }

        return false;
    }

    /// <summary>How far a sweep over the live connections is.</summary>
    private readonly record struct Sweep(Instant Began, int Judged, int Refused, bool IsUnderWay);
}
