using System.Threading.Channels;
using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Device;

/// <summary>
/// What a device has asked over its endpoint and still waits for: each request in as many messages as its bodies take, and
/// observations with what they told. No socket; only its owner calls it.
/// </summary>
/// <param name="endpoint">The device's.</param>
/// <param name="fail">Makes the exception for a word and a sentence.</param>
internal sealed class DeviceExchanges(CoapEndpoint endpoint, Func<string, string, DeviceConnectionException> fail)
{
    /// <summary>Bytes of an answer that a device takes.</summary>
    private const int MaximumAnswer = 16_777_216;

    private const int MaximumOptions = CoapMessage.MaxLength / 2;
    private readonly Dictionary<OutgoingRequest, Pending> _pending = [];
    private uint _requestTag;

    public void Begin(Instant now, DeviceRequest request, TaskCompletionSource<DeviceResponse> answer)
    {
        if (Encode(request, OptionRole.Request) is not { } options)
        {
            answer.TrySetException(fail("too_large", $"path and query of the request take more than {MaximumOptions} bytes"));
            return;
        }

        var transfer = new BlockwiseRequest(request.Method, options, request.Payload, request.BlockSzX, MaximumAnswer);
        Send(now, new Pending(request, transfer, answer, null, now));
    }

    /// <summary>Asks to be told of changes (RFC 7641 §3.1); what is told goes to a channel, which is completed at the end.</summary>
    public void Observe(Instant now, DeviceRequest request, ChannelWriter<DeviceResponse> told)
    {
        if (Encode(request, OptionRole.Registration) is not { } options)
        {
            told.TryComplete(fail("too_large", $"path and query of the request take more than {MaximumOptions} bytes"));
            return;
        }

        Send(now, new Pending(request, new BlockwiseRequest(CoapCode.Get, options, default, request.BlockSzX, MaximumAnswer), null, told, now));
    }

    /// <summary>Tells the gateway that nothing is observed any more; the channel is completed when it has answered.</summary>
    public void EndObservation(Instant now, ChannelWriter<DeviceResponse> told)
    {
        foreach (var (handle, pending) in _pending)
        {
            if (pending.Told == told && pending.IsRegistration)
            {
                endpoint.Deregister(now, handle, Encode(pending.Request, OptionRole.Deregistration));
                return;
            }
        }

        told.TryComplete();
    }

    public void HandleEvent(Instant now, in CoapEvent what)
    {
        if (!_pending.TryGetValue(what.Request, out var pending))
        {
            return;
        }

        if (what is not { Kind: CoapEventKind.Response, Datagram: { } datagram } || !CoapMessage.TryParse(datagram, out var message, out _))
        {
            _pending.Remove(what.Request);
            pending.End(Failure(what.Kind));
        }
        else if (pending.IsRegistration)
        {
            HandleNotification(now, what.Request, pending, message, datagram);
        }
        else
        {
            _pending.Remove(what.Request);
            Go(now, pending, pending.Transfer.HandleResponse(message), datagram);
        }
    }

    /// <summary>There is no connection any more.</summary>
    public void Fail(Func<Exception> failure)
    {
        foreach (var pending in _pending.Values)
        {
            pending.End(failure());
        }

        _pending.Clear();
    }

    private void HandleNotification(Instant now, OutgoingRequest handle, Pending pending, in CoapMessage message, byte[] datagram)
    {
        var goesOn = message.Code.Class == 2 && message.TryGetOption(OptionNumber.Observe, out _);
        if (!goesOn)
        {
            _pending.Remove(handle);
        }

        // The rest of an older state is not asked for any more.
        foreach (var (older, fetch) in _pending.Where(entry => entry.Value.Told == pending.Told && !entry.Value.IsRegistration).ToArray())
        {
            _pending.Remove(older);
        }

        var rest = new BlockwiseRequest(CoapCode.Get, Encode(pending.Request, OptionRole.Request)!, default, pending.Request.BlockSzX, MaximumAnswer);
        Go(now, pending with { Transfer = rest, IsRegistration = false, IsLast = !goesOn }, rest.HandleNotification(message), datagram);
    }

    private void Go(Instant now, Pending pending, TransferStep step, byte[] datagram)
    {
        switch (step)
        {
            case TransferStep.Next:
                Send(now, pending);
                break;
            case TransferStep.Done:
                pending.Tell(new DeviceResponse(datagram, pending.Transfer.Body, now - pending.Since));
                break;
            default:
                pending.End(fail("bad_blocks", "the answer came in blocks that do not fit together, or is too long"));
                break;
        }
    }

    private void Send(Instant now, Pending pending)
    {
        Span<byte> room = stackalloc byte[CoapMessage.MaxLength];
        var options = new OptionWriter(room);
        pending.Transfer.WriteOptions(ref options);
        var type = pending.Request.Confirmable ? MessageType.Confirmable : MessageType.NonConfirmable;
        var outcome = endpoint.Request(now, type, pending.Transfer.Method, options.Written, pending.Transfer.Payload.Span, out var handle);
        if (outcome == SendOutcome.Accepted)
        {
            _pending.Add(handle, pending);
        }
        else if (outcome == SendOutcome.TooLarge)
        {
            pending.End(fail("too_large", $"a message would be longer than {CoapMessage.MaxLength} bytes; a smaller block size makes room"));
        }
        else
        {
            pending.End(fail("queue_full", "too many requests of this device wait for their responses"));
        }
    }

    /// <summary>Null when they are too long.</summary>
    private byte[]? Encode(DeviceRequest request, OptionRole role)
    {
        var options = new OptionWriter(new byte[MaximumOptions]);
        request.Target.WriteOptions(ref options, request.ContentFormat, role switch
        {
            OptionRole.Registration => 0,
            OptionRole.Deregistration => 1,
            _ => null,
        });

        // RFC 9175 §3.4: so that blocks of two bodies to one resource are never taken for one another's.
        if (role == OptionRole.Request && request.Payload.Length > 16 << request.BlockSzX)
        {
            options.Write(OptionNumber.RequestTag, ++_requestTag);
        }

        return options.Failed ? null : options.Written.ToArray();
    }

    private DeviceConnectionException Failure(CoapEventKind kind) => kind switch
    {
        CoapEventKind.RequestReset => fail("reset", "the gateway answered with an RST: it does not know the message's context"),
        CoapEventKind.ResponseRefused => fail("response_refused", "the response has a critical option that is not understood"),
        CoapEventKind.Response => fail("bad_response", "the response is not a CoAP message"),
        _ => fail("no_answer", "the gateway did not answer, after all retransmissions"),
    };

    private enum OptionRole
    {
        Request,
        Registration,
        Deregistration,
    }

    /// <param name="Request">As it was asked.</param>
    /// <param name="Transfer">How far it is.</param>
    /// <param name="Answer">Where the one answer goes; null for an observation.</param>
    /// <param name="Told">Where notifications go; null for a request.</param>
    /// <param name="Since">When it began.</param>
    private sealed record Pending(
        DeviceRequest Request, BlockwiseRequest Transfer, TaskCompletionSource<DeviceResponse>? Answer, ChannelWriter<DeviceResponse>? Told,
        Instant Since)
    {
        public bool IsRegistration { get; init; } = Told is not null;

        public bool IsLast { get; init; }

        public void Tell(DeviceResponse response)
        {
            Answer?.TrySetResult(response);
            Told?.TryWrite(response);
            if (IsLast)
            {
                Told?.TryComplete();
            }
        }

        public void End(Exception failure)
        {
            Answer?.TrySetException(failure);
            Told?.TryComplete(failure);
        }
    }
}
