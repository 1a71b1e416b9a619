using CoapBridge.Coap;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// A shard's side of commands: GET and Observe of the route, <c>?ttd=</c>, and replies by POST <c>/cr/{id}</c>. What commands
/// there are is the <see cref="CommandDesk"/>'s to know.
/// </summary>
internal sealed class CommandRequests(RelayContext context, CommandPushes pushes)
{
    private static readonly Answer NoCommand = new(CoapCode.Content, MaxAge: 0);

    private static readonly Answer NoReplies = new(CoapCode.NotImplemented, "no-replies: the broker has MQTT 3.1.1");

    private static readonly TimeSpan SubscriptionTime = TimeSpan.FromSeconds(2);

    private readonly Dictionary<ulong, CommandObservation> _observers = [];

    /// <summary>A connection may be used: its device's commands are subscribed to, if the policy lets it have any.</summary>
    public void HandleReady(Instant now, RelayClient client)
    {
        if (!client.IsAtDesk && TopicOf(client) is { } topic && context.Permits(now, client, PolicyAction.Command, topic))
        {
            client.IsAtDesk = true;
            context.Desk.Enqueue(new DeskMessage.Connected(client.Device!.Name, context.Settings.Routes.Commands!.SharedFilter ?? $"{topic}/#"));
            pushes.Begin(client);
        }
    }

    public void HandleGone(RelayClient client)
    {
        if (client.IsAtDesk)
        {
            client.IsAtDesk = false;
            pushes.End(client);
            context.Desk.Enqueue(new DeskMessage.Disconnected(client.Device!.Name));
        }
    }

    /// <summary>Any new request shows that the device has what the last one was answered with.</summary>
    public void HandleNext(RelayClient client)
    {
        pushes.HandleNext(client);
        if (client.Record?.Polled is { } id)
        {
            client.Record.Polled = null;
            context.Desk.Enqueue(new DeskMessage.Taken(client.Device!.Name, id));
        }
    }

    /// <summary>GET, with and without Observe. Stored commands are there while the broker is away, too.</summary>
    public void HandleRead(in RelayRequest request)
    {
        Token? observer = request.Message.TryGetUInt32(OptionNumber.Observe, out var observe) && observe == 0 ? new Token(request.Message.Token) : null;
        uint? accept = request.Message.TryGetUInt32(OptionNumber.Accept, out var format) ? format : null;
        if (!MayHave(request.Now, request.Client))
        {
            context.Answer(request, RequestToPublish.NotAllowed);
        }
        else if (observer is not null && accept is not null)
        {
            // RFC 7641 §4.2: one Content-Format for all notifications; commands have formats of their own, so none is told.
            context.Answer(request, UplinkRelay.NotAcceptable);
        }
        else if (!context.TryOpen(request.Client, out var refusal))
        {
            context.Answer(request, refusal);
        }
        else if (observer is { } token)
        {
            Register(request, token);
        }
        else
        {
            var ticket = context.Begin(request, new CommandAsk(accept));
            context.Desk.Enqueue(new DeskMessage.Ask(request.Device.Name, context.Shard, ticket, request.Now) { SubscribedBy = SubscribedBy(request.Now) });
        }
    }

    /// <summary>POST to <c>/cr/{id}</c>.</summary>
    public void HandleReply(in RelayRequest request)
    {
        if (RequestToPublish.TranslateReply(request, context, out var id, out var status, out var refusal) is not { } draft)
        {
            context.Answer(request, refusal);
        }
        else if (!MayHave(request.Now, request.Client))
        {
            context.Answer(request, RequestToPublish.NotAllowed);
        }
        else if (!context.TryAdmit(request.Now, request.Client, out refusal))
        {
            context.Answer(request, refusal);
        }
        else
        {
            if (request.Client.Record?.Polled != id)
            {
                HandleNext(request.Client);
            }

            var ticket = context.Begin(request, new CommandReply(id, status, draft));
            context.Desk.Enqueue(new DeskMessage.Find(request.Device.Name, context.Shard, ticket, id));
        }
    }

    /// <summary>Whether a request with <c>?ttd=</c> may wait for a command.</summary>
    public bool MayHave(Instant now, RelayClient client)
    {
        HandleReady(now, client);
        return client.IsAtDesk && TopicOf(client) is { } topic && context.Permits(now, client, PolicyAction.Command, topic);
    }

    /// <summary>The broker has the message of a request with <c>?ttd=</c>: now it waits for a command.</summary>
    public void HandlePublished(Instant now, in OpenRequest open, CommandWait wait)
    {
        if (context.IsDraining)
        {
            context.Answer(now, open, Answer.Changed);
            return;
        }

        // The desk answers in time; if it cannot, the open request ends by itself.
        var until = now + wait.Time;
        var ticket = context.Open.Begin(open with { Detail = wait with { IsPublished = true } }, until + context.Settings.AckTimeout);
        context.Desk.Enqueue(new DeskMessage.Ask(open.Client.Device!.Name, context.Shard, ticket, until));
    }

    /// <summary>Requests that wait for a command are answered without one.</summary>
    public void BeginDrain(Instant now)
    {
        foreach (var ticket in context.Open.Where(open => open.Detail is CommandWait { IsPublished: true }))
        {
            if (context.Open.TryEnd(ticket, out var open))
            {
                context.Answer(now, open, Answer.Changed);
            }
        }
    }

    /// <summary>What the desk says.</summary>
    public void HandleDeskAnswer(Instant now, in DeskAnswer answer)
    {
        if (answer.Observer != 0)
        {
            if (!pushes.TryPush(answer.Observer, answer.Command!))
            {
                Tell(answer.Observer, answer.Command!);
            }
        }
        else if (context.Open.TryFind(answer.Ticket, out var open) && open.Detail is CommandReply reply)
        {
            HandleFound(now, answer.Ticket, open, reply, answer.Command);
        }
        else if (context.Open.TryEnd(answer.Ticket, out open))
        {
            AnswerPoll(now, open, answer.Command);
        }
    }

    /// <summary>What became of a reply.</summary>
    public void HandleReceipt(Instant now, in OpenRequest open, CommandReply reply, in Answer answer)
    {
        context.Answer(now, open, answer);
        if (answer.Code.Class == 2)
        {
            context.Desk.Enqueue(new DeskMessage.Replied(open.Client.Device!.Name, reply.Id));
        }
    }

    /// <summary>An observer has the command that it was told.</summary>
    public void HandleNotified(CommandObservation observation)
    {
        if (observation.Told is { } id)
        {
            observation.Told = null;
            context.Desk.Enqueue(new DeskMessage.Taken(observation.Client.Device!.Name, id));
        }
    }

    /// <summary>A device is told no more commands.</summary>
    public void Forget(CommandObservation observation)
    {
        _observers.Remove(observation.Number);
        context.Desk.Enqueue(new DeskMessage.Unobserve(observation.Client.Device!.Name, context.Shard, observation.Number));
    }

    /// <summary>Until when a poll waits for the device's subscription: only a broker that is there can have it soon.</summary>
    private Instant SubscribedBy(Instant now)
    {
        var half = context.Settings.AckTimeout / 2;
        return context.Upstream.State != UpstreamState.Connected ? now : now + (half < SubscriptionTime ? half : SubscriptionTime);
    }

    private string? TopicOf(RelayClient client) => context.Settings.Routes.Commands?.Topic.Sample(client.Device!.Name, "");

    private void Register(in RelayRequest request, Token token)
    {
        if (request.Client.Record?.Take(token) is CommandObservation before)
        {
            Forget(before); // RFC 7641 §4.1
        }

        var observation = new CommandObservation(request.Client, token, context.NextObserver());
        _observers.Add(observation.Number, observation);
        request.Client.Recorded.Add(observation);
        context.Answer(request, new Answer(CoapCode.Content, MaxAge: StateObservers.ObservedMaxAge) { Observe = true });
        context.Desk.Enqueue(new DeskMessage.Observe(request.Device.Name, context.Shard, observation.Number));
    }

    private void Tell(ulong number, Command command)
    {
        if (_observers.TryGetValue(number, out var observation))
        {
            observation.Told = command.Id;
            context.Notifications.Enqueue(new RelayNotification(
                observation.Client, observation.Token, command.ToAnswer(CoapCode.Content, withFormat: false), Confirmable: true));
        }
    }

    private void AnswerPoll(Instant now, in OpenRequest open, Command? command)
    {
        var isWait = open.Detail is CommandWait;
        if (command is null)
        {
            context.Answer(now, open, isWait ? Answer.Changed : NoCommand);
        }
        else if (open.Detail is CommandAsk { Accept: { } accept } && accept != (command.Content.Format ?? ContentFormats.OctetStream))
        {
            context.Answer(now, open, UplinkRelay.NotAcceptable);
        }
        else
        {
            open.Client.Recorded.Polled = command.Id;
            context.Answer(now, open, command.ToAnswer(isWait ? CoapCode.Changed : CoapCode.Content, withFormat: true));
        }
    }

    private void HandleFound(Instant now, ulong ticket, in OpenRequest open, CommandReply reply, Command? command)
    {
        if (command?.ReplyTopic(reply.Status) is { } topic)
        {
            context.Publish(ticket, reply.Draft with { Topic = topic, CorrelationData = command.CorrelationData });
            return;
        }

        context.Open.TryEnd(ticket, out _);
        if (command?.ResponseTopic is not null)
        {
            context.Answer(now, open, new Answer(CoapCode.BadRequest, "bad-query: status must be a number for this cloud"));
            return;
        }

        context.Answer(now, open, !context.Settings.HasMqtt5 ? NoReplies : command is null ? new Answer(CoapCode.NotFound, "no-command: unknown or over") : Answer.Changed);
        if (command is not null)
        {
            context.Desk.Enqueue(new DeskMessage.Replied(open.Client.Device!.Name, reply.Id)); // nobody waits for it
        }
    }
}
