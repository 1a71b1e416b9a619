using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// Commands as requests, where the route says so: the device is the server. At the desk such a connection is an observer from
/// its beginning; the device's response has the place of the ACK and of the reply in one. A device that does not respond is
/// asked again after its next own request, one that answers RST not again on this connection.
/// </summary>
internal sealed class CommandPushes(RelayContext context)
{
    private readonly Dictionary<ulong, RelayClient> _clients = [];

    public void Begin(RelayClient client)
    {
        if (context.Settings.Routes.Commands is { AsRequests: true })
        {
            var number = context.NextObserver();
            _clients.Add(number, client);
            client.Recorded.PushNumber = number;
            client.Recorded.IsPushDue = false;
            context.Desk.Enqueue(new DeskMessage.Observe(client.Device!.Name, context.Shard, number));
        }
    }

    public void End(RelayClient client)
    {
        if (client.Record is { PushNumber: > 0 } record)
        {
            _clients.Remove(record.PushNumber);
            context.Desk.Enqueue(new DeskMessage.Unobserve(client.Device!.Name, context.Shard, record.PushNumber));
            record.PushNumber = 0;
        }
    }

    /// <summary>A request of the device shows that it is there.</summary>
    public void HandleNext(RelayClient client)
    {
        if (client.Record is { IsPushDue: true })
        {
            Begin(client);
        }
    }

    /// <summary>False when the desk means an observer.</summary>
    public bool TryPush(ulong number, Command command)
    {
        if (!_clients.TryGetValue(number, out var client))
        {
            return false;
        }

        context.DeviceRequests.Enqueue(new DeviceRequest(client, command));
        return true;
    }

    /// <summary>The device has done what it was told, or says why not: either way it is not told again.</summary>
    public void HandleResponse(Instant now, RelayClient client, Command command, CoapCode code, uint? format, ReadOnlySpan<byte> payload)
    {
        context.Desk.Enqueue(new DeskMessage.Taken(command.Device, command.Id));
        if (command.ResponseTopic is null)
        {
            context.Desk.Enqueue(new DeskMessage.Replied(command.Device, command.Id));
            return;
        }

        var open = new OpenRequest(client, default, WantsTime: false, new PushedReply(command.Id));
        var ticket = context.Open.Begin(open, now + context.Settings.AckTimeout);
        context.Publish(ticket, RequestToPublish.OfResponse(client.Device!, context, command, code, format, payload));
    }

    public void HandleNoResponse(RelayClient client, bool isReset)
    {
        End(client);
        client.Recorded.IsPushDue = !isReset;
    }

    /// <summary>The broker has the device's response, or will not.</summary>
    public void HandleReceipt(in OpenRequest open, PushedReply reply, bool isSuccess)
    {
        if (isSuccess)
        {
            context.Desk.Enqueue(new DeskMessage.Replied(open.Client.Device!.Name, reply.Id));
        }
        else
        {
            context.Counters.LostReplies++;
        }
    }
}
