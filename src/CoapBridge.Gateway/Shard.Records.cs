using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How records find their connection, and messages their endpoint.
public sealed partial class Shard
{
    /// <summary>Gives each record to its connection, or to the handshake beside it.</summary>
    private void HandleRecords(Instant now, in NetworkPath path, Span<byte> datagram)
    {
        var arrival = new Arrival(now, path, datagram.Length);
        while (!datagram.IsEmpty)
        {
            if (DtlsConnection.TryPeekConnectionId(datagram, settings.ConnectionIdLength, out var connectionId))
            {
                if (_index.Find(connectionId) is not { } owner)
                {
                    Counters.UnknownConnectionIds++;
                    return;
                }

                HandleRecord(arrival, owner, ref datagram);
                continue;
            }

            var entry = _index.Find(path);
            if (entry is { Established: { } established, Handshake: { } handshake }
                && DtlsConnection.TryPeekRecord(datagram, out var length, out var epoch))
            {
                HandleRecordBeside(arrival, established, handshake, datagram[..length], epoch);
                datagram = datagram[length..];
            }
            else if ((entry.Handshake ?? entry.Established) is { } link)
            {
                HandleRecord(arrival, link, ref datagram);
            }
            else
            {
                Counters.Count(HelloOutcome.NotAHello);
                return;
            }
        }
    }

    /// <summary>
    /// Epoch 0 belongs to the handshake alone. In epoch 1 the keys tell: opening is in place, so the handshake gets a copy
    /// of what the connection could not open.
    /// </summary>
    private void HandleRecordBeside(in Arrival arrival, DeviceLink link, DeviceLink handshake, Span<byte> record, ushort epoch)
    {
        if (epoch == 0)
        {
            HandleRecord(arrival, handshake, ref record);
            return;
        }

        var copy = record.ToArray().AsSpan();
        if (HandleRecord(arrival, link, ref record) is not (RecordOutcome.ApplicationData or RecordOutcome.Alert))
        {
            HandleRecord(arrival, handshake, ref copy);
        }
    }

    private RecordOutcome HandleRecord(in Arrival arrival, DeviceLink link, ref Span<byte> datagram)
    {
        var now = arrival.Now;
        var outcome = link.Connection.HandleRecord(now, ref datagram, out var applicationData);
        Counters.Count(outcome);
        FollowEvents(now, link);
        FollowAddress(arrival, link, outcome);
        if (outcome == RecordOutcome.ApplicationData && link.Endpoint is { } endpoint)
        {
            var reception = endpoint.HandleDatagram(now, applicationData, out var request, out var exchange);
            Counters.Count(reception);
            if (reception.Kind == ReceptionKind.Request)
            {
                HandleRequest(now, link, request, exchange);
            }
        }

        Settle(now, link);
        return outcome;
    }

    /// <summary>
    /// RFC 9146 §6: the address changes only with a record that is authentic and newer than all before it. An older one
    /// that was held up on its way is answered, but moves nothing.
    /// </summary>
    private void FollowAddress(in Arrival arrival, DeviceLink link, RecordOutcome outcome)
    {
        if (arrival.Path == link.Path)
        {
            link.CountReceived(arrival.Length);
            return;
        }

        var isAuthentic = outcome is RecordOutcome.ApplicationData or RecordOutcome.Alert or RecordOutcome.Handshake;
        if (isAuthentic && link is { HasConnectionId: true, Connection: { IsEstablished: true, LastRecordWasNewest: true } })
        {
            var from = link.Path;
            link.Move(arrival.Now, arrival.Path, arrival.Length);
            _index.Move(link, from);
            Counters.AddressChanges++;
            _events.Enqueue(new GatewayEvent.Moved(from, arrival.Path, link.Device!));
        }
    }

    /// <summary>When and where a datagram came, and how long it was.</summary>
    private readonly record struct Arrival(Instant Now, NetworkPath Path, int Length);
}
