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
        var (connection, fault, index) = await connecting.ConfigureAwait(false);
        if (fault is not null)
        {
            _events.CouldNotConnect(fault);
        }

        if (connection is null)
        {
            _link.HandleConnectFailed(now, CauseOf(fault!));
            return;
        }

        _brokers.HandleConnected(now, index);
        _transfer = new BrokerTransfer(connection, _signal.Set, _stop.Token);
        _events.Secured(connection);
        _link.HandleConnected(now, connection.UserName);
        _transfer.BeginRead();
    }

    /// <summary>Not while an attempt is under way: its outcome would be taken for that of the new certificate.</summary>
    private void BeginRenewal(Instant now)
    {
        if (_connecting is null && Interlocked.Exchange(ref _next, null) is { } next)
        {
            _before ??= _brokers;
            _brokers = next;
            _link.BeginRenewal(now);
        }
    }

    /// <summary>Looks from time to time whether a broker that is preferred to the present one is there again, and goes back to it in order.</summary>
    private async Task FailBackAsync(Instant now)
    {
        if (_probing is { IsCompleted: true } probed)
        {
            _probing = null;
            if (await probed.ConfigureAwait(false))
            {
                _link.BeginMove(now);
            }
        }
        else if (_probing is null && _brokers.ProbeDue <= now && _link.IsConnected)
        {
            _probing = _brokers.ProbeAsync(now, _stop.Token);
            _signal.SetAfter(_probing);
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
            _brokers = before;
        }

        if (_link.TryTakeConnect())
        {
            _connecting = _brokers.ConnectAsync(now, _stop.Token);
            _signal.SetAfter(_connecting);
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
        if (!_link.IsRenewing)
        {
            _brokers.HandleLost(now);
        }

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
        BrokerFaultReason.TlsRefused or BrokerFaultReason.NotProvisioned => ReconnectCause.Refused,
        _ => ReconnectCause.Unreachable,
    };
}
