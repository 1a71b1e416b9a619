using CoapBridge.Relay;

namespace CoapBridge.Simulation;

/// <summary>What is on disk of the command desk: it outlives the gateway.</summary>
public sealed class SimulatedDeskFile
{
    private readonly List<Command> _commands = [];
    private readonly Dictionary<string, string> _devices = [];

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<Command> Commands => _commands;

    public IEnumerable<(string Device, string Filter)> Devices => _devices.Select(pair => (pair.Key, pair.Value));

    public void Apply(CommandWrite write)
    {
        switch (write)
        {
            case CommandWrite.Add add:
                _commands.Add(add.Command);
                break;
            case CommandWrite.Take take:
                var place = Find(take.Device, take.Id);
                _commands[place] = _commands[place] with { IsTaken = true, Ends = take.Ends };
                break;
            case CommandWrite.Remove remove:
                _commands.RemoveAt(Find(remove.Device, remove.Id));
                break;
            case CommandWrite.Subscribe subscribe:
                _devices[subscribe.Device] = subscribe.Filter;
                break;
            case CommandWrite.Unsubscribe:
                _devices.Remove(write.Device);
                break;
        }
    }

    private int Find(string device, string id) => _commands.FindIndex(command => command.Device == device && command.Id == id);
}
