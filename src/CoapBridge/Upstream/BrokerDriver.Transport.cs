using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

// How the transport comes and goes.
internal sealed partial class BrokerDriver
{
    private async Task FinishConnectAsync(Instant now)
    {
        if (_connecting is not { IsCompleted: true } connecting)
        {
            return;
        }

        _connecting = null;
        var (connection, fault) = await connecting.ConfigureAwait(false);
        if (connection is null)
        {
            _events.CouldNotConnect(fault!);
            _link.HandleConnectFailed(now, CauseOf(fault!));
            return;
        }

        _transfer = new BrokerTransfer(connection, Signal, _stop.Token);
        _events.Secured(connection);
        _link.HandleConnected(now);
        _transfer.BeginRead();
    }

    /// <summary>Not while an attempt is under way: its outcome would be taken for that of the new certificate.</summary>
    private void BeginRenewal(Instant now)
    {
        if (_connecting is null && Interlocked.Exchange(ref _next, null) is { } next)
        {
            _before ??= _transport;
            _transport = next;
            _link.BeginRenewal(now);
        }
    }

    /// <summary>Opens or closes the transport as the link asks.</summary>
    private async Task FollowLinkAsync(Instant now)
    {
        if (_link.MustClose && _transfer is { IsWriting: false })
        {
            await LoseAsync(now, null).ConfigureAwait(false);
        }

        if (_link is { IsConnected: true, IsRenewing: false })
        {
            _before = null; // whichever it is, the broker takes it
        }

        if (_link.TryTakeRenewalRefused() && _before is { } before)
        {
            _transport = before;
        }

        if (_link.TryTakeConnect())
        {
            _connecting = _transport.ConnectAsync(_stop.Token);
            _ = _connecting.ContinueWith(
                _ => Signal(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        if (_link.IsDrained)
        {
            _drained.TrySetResult();
        }
    }

    private async Task LoseAsync(Instant now, Exception? exception)
    {
        var cause = ReconnectCause.Unreachable;
        if (exception is not null)
        {
            var fault = BrokerTransport.Explain(exception);
            cause = CauseOf(fault);
            _events.CouldNotConnect(fault);
        }

        await CloseAsync().ConfigureAwait(false);
        _link.HandleDisconnected(now, cause);
    }

    private async Task CloseAsync()
    {
        if (_transfer is { } transfer)
        {
            _transfer = null;
            await transfer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static ReconnectCause CauseOf(BrokerFault fault) => fault.Reason switch
    {
        BrokerFaultReason.BrokerRefused or BrokerFaultReason.TlsFailed => ReconnectCause.Untrusted,
        BrokerFaultReason.TlsRefused => ReconnectCause.Refused,
        _ => ReconnectCause.Unreachable,
    };
}
