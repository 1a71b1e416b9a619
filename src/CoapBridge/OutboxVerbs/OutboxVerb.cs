using System.CommandLine;
using CoapBridge.Help;
using CoapBridge.Relay;
using Command = System.CommandLine.Command;

namespace CoapBridge.OutboxVerbs;

/// <summary><c>coapbridge outbox</c> on the command line.</summary>
internal static class OutboxVerb
{
    private static readonly IReadOnlyList<(string, string)> _files =
    [
        ("the configuration", "for Outbox:File and State:Directory"),
        ("Outbox:File", "the stored messages; read as they are, changed only while no gateway runs"),
        ("admin.sock", "in State:Directory: the way to the gateway that runs, for its user and root"),
    ];

    private static readonly IReadOnlyList<(int, string)> _exitCodes = [(0, "done"), (1, "not done; the output says why"), (2, "the question or the configuration is not right")];

    private static readonly Option<string?> _device = new("--device") { Description = "Only this device's.", HelpName = "NAME" };
    private static readonly Option<string[]> _id = new("--id")
    {
        Description = "Only this message, by its message_id; may be given several times.", HelpName = "MESSAGE_ID", Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create() => new("outbox", "Messages that the broker does not have yet, or did not take.") { List(), Retry(), Purge() };

    private static Verb List()
    {
        var quarantine = new Option<bool>("--quarantine") { Description = "Only what the broker did not take." };
        var json = new Option<bool>("--json") { Description = "For programs." };
        var list = new Verb("list", "Lists what is stored: per device what waits, one by one what is in quarantine and why; never payloads.")
        {
            Examples =
            [
                ("sudo coapbridge outbox list", "is anything stuck?"),
                ("sudo coapbridge outbox list --quarantine --json", "for programs"),
            ],
            Files = _files,
            ExitCodes = _exitCodes,
        };
        Add(list, _device, quarantine, json);
        list.SetAction(result => With(result, commands => commands.List(result.GetValue(_device), result.GetValue(quarantine), result.GetValue(json))));
        return list;
    }

    private static Verb Retry()
    {
        var all = new Option<bool>("--all") { Description = "All that is in quarantine." };
        var retry = new Verb("retry", "Sends messages in quarantine to the broker once more, behind the device's other messages.")
        {
            Details = "First do away with the reason, which the list tells: most often the broker does not let the gateway publish to that topic. Their age begins anew; what their own expiry has passed for is dropped and counted.",
            Examples =
            [
                ("sudo coapbridge outbox retry --all", "after the broker's access rules were mended"),
                ("sudo coapbridge outbox retry --device sensor-17", "only one device's"),
                ("sudo coapbridge outbox retry --id 9f86d081884c7d659a2feaa0c55ad015", "only one message"),
            ],
            Files = _files,
            ExitCodes = _exitCodes,
        };
        Add(retry, all, _device, _id);
        retry.Validators.Add(result =>
        {
            if (!result.GetValue(all) && result.GetValue(_device) is null && result.GetValue(_id) is not { Length: > 0 })
            {
                result.AddError("Say which: --all, --device NAME or --id MESSAGE_ID.");
            }
        });
        retry.SetAction((result, stop) => WithAsync(result, commands => commands.RetryAsync(Order(result, OutboxAction.Retry), stop)));
        return retry;
    }

    private static Verb Purge()
    {
        var quarantine = new Option<bool>("--quarantine") { Description = "What the broker did not take; it counts against Outbox:MaxBytes until then." };
        var waiting = new Option<bool>("--waiting") { Description = "What waits for the broker." };
        var olderThan = new Option<TimeSpan?>("--older-than") { Description = "Only what was stored longer ago: [days.]hh:mm:ss.", HelpName = "SPAN" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var purge = new Verb("purge", "Removes stored messages for good, after asking.")
        {
            Details = "The devices were told 2.04 for these messages and will not send them again. A message that is on its way to the broker at this moment stays.",
            Examples =
            [
                ("sudo coapbridge outbox purge --quarantine", "the broker will never take them"),
                ("sudo coapbridge outbox purge --waiting --device sensor-17 --yes", "a test device has filled the outbox"),
                ("sudo coapbridge outbox purge --waiting --quarantine --older-than 2.00:00:00", "what is older than two days helps nobody"),
            ],
            Files = _files,
            ExitCodes = _exitCodes,
        };
        Add(purge, quarantine, waiting, _device, _id, olderThan, yes);
        purge.Validators.Add(result =>
        {
            if (!result.GetValue(quarantine) && !result.GetValue(waiting))
            {
                result.AddError("Say what: --quarantine, --waiting or both.");
            }
        });
        purge.SetAction((result, stop) =>
        {
            var before = result.GetValue(olderThan) is { } age ? DateTimeOffset.UtcNow - age : (DateTimeOffset?)null;
            List<OutboxOrder> orders =
            [
                .. result.GetValue(quarantine) ? [Order(result, OutboxAction.PurgeQuarantine) with { Before = before }] : Array.Empty<OutboxOrder>(),
                .. result.GetValue(waiting) ? [Order(result, OutboxAction.PurgeWaiting) with { Before = before }] : Array.Empty<OutboxOrder>(),
            ];
            return WithAsync(result, commands => commands.PurgeAsync(orders, result.GetValue(yes), stop));
        });
        return purge;
    }

    private static OutboxOrder Order(ParseResult result, OutboxAction action) =>
        new(action) { Device = result.GetValue(_device), MessageIds = result.GetValue(_id) ?? [] };

    private static void Add(Verb verb, params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
        {
            verb.Add(option);
        }

        verb.Add(CommandLine.Config);
        verb.Add(CommandLine.Settings);
    }

    private static int With(ParseResult result, Func<OutboxCommands, int> act) =>
        CommandLine.ReadConfiguration(result) is { } options ? act(new OutboxCommands(options, Console.In, Console.Out)) : (int)ExitCode.Configuration;

    private static async Task<int> WithAsync(ParseResult result, Func<OutboxCommands, Task<int>> act) =>
        CommandLine.ReadConfiguration(result) is { } options ? await act(new OutboxCommands(options, Console.In, Console.Out)).ConfigureAwait(false) : (int)ExitCode.Configuration;
}
