using CoapBridge.Control;
using CoapBridge.Options;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Storage;

namespace CoapBridge.OutboxVerbs;

/// <summary>
/// <c>coapbridge outbox list</c>, <c>retry</c> and <c>purge</c>. A gateway that runs is asked through its socket; without one the file is
/// changed. Exit codes: 0 done, 1 not done, 2 the question or the configuration is not right.
/// </summary>
internal sealed class OutboxCommands(BridgeOptions options, TextReader input, TextWriter output)
{
    private const int Done = 0;
    private const int NotDone = 1;

    public int List(string? device, bool quarantineOnly, bool asJson)
    {
        if (WhyNot() is { } obstacle)
        {
            return Tell(obstacle);
        }

        try
        {
            var listing = OutboxListing.Read(options.Outbox.File, device);
            output.WriteLine((asJson
                ? OutboxPage.ToJson(listing, options.Outbox, quarantineOnly) : OutboxPage.ToText(listing, options.Outbox, quarantineOnly)).TrimEnd());
            return Done;
        }
        catch (SqliteException exception)
        {
            return Tell(Unreadable(exception));
        }
    }

    public async Task<int> RetryAsync(OutboxOrder order, CancellationToken stop)
    {
        if (WhyNot() is { } obstacle)
        {
            return Tell(obstacle);
        }

        var (answer, isRunning) = await GiveAsync(order, stop).ConfigureAwait(false);
        return answer.Problem is { } problem ? Tell(problem)
            : answer.Messages == 0 ? Tell("no such message is in quarantine; coapbridge outbox list says what is")
            : Tell($"{OutboxPage.Messages(answer.Messages)} ({answer.Bytes} bytes) left quarantine and wait for the broker{(isRunning ? "" : "; no gateway runs, so they are sent after its next start")}", Done);
    }

    /// <param name="orders">What is to be removed.</param>
    /// <param name="isSure">Do not ask.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<int> PurgeAsync(IReadOnlyList<OutboxOrder> orders, bool isSure, CancellationToken stop)
    {
        if (WhyNot() is { } obstacle)
        {
            return Tell(obstacle);
        }

        try
        {
            if (!isSure && Confirm(orders) is { } answer)
            {
                return answer;
            }
        }
        catch (SqliteException exception)
        {
            return Tell(Unreadable(exception));
        }

        foreach (var order in orders)
        {
            var (answer, _) = await GiveAsync(order, stop).ConfigureAwait(false);
            if (answer.Problem is { } problem)
            {
                return Tell(problem);
            }

            Tell($"removed {OutboxPage.Messages(answer.Messages)} ({answer.Bytes} bytes) {Place(order)}", Done);
        }

        return Done;
    }

    /// <summary>Null: go on.</summary>
    private int? Confirm(IReadOnlyList<OutboxOrder> orders)
    {
        var sum = 0L;
        foreach (var order in orders)
        {
            var found = OutboxListing.Find(options.Outbox.File, order);
            var devices = found.Select(one => one.Device).Distinct().Count();
            output.WriteLine($"{OutboxPage.Messages(found.Count)} ({found.Sum(one => one.Bytes)} bytes) of {(devices == 1 ? "1 device" : $"{devices} devices")} {Place(order)}");
            sum += found.Count;
        }

        if (sum == 0)
        {
            return Tell("there is nothing to remove", Done);
        }

        output.Write("Remove them for good? The devices were told 2.04 for them, and will not send them again. [y/N] ");
        output.Flush();
        return input.ReadLine()?.Trim() is "y" or "Y" or "yes" ? null : Tell("nothing was removed; --yes removes without asking");
    }

    private async Task<(OutboxAnswer Answer, bool IsRunning)> GiveAsync(OutboxOrder order, CancellationToken stop)
    {
        try
        {
            return await ControlClient.AskAsync(options.State.Directory, order, stop).ConfigureAwait(false) is { } answer
                ? (answer, true) : (OfflineOutbox.Obey(options.Outbox.File, order), false);
        }
        catch (IOException exception)
        {
            return (new OutboxAnswer(0, 0, exception.Message), true);
        }
    }

    /// <summary>A folder that must not be looked into seems empty; null when it may.</summary>
    private string? WhyNot()
    {
        foreach (var folder in new[] { options.State.Directory, Path.GetDirectoryName(options.Outbox.File)! }.Where(Directory.Exists))
        {
            try
            {
                _ = Directory.EnumerateFileSystemEntries(folder).Any();
            }
            catch (UnauthorizedAccessException)
            {
                return $"user {Environment.UserName} may not look into {folder}; run this as the gateway's user or with sudo";
            }
        }

        return null;
    }

    private static string Place(OutboxOrder order) => order.Action == OutboxAction.PurgeWaiting ? "waiting for the broker" : "in quarantine";

    private string Unreadable(SqliteException exception) => $"{options.Outbox.File} cannot be read: {exception.Message}; run this as the gateway's user or with sudo";

    private int Tell(string text, int code = NotDone)
    {
        output.WriteLine(text);
        return code;
    }
}
