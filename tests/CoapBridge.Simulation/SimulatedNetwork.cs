namespace CoapBridge.Simulation;

/// <summary>
/// What happens to datagrams between devices and gateway, by the seed: lost, doubled, late (so that later ones overtake
/// them), or too long for the path.
/// </summary>
public sealed class SimulatedNetwork(int seed, Agenda agenda)
{
    private readonly Random _random = new(seed);

    public double Loss { get; set; }

    public double Duplication { get; set; }

    /// <summary>How many datagrams are held back for up to <see cref="MaximumHold"/>.</summary>
    public double Reordering { get; set; }

    public TimeSpan MaximumHold { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>One way.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Payload bytes of a datagram; longer ones do not arrive.</summary>
    public int Mtu { get; set; } = 65_507;

    /// <summary>A test may lose what it wants: true for what may pass.</summary>
    public Func<bool, byte[], bool> Passes { get; set; } = (_, _) => true;

    public void Send(bool toGateway, byte[] datagram, Action<byte[]> deliver)
    {
        if (datagram.Length > Mtu || !Passes(toGateway, datagram))
        {
            return;
        }

        var copies = Happens(Duplication) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            if (!Happens(Loss))
            {
                var hold = Happens(Reordering) ? MaximumHold * _random.NextDouble() : TimeSpan.Zero;
                agenda.In(Delay + hold, () => deliver([.. datagram]));
            }
        }
    }

    private bool Happens(double chance) => chance > 0 && _random.NextDouble() < chance;
}
