using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

// How a request finds its kind.
public sealed partial class UplinkRelay
{
    internal static Answer WrongMethod { get; } = new(CoapCode.MethodNotAllowed, "method: not for this resource");

    internal static Answer NotAcceptable { get; } = new(CoapCode.NotAcceptable, "accept: not in this format");

    private static Answer UnexpectedPrecondition { get; } = new(CoapCode.BadOption, "critical-option: no precondition is compared here");

    private static PathTemplate CommandReplyPath { get; } =
        PathTemplate.TryParse($"{RouteTable.CommandReplySegment}/{{id}}", out _) ?? throw new InvalidOperationException("The path of replies is no path.");

    private static Answer NoResource { get; } = new(CoapCode.NotFound, "no-resource: see /.well-known/core");

    /// <summary>Takes a request in; its answer comes at once or later, through <see cref="TryTakeAnswer"/>.</summary>
    /// <param name="now">The present.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="message">Its message, of a block-wise transfer the last one: code and options.</param>
    /// <param name="body">The whole payload, put together from its blocks (RFC 7959 §2.5); borrowed for this call.</param>
    /// <param name="exchange">With what it is answered.</param>
    public void HandleRequest(Instant now, RelayClient client, in CoapMessage message, ReadOnlySpan<byte> body, Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(client);
        var route = RouteOf(message, out var isReply);
        var request = new RelayRequest(now, client, message, body, exchange, route!);
        if (IsPreconditioned(message) && !(route?.Kind == RouteKind.State && (message.Code == CoapCode.Put || message.Code == CoapCode.Delete)))
        {
            // RFC 7252 §5.4.1: nothing else compares If-Match and If-None-Match, and a critical option is not to be overlooked.
            _context.Answer(request, UnexpectedPrecondition);
            return;
        }

        if (isReply)
        {
            HandleReply(request);
            return;
        }

        _commands.HandleNext(client);
        if (route is null)
        {
            if (!_discovery.TryHandle(request))
            {
                _context.Answer(request, NoResource);
            }
        }
        else if (route.DemandsEcho && !Freshness.Accepts(request, _context.Entropy, out var challenge))
        {
            _context.Answer(request, challenge);
        }
        else
        {
            Dispatch(request);
        }
    }

    /// <summary>
    /// How many bytes the body of a request may have whose first block this is (RFC 7959 §2.5); null when it would be refused
    /// whatever came, and so may as well be given to <see cref="HandleRequest"/> as it is.
    /// </summary>
    public int? MaximumBody(in CoapMessage firstBlock)
    {
        var route = RouteOf(firstBlock, out var isReply);
        return route is null || !TakesBody(route.Kind, isReply, firstBlock.Code)
            || (route.DemandsEcho && !firstBlock.TryGetOption(OptionNumber.Echo, out _)) ? null : route.MaximumBody;
    }

    private static bool TakesBody(RouteKind kind, bool isReply, CoapCode method) =>
        method == CoapCode.Post ? kind != RouteKind.Commands || isReply : kind == RouteKind.State && method == CoapCode.Put;

    private static bool IsPreconditioned(in CoapMessage message)
    {
        foreach (var option in message.Options)
        {
            if (option.Number is OptionNumber.IfMatch or OptionNumber.IfNoneMatch)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Replies to commands belong to the commands' route.</summary>
    private Route? RouteOf(in CoapMessage message, out bool isReply)
    {
        var routes = _context.Settings.Routes;
        isReply = routes.Commands is not null && CommandReplyPath.Matches(message);
        return isReply ? routes.Commands : routes.Find(message);
    }

    private void HandleReply(in RelayRequest request)
    {
        if (request.Message.Code == CoapCode.Post)
        {
            _commands.HandleReply(request);
        }
        else
        {
            _context.Answer(request, WrongMethod);
        }
    }

    private void Dispatch(in RelayRequest request)
    {
        switch (request.Route.Kind)
        {
            case RouteKind.Publish when request.Message.Code == CoapCode.Post:
                _publishes.Handle(request);
                break;
            case RouteKind.State when request.Message.Code == CoapCode.Post:
                _publishes.Handle(request);
                break;
            case RouteKind.State when request.Message.Code == CoapCode.Get:
                _states.HandleRead(request);
                break;
            case RouteKind.State when request.Message.Code == CoapCode.Put || request.Message.Code == CoapCode.Delete:
                _changes.Handle(request);
                break;
            case RouteKind.Commands when request.Message.Code == CoapCode.Get:
                _commands.HandleRead(request);
                break;
            case RouteKind.Call when request.Message.Code == CoapCode.Post:
                _calls.Handle(request);
                break;
            default:
                _context.Answer(request, WrongMethod);
                break;
        }
    }
}
