using CoapBridge.Proof.Judging;

namespace CoapBridge.Proof.Brokers;

/// <summary>The <see cref="RecordingBroker"/> as a child. After each start it has kept the sessions or not, as the seed says.</summary>
internal sealed class RecordingProcess(string folder, Random random) : BrokerUnderProof
{
    private Child? _child;

    public override async Task StartAsync()
    {
        var sessions = random.Next(2) == 0 ? "keep" : "lose";
        _child = Child.Start(Child.Ours("CoapBridge.Proof.dll", "broker", $"{Port}", folder, sessions), Path.Combine(folder, "broker.log"));
        await _child.WaitForLineAsync("recording", TimeSpan.FromSeconds(30));
    }

    public override async Task EndAsync()
    {
        if (_child is { } child)
        {
            child.Signal(Child.SigKill);
            await child.DisposeAsync();
            if (child.Lines.Find(line => line.StartsWith("bug", StringComparison.Ordinal)) is { } bug)
            {
                throw new ProofException(bug);
            }
        }

        _child = null;
    }

    public override async Task TellAsync(string order)
    {
        if (_child is { } child)
        {
            await child.Input.WriteLineAsync(order);
            await child.Input.FlushAsync();
        }
    }

    public override List<Arrival> Collect() => Journal.Read(Path.Combine(folder, Journal.FileName));

    public override async ValueTask DisposeAsync() => await EndAsync();
}
