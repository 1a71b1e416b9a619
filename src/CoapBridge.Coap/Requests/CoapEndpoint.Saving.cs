using CoapBridge.Wire;

namespace CoapBridge.Coap;

// How an endpoint outlives its process, together with its connection.
public sealed partial class CoapEndpoint
{
    /// <summary>Nothing is remembered, under way or waiting: what <see cref="Save"/> writes is all there is, and it is short.</summary>
    public bool IsAtRest => _received is null && _confirmables is null && _requests is null && _observations is null && (_bodies is null || _bodies.Count == 0) && _transmits.Count == 0 && _events.Count == 0;

    /// <summary>
    /// Writes what must not be forgotten while the connection lives: which messages were received and how they were answered
    /// (RFC 7252 §4.5), and which Message IDs, tokens and exchange numbers have been used (RFC 7252 §4.4, RFC 9175 §4.2). What is under way is
    /// not part of it: open exchanges, requests of ours, and what waits to be sent.
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
    }

    /// <summary>More than <see cref="Save"/> ever writes.</summary>
    public const int MaximumSavedLength = 256 + (ReceivedMessages.MaxEntries * 24) + ReceivedMessages.MaxBodyBytes;

    /// <summary>One that was loaded shares from now on with the others of its owner.</summary>
    public void Join(EndpointGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
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

        received.Sweep(now);
        endpoint.ReleaseReceived();
        return endpoint;
    }
}
