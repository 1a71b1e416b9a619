using CoapBridge.Wire;

namespace CoapBridge.Simulation.Tests;

/// <summary>The faults are really there: else all other tests would prove nothing.</summary>
public class NetworkTests
{
    [Fact]
    public void Loss_duplication_reordering_and_the_mtu_are_what_was_asked_for()
    {
        var agenda = new Agenda(new Instant(1_000_000));
        var network = new SimulatedNetwork(1, agenda) { Loss = 0.2, Duplication = 0.2, Reordering = 0.2, Mtu = 100 };
        var arrived = new List<int>();
        for (var number = 0; number < 10_000; number++)
        {
            var sent = number;
            network.Send(true, new byte[100], _ => arrived.Add(sent));
            network.Send(true, new byte[101], _ => Assert.Fail("longer than the path takes"));
            agenda.MoveTo(agenda.Now + TimeSpan.FromMilliseconds(1));
            Deliver(agenda);
        }

        agenda.MoveTo(agenda.Now + TimeSpan.FromMinutes(1));
        Deliver(agenda);
        Assert.InRange(arrived.Count, 9_300, 9_900); // 10,000 × 1.2 × 0.8
        Assert.InRange(arrived.Distinct().Count(), 8_100, 8_650); // lost: 0.8 × 0.2 + 0.2 × 0.04
        Assert.True(arrived.Zip(arrived.Skip(1)).Count(pair => pair.Second < pair.First) > 1_000);
    }

    private static void Deliver(Agenda agenda)
    {
        while (agenda.TryTakeDue(out var action))
        {
            action();
        }
    }
}
