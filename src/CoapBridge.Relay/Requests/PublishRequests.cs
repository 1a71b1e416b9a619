using CoapBridge.Identity;

namespace CoapBridge.Relay;

/// <summary>POST to a route of kind Publish, or to one of kind State: a message to the broker, and its receipt is the answer.</summary>
internal sealed class PublishRequests(RelayContext context)
{
    public void Handle(in RelayRequest request)
    {
        if (RequestToPublish.Translate(request, context, PolicyAction.Publish, out var refusal) is { } message
            && context.TryAdmit(request.Now, request.Client, out refusal))
        {
            context.Publish(context.Begin(request), message);
            return;
        }

        context.Answer(request, refusal);
    }
}
