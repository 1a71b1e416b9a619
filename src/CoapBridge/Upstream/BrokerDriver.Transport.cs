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
            _link.HandleConnectFailed(now, fault!.Cause);
            return;
        }

        _brokers.HandleConnected(now, index);
        _transfer = new BrokerTransfer(connection, _task);
        _events.Secured(connection);
        _link.HandleConnected(now, connection.UserName);
        _transfer.BeginRead();
    }

    /// <summary>Opens or closes the transport as the link asks.</summary>
    private async Task FollowLinkAsync(Instant now)
    {
        if (_link.MustClose && _transfer is { IsWriting: false })
        {
            await LoseAsync(now, null).ConfigureAwait(false);
        }

        _brokers.FollowLink();

        if (_link.TryTakeConnect())
        {
            _connecting = _brokers.ConnectAsync(now);
            _task.WakeAfter(_connecting);
        }

        if (_link.IsDrained)
        {
            _task.HandleDrained();
        }
    }

    private async Task LoseAsync(Instant now, Exception? exception)
    {
        var cause = ReconnectCause.Unreachable;
        if (exception is not null)
        {
            var fault = BrokerTransport.Explain(exception);
            cause = fault.Cause;
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
}
