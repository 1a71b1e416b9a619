using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

// How the connection comes and goes.
internal sealed partial class AmqpDriver
{
    private Task<(BrokerAttempt Attempt, AmqpConnection? Connection, BrokerFault? Fault)>? _connecting;
    private Task<bool>? _reopening;

    /// <summary>TLS to the first broker that is there, then AMQP.</summary>
    private async Task<(BrokerAttempt Attempt, AmqpConnection? Connection, BrokerFault? Fault)> ConnectAsync(Instant now)
    {
        var attempt = await _brokers.ConnectAsync(now).ConfigureAwait(false);
        var (connection, fault) = attempt.Connection is { } transport
            ? await AmqpConnection.OpenAsync(transport, _options, _options.ClientId, _inbox, _task.Stopping).ConfigureAwait(false)
            : (null, null);
        return (attempt, connection, fault);
    }

    private async Task FinishConnectAsync(Instant now)
    {
        if (_connecting is not { IsCompleted: true } connecting)
        {
            return;
        }

        _connecting = null;
        var (attempt, connection, refusal) = await connecting.ConfigureAwait(false);
        if (attempt.Fault is { } fault)
        {
            _events.Broker.CouldNotConnect(fault);
        }

        if (attempt.Connection is not null)
        {
            _brokers.HandleConnected(now, attempt.Index);
        }

        if (connection is null)
        {
            if (refusal is not null)
            {
                _brokers.HandleLost(now);
                _events.Broker.CouldNotConnect(refusal);
            }

            _link.HandleConnectFailed(now, (refusal ?? attempt.Fault)!.Cause);
            return;
        }

        _connection = connection;
        _events.Broker.Secured(connection.Transport);
        _link.HandleConnected(now);
    }

    /// <summary>What was written, bound and opened meanwhile.</summary>
    private async Task FinishWorkAsync(Instant now)
    {
        if (_writing is { IsCompleted: true } written)
        {
            _writing = null;
            if (await written.ConfigureAwait(false))
            {
                _link.HandleWritten(now);
            }
        }

        if (_binding is { Task.IsCompleted: true } bound)
        {
            _binding = null;
            await FinishBindAsync(now, bound.Changes, bound.Task).ConfigureAwait(false);
        }

        if (_reopening is { IsCompleted: true } reopened)
        {
            _reopening = null;
            if (await reopened.ConfigureAwait(false))
            {
                _link.HandleChannelReopened();
            }
            else
            {
                Lose(now, 0, null);
            }
        }
    }

    private async Task FinishBindAsync(Instant now, IReadOnlyList<BindingChange> changes, Task<IReadOnlyList<BindingOutcome>> task)
    {
        try
        {
            var outcomes = await task.ConfigureAwait(false);
            for (var index = 0; index < changes.Count; index++)
            {
                _link.HandleBindingDone(now, changes[index], outcomes[index]);
            }

            _events.CommandsConsumed(_connection!.CommandQueue, _connection.CommandProblem);
        }
        catch (Exception exception) when (AmqpFaults.IsOfBroker(exception))
        {
            Lose(now, 0, null);
        }
    }

    /// <summary>Opens, reopens or closes as the link asks.</summary>
    private void FollowLink(Instant now)
    {
        if (_link.MustClose)
        {
            Close(inOrder: true);
            _brokers.HandleLost(now);
            _link.HandleDisconnected(now);
        }

        _brokers.FollowLink();

        if (_link.WantsChannel && _reopening is null && _writing is null && _connection is { } connection)
        {
            _reopening = connection.ReopenAsync(_task.Stopping);
            _task.WakeAfter(_reopening);
        }

        if (_link.TryTakeConnect())
        {
            _connecting = ConnectAsync(now);
            _task.WakeAfter(_connecting);
        }

        if (_link.IsDrained)
        {
            _task.HandleDrained();
        }
    }

    /// <param name="now">The present.</param>
    /// <param name="code">The broker's reply code; 0: none.</param>
    /// <param name="text">Its words, if it had any.</param>
    private void Lose(Instant now, ushort code, string? text)
    {
        if (_connection is not { } connection)
        {
            return;
        }

        var cause = AmqpFaults.CauseOf(code);
        if (text is null && connection.TransportFault is { } exception && BrokerTransport.Explain(exception) is { Reason: BrokerFaultReason.TlsRefused } fault)
        {
            cause = ReconnectCause.Refused;
            _events.Broker.CouldNotConnect(fault);
        }

        Close(inOrder: false);
        if (!_link.IsRenewing)
        {
            _brokers.HandleLost(now);
        }

        _link.HandleDisconnected(now, cause, text is null ? null : code == 0 ? text : $"{code} {text}");
    }

    /// <summary>It closes beside us; what is under way on it ends by itself.</summary>
    private void Close(bool inOrder)
    {
        if (_connection is { } connection)
        {
            _closing = inOrder ? connection.LeaveAsync() : connection.DisposeAsync().AsTask();
            (_connection, _writing, _binding, _reopening) = (null, null, null, null);
            _events.Unblocked();
        }
    }
}
