using System.Buffers.Binary;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How records find their connection, and messages their endpoint.
public sealed partial class Shard
{
    /// <summary>A path_challenge's content (RFC 9853 §4).</summary>
    private const int ChallengeLength = 9;

    /// <summary>Gives each record to its connection, or to the handshake beside it.</summary>
    private void HandleRecords(Instant now, in NetworkPath path, Span<byte> datagram)
    {
        var arrival = new Arrival(now, path);
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
        var length = datagram.Length;
        var outcome = link.Connection.HandleRecord(now, ref datagram, out var applicationData);
        Counters.Count(outcome);
        FollowEvents(now, link);
        FollowAddress(arrival, link, length - datagram.Length, outcome);
        if (outcome == RecordOutcome.ApplicationData && link.Endpoint is { } endpoint)
        {
            link.CountMessage();
            var reception = endpoint.HandleDatagram(now, applicationData, out var request, out var exchange);
            Counters.Count(reception);
            if (reception.Kind is ReceptionKind.Request or ReceptionKind.FirstBlock
                && !TryRefuse(now, link, request, Math.Max(applicationData.Length, request.Payload.Length), exchange))
            {
                if (reception.Kind == ReceptionKind.FirstBlock && _relay.MaximumBody(request) is { } maximum)
                {
                    endpoint.TakeFirstBlock(now, exchange, request, maximum);
                }
                else
                {
                    HandleRequest(now, link, request, exchange);
                }
            }
        }

        Settle(now, link);
        return outcome;
    }

    /// <summary>
    /// RFC 9146 §6: the address changes only with a record that is authentic and newer than all before it. An older one
    /// that was held up on its way is answered, but moves nothing.
    /// </summary>
    private void FollowAddress(in Arrival arrival, DeviceLink link, int length, RecordOutcome outcome)
    {
        if (arrival.Path == link.Path)
        {
            link.CountReceived(arrival.Now, length);
            return;
        }

        var isAuthentic = outcome is RecordOutcome.ApplicationData or RecordOutcome.Alert or RecordOutcome.Handshake or RecordOutcome.ReturnRoutability;
        if (!isAuthentic || link is not { HasConnectionId: true, Connection: { IsEstablished: true, LastRecordWasNewest: true } })
        {
            return;
        }

        if (link.Connection.ReturnRoutability)
        {
            CheckPath(arrival, link, length);
            return;
        }

        var from = link.Path;
        link.Move(arrival.Now, arrival.Path, length);
        FollowMove(link, from);
    }

    /// <summary>RFC 9853 §5: nothing changes before the device has answered at the new address.</summary>
    private void CheckPath(in Arrival arrival, DeviceLink link, int length)
    {
        if (link.Check is { } check && check.Candidate == arrival.Path)
        {
            check.CountReceived(length);
            if (link.Connection.PathResponse == check.Cookie)
            {
                var from = link.Path;
                link.MoveToChecked();
                FollowMove(link, from);
            }

            return;
        }

        Span<byte> cookie = stackalloc byte[sizeof(ulong)];
        entropy.Fill(cookie);
        link.Check = new PathCheck(arrival.Path, BinaryPrimitives.ReadUInt64BigEndian(cookie), length, arrival.Now, link.Check);
        HandlePathCheck(arrival.Now, link);
    }

    /// <summary>A challenge may be due, or the check may have come to nothing.</summary>
    private static void HandlePathCheck(Instant now, DeviceLink link)
    {
        if (link.Check is not { } check)
        {
            return;
        }

        if (check.IsOver(now))
        {
            link.Check = null;
        }
        else if (check.TryTakeTurn(now, link.Connection.RecordOverhead + ChallengeLength))
        {
            link.OwesChallenge = true;
        }
    }

    private void FollowMove(DeviceLink link, in NetworkPath from)
    {
        _index.Move(link, from);
        Counters.AddressChanges++;
        _events.Enqueue(new GatewayEvent.Moved(from, link.Path, link.Device!));
    }

    /// <summary>When and where a datagram came.</summary>
    private readonly record struct Arrival(Instant Now, NetworkPath Path);
}
