using CoapBridge.Identity;

namespace CoapBridge.Relay;

/// <summary>
/// POST to a route of kind Publish, or to one of kind State: a message to the broker, and its receipt is the answer, unless
/// the device waits for a command (<c>?ttd=</c>).
/// </summary>
internal sealed class PublishRequests(RelayContext context, CommandRequests commands)
{
    public void Handle(in RelayRequest request)
    {
        if (RequestToPublish.Translate(request, context, PolicyAction.Publish, out var ttd, out var refusal) is not { } message)
        {
            context.Answer(request, refusal);
        }
        else if (ttd > TimeSpan.Zero && !commands.MayHave(request.Now, request.Client))
        {
            context.Answer(request, RequestToPublish.NotAllowed);
        }
        else if (!(request.Route.Keeps ? context.TryOpen(request.Client, out refusal) : context.TryAdmit(request.Now, request.Client, out refusal)))
        {
            context.Answer(request, refusal);
        }
        else
        {
            var ticket = context.Begin(request, ttd > TimeSpan.Zero ? new CommandWait(ttd, IsPublished: false) : null);
            if (request.Route.Keeps)
            {
                context.Keep(ticket, request.Device.Name, message);
            }
            else
            {
                context.Publish(ticket, message);
            }
        }
    }
}
