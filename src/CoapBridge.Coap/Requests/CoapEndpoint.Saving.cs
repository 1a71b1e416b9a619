using CoapBridge.Wire;

namespace CoapBridge.Coap;

// How an endpoint outlives its process, together with its connection.
public sealed partial class CoapEndpoint
{
    /// <summary>Nothing is remembered, under way or waiting: what <see cref="Save"/> writes is all there is, and it is short.</summary>
    public bool IsAtRest => _received is null && _confirmables is null && _requests is null && _observations is null or { IsAtRest: true } && (_bodies is null || _bodies.Count == 0) && _transmits.Count == 0 && _events.Count == 0;

    /// <summary>
    /// Writes what must not be forgotten while the connection lives: which messages were received and how they were answered
    /// (RFC 7252 §4.5), and which Message IDs, tokens and exchange numbers have been used (RFC 7252 §4.4, RFC 9175 §4.2). What is under way is
    /// not part of it: open exchanges, requests of ours, and what waits to be sent. Observers are (RFC 7641 §4.1), but not what they wait for.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="writer">At most <see cref="MaximumSavedLength"/> bytes.</param>
    public void Save(Instant now, ref WireWriter writer)
    {
        writer.WriteUInt32(_requestNumber);
        writer.WriteUInt48(_received?.NextSequence ?? _nextSequence);
        _messageIds.Save(now, ref writer);
        if (_received is null)
        {
            writer.WriteUInt16(0);
        }
        else
        {
            _received.Save(now, ref writer);
        }

        if (_observations is null)
        {
            writer.WriteUInt16(0);
        }
        else
        {
            _observations.Save(now, ref writer);
        }
    }

    /// <summary>More than <see cref="Save"/> ever writes.</summary>
    public const int MaximumSavedLength = 256 + (EndpointGroup.MostObservationsPerEndpoint * (Observation.MaximumRequest + 32)) + (ReceivedMessages.MaxEntries * 24) + ReceivedMessages.MaxBodyBytes;

    /// <summary>One that was loaded shares from now on with the others of its owner.</summary>
    public void Join(EndpointGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
        if (_observations is not null)
        {
            _observations = _observations.JoinedTo(group);
        }
    }

    /// <summary>
    /// The registration of an observer that came from an earlier run, to be handled as if it came now: its answer, if it observes,
    /// is told as a notification, so that the peer has the present state. Each once.
    /// </summary>
    /// <param name="number">From 0.</param>
    /// <param name="datagram">Parses to the request.</param>
    /// <param name="exchange">With what to answer it.</param>
    public bool TryGetObserver(int number, out byte[] datagram, out Exchange exchange)
    {
        var entry = number < _observations?.Count ? _observations.Entries[number] : null;
        datagram = entry?.Registration() ?? [];
        exchange = entry is null ? default : new Exchange(entry.Token);
        return entry is not null;
    }

    /// <summary>Reads what <see cref="Save"/> wrote; null when it is not that. What has become too old meanwhile is forgotten.</summary>
    /// <param name="group">As in the constructor.</param>
    /// <param name="saved">When it was saved, on the present clock.</param>
    /// <param name="now">The present.</param>
    /// <param name="reader">Moved past the endpoint.</param>
    public static CoapEndpoint? Load(EndpointGroup group, Instant saved, Instant now, ref WireReader reader)
    {
        var requestNumber = reader.ReadUInt32();
        var received = new ReceivedMessages(group.Parameters, reader.ReadUInt48());
        var endpoint = new CoapEndpoint(group)
        {
            _requestNumber = requestNumber,
            _messageIds = MessageIdSequence.Load(saved, ref reader),
            _received = received,
        };
        if (!received.TryLoad(saved, ref reader))
        {
            return null;
        }

        int observations = reader.ReadUInt16();
        if (observations > 0)
        {
            endpoint._observations = new Observations(group, saved);
            if (observations > group.MaximumObservationsPerEndpoint || !endpoint._observations.TryLoad(observations, saved, ref reader))
            {
                return null;
            }
        }

        if (reader.Failed)
        {
            return null;
        }

        received.Sweep(now);
        endpoint.ReleaseReceived();
        return endpoint;
    }
}
