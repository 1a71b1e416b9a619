using System.Diagnostics;
using CoapBridge.Proof.Brokers;

namespace CoapBridge.Proof.Faults;

/// <summary>Makes faults, some beside one another; what is at fault already is waited for.</summary>
internal sealed class FaultRun(GatewayUnderProof gateway, BrokerUnderProof broker, FaultyNetwork network, SmallDisk? disk, Action<string> tell)
{
    private static readonly TimeSpan FillLimit = TimeSpan.FromSeconds(6);

    private readonly SemaphoreSlim _gatewayTurn = new(1);
    private readonly SemaphoreSlim _brokerTurn = new(1);
    private readonly SemaphoreSlim _networkTurn = new(1);
    private int _large;

    /// <summary>Nobody reads what the gateway sends, or the disk is full: large messages fill the window, or use up what room the log has.</summary>
    public bool WantsLarge => Volatile.Read(ref _large) > 0;

    public async Task RunAsync(IEnumerable<Fault> faults)
    {
        var last = Task.CompletedTask;
        var all = new List<Task>();
        var number = 0;
        foreach (var fault in faults)
        {
            if (!fault.IsBeside)
            {
                await last;
            }

            await Task.Delay(fault.Before);
            tell($"{++number}: {fault}");
            last = MakeAsync(fault);
            all.Add(last);
        }

        await Task.WhenAll(all);
    }

    private Task MakeAsync(Fault fault) => fault.Kind switch
    {
        FaultKind.BrokerRestart => InTurnAsync(_brokerTurn, () => RestartBrokerAsync(fault)),
        FaultKind.NetworkCut => InTurnAsync(_networkTurn, () => CutAsync(fault)),
        FaultKind.NetworkSilent => InTurnAsync(_networkTurn, () => SilenceAsync(fault)),
        FaultKind.SlowReader => InTurnAsync(_networkTurn, () => SlowAsync(fault)),
        FaultKind.AcksWithheld => InTurnAsync(_networkTurn, () => WithholdAsync(fault)),
        FaultKind.BrokerHolds => InTurnAsync(_brokerTurn, () => OrderAsync(fault, "hold on", "hold off")),
        FaultKind.AcksShuffled => InTurnAsync(_brokerTurn, () => OrderAsync(fault, "shuffle on", "shuffle off")),
        FaultKind.RefusedForNow => InTurnAsync(_brokerTurn, () => OrderAsync(fault, fault.IsHard ? "refuse 50" : "refuse 10", "refuse 0")),
        FaultKind.GatewayKill => InTurnAsync(_gatewayTurn, () => RestartGatewayAsync(fault, gateway.KillAsync)),
        FaultKind.GatewayRestart => InTurnAsync(_gatewayTurn, () => RestartGatewayAsync(fault, gateway.StopAsync)),
        _ => InTurnAsync(_networkTurn, () => FillAsync(fault)),
    };

    private static async Task InTurnAsync(SemaphoreSlim turn, Func<Task> make)
    {
        await turn.WaitAsync();
        try
        {
            await make();
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task RestartBrokerAsync(Fault fault)
    {
        await broker.EndAsync();
        await Task.Delay(fault.Length);
        await broker.StartAsync();
    }

    private async Task CutAsync(Fault fault)
    {
        network.Refuses = true;
        network.Cut(fault.IsHard);
        await Task.Delay(fault.Length);
        network.Refuses = false;
    }

    private async Task SilenceAsync(Fault fault)
    {
        network.Up = network.Down = FaultyNetwork.Flow.Shut;
        await Task.Delay(fault.Length);
        Open(fault);
    }

    private async Task SlowAsync(Fault fault)
    {
        Interlocked.Increment(ref _large);
        network.Up = fault.IsHard ? FaultyNetwork.Flow.Shut : FaultyNetwork.Flow.Trickle;
        await Task.Delay(2 * fault.Length);
        tell($"   unread: {network.Unread / 1024} KiB");
        Interlocked.Decrement(ref _large);
        Open(fault);
    }

    private async Task WithholdAsync(Fault fault)
    {
        network.Down = FaultyNetwork.Flow.Shut;
        await Task.Delay(fault.Length);
        Open(fault);
    }

    /// <summary>What was held back goes on, or is lost with its connection.</summary>
    private void Open(Fault fault)
    {
        if (fault.IsHard)
        {
            network.Cut(resets: true);
        }

        network.Up = network.Down = FaultyNetwork.Flow.Open;
    }

    private async Task OrderAsync(Fault fault, string begin, string end)
    {
        await broker.TellAsync(begin);
        await Task.Delay(fault.Length);
        await broker.TellAsync(end);
    }

    private async Task RestartGatewayAsync(Fault fault, Func<Task> end)
    {
        Stored += await gateway.StoredAsync();
        await end();
        await Task.Delay(fault.Length / 4);
        await gateway.StartAsync();
    }

    /// <summary>
    /// Without a broker, so that everything must be stored, and until something could not be: the database and its log have room of
    /// their own, which is used up first.
    /// </summary>
    private async Task FillAsync(Fault fault)
    {
        Interlocked.Increment(ref _large);
        network.Refuses = true;
        disk!.Fill();
        network.Cut(fault.IsHard);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < FillLimit && !gateway.HasSaid("outbox_not_stored");)
        {
            await Task.Delay(100);
        }

        await Task.Delay(fault.Length / 2);
        disk.Empty();
        Interlocked.Decrement(ref _large);
        await Task.Delay(fault.Length / 2);
        network.Refuses = false;
    }

    /// <summary>What gateways had written to the outbox before they ended.</summary>
    public long Stored { get; private set; }
}
