using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Tools.Device;

namespace CoapBridge.Soak;

/// <summary>A device that does what is more than posting: it has a state and observes it, takes commands and replies, calls, and sends long bodies.</summary>
/// <param name="name">As its certificate says.</param>
/// <param name="settings">Its certificate, and the gateway.</param>
/// <param name="ledger">What it is told.</param>
/// <param name="random">What it does.</param>
internal sealed class Companion(string name, DeviceSettings settings, Ledger ledger, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, int> _commands = new();
    private DtlsSession? _session;
    private string? _written;
    private volatile string? _told;
    private int _count;

    public string Name => name;

    /// <summary>The number of its newest message that is in the ledger.</summary>
    public int Newest => Volatile.Read(ref _count);

    /// <summary>Payloads of the commands that it was given, and how often.</summary>
    public IReadOnlyDictionary<string, int> Commands => _commands;

    /// <summary>What must not be: a sentence each.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>Connects, lives for a while, leaves, comes back; until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await LiveAsync(random.Next(20, 200), stop);
            }
            catch (Exception ended) when (!stop.IsCancellationRequested && (ended is DeviceConnectionException or OperationCanceledException))
            {
                ledger.Count("companion", ended is DeviceConnectionException failed ? failed.Reason : "patience");
                await Task.Delay(random.Next(500, 2_000), CancellationToken.None);
            }
            catch (Exception ended) when (ended is DeviceConnectionException or OperationCanceledException)
            {
                // The end.
            }
        }
    }

    /// <summary>Now that all is well: a state that is written is told, and it is what is there; and commands that came late are fetched.</summary>
    /// <param name="commands">All that were sent to it; which it was never given is for the report.</param>
    /// <param name="stop">Gives up.</param>
    public async Task CheckAsync(IReadOnlyCollection<string> commands, CancellationToken stop)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(2 * Patience);
            await LiveAsync(0, patience.Token, async client =>
            {
                var last = $"last {Guid.NewGuid():N}";
                Expect((await AskAsync(client, CoapCode.Put, StatePath, last)).IsSuccess, "the last PUT was not taken");
                while (_told != last)
                {
                    await Task.Delay(100, patience.Token);
                }

                Expect((await AskAsync(client, CoapCode.Get, StatePath)).PayloadText == last, "a GET did not bring the last state");
                for (var clock = Stopwatch.StartNew(); !commands.All(_commands.ContainsKey) && clock.Elapsed < Patience; await Task.Delay(100, patience.Token))
                {
                }
            });
        }
        catch (Exception ended) when (ended is DeviceConnectionException or OperationCanceledException)
        {
            Expect(false, $"the last state was not told to its observer: {ended.Message}");
        }
    }

    private string StatePath => $"ps/devices/{name}/state";

    private async Task LiveAsync(int actions, CancellationToken stop, Func<DeviceClient, Task>? last = null)
    {
        var client = await DeviceClient.ConnectAsync(settings with { Session = random.Next(2) > 0 ? _session : null }, stop);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] observing = [];
        try
        {
            _session = client.Session ?? _session;
            observing = [ObserveAsync(client, "c", told => HandleCommandAsync(client, told), life.Token), ObserveAsync(client, StatePath, HandleStateAsync, life.Token)];
            for (var action = 0; action < actions; action++)
            {
                await ActAsync(client);
                await Task.Delay(random.Next(500, 3_000), stop);
            }

            await (last?.Invoke(client) ?? Task.CompletedTask);
        }
        finally
        {
            await life.CancelAsync();
            await Task.WhenAll(observing);
            await client.DisposeAsync();
        }
    }

    private async Task ActAsync(DeviceClient client)
    {
        switch (random.Next(10))
        {
            case < 3:
                await CallAsync(client);
                break;
            case < 5:
                await WriteAsync(client);
                break;
            case < 7:
                await ReadAsync(client);
                break;
            case 7:
                ledger.Count("wait for a command", (await AskAsync(client, CoapCode.Post, "t/soak?ttd=2", "waiting")).Code.ToString());
                break;
            default:
                await SendLongAsync(client);
                break;
        }
    }

    private async Task CallAsync(DeviceClient client)
    {
        var question = $"{Guid.NewGuid():N}";
        var answer = await AskAsync(client, CoapCode.Post, "rpc/echo", question);
        ledger.Count("call", answer.Code.ToString());
        Expect(answer.Code != CoapCode.Changed || answer.PayloadText == question, $"a call brought \"{answer.PayloadText}\" instead of its answer");
    }

    private async Task WriteAsync(DeviceClient client)
    {
        var value = $"{Guid.NewGuid():N}";
        _written = null;
        var answer = await AskAsync(client, CoapCode.Put, StatePath, value);
        ledger.Count("put", answer.Code.ToString());
        _written = answer.IsSuccess ? value : null;
    }

    private async Task ReadAsync(DeviceClient client)
    {
        var answer = await AskAsync(client, CoapCode.Get, StatePath);
        ledger.Count("get", answer.Code.ToString());
        Expect(_written is null || answer.Code != CoapCode.Content || answer.PayloadText == _written, $"a GET brought \"{answer.PayloadText}\" after \"{_written}\" was written");
    }

    private async Task SendLongAsync(DeviceClient client)
    {
        var number = _count + 1;
        ledger.Released(name, _count);
        Volatile.Write(ref _count, number);
        var text = string.Create(CultureInfo.InvariantCulture, $"{name} {number} long ").PadRight(random.Next(1_500, 20_000), 'x');
        var answer = await AskAsync(client, CoapCode.Post, "e/long", text);
        ledger.Count("long body", answer.Code.ToString());
        if (answer.Code == CoapCode.Changed)
        {
            ledger.Acknowledged(name, number);
        }
    }

    private async Task HandleCommandAsync(DeviceClient client, DeviceResponse told)
    {
        if (told.Payload.IsEmpty || LocationOf(told) is not { } reply)
        {
            return;
        }

        _commands.AddOrUpdate(told.PayloadText!, 1, (_, count) => count + 1);
        try
        {
            // While the broker is away the gateway keeps the command for its reply, up to an hour.
            for (var tries = 0; tries < 30; tries++, await Task.Delay(2_000, CancellationToken.None))
            {
                var answer = await AskAsync(client, CoapCode.Post, $"{reply}?status=200", told.PayloadText);
                ledger.Count("reply", answer.Code.ToString());
                if (answer.Code != CoapCode.ServiceUnavailable)
                {
                    break;
                }
            }
        }
        catch (Exception ended) when (ended is DeviceConnectionException or OperationCanceledException)
        {
            ledger.Count("reply", "nothing");
        }
    }

    private Task HandleStateAsync(DeviceResponse told)
    {
        _told = told.PayloadText;
        return Task.CompletedTask;
    }

    /// <summary>Until the connection ends or it is stopped; an observation that the gateway ends (5.03 while the broker is away) is asked for again.</summary>
    private async Task ObserveAsync(DeviceClient client, string path, Func<DeviceResponse, Task> handle, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await foreach (var told in client.ObserveAsync(new DeviceRequest(CoapCode.Get, Uri(path)), stop))
                {
                    ledger.Count(path == "c" ? "told a command" : "told a state", told.Code.ToString());
                    await handle(told);
                }

                await Task.Delay(2_000, stop);
            }
        }
        catch (Exception ended) when (ended is DeviceConnectionException or OperationCanceledException)
        {
            // The next life observes again.
        }
    }

    private async Task<DeviceResponse> AskAsync(DeviceClient client, CoapCode method, string path, string? payload = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await client.RequestAsync(new DeviceRequest(method, Uri(path)) { Payload = Encoding.UTF8.GetBytes(payload ?? "") }, patience.Token);
    }

    private CoapUri Uri(string path) => CoapUri.TryParse($"coaps://{settings.Server}/{path}", out var problem) ?? throw new InvalidOperationException(problem);

    private static string? LocationOf(DeviceResponse told)
    {
        var segments = new List<string>();
        foreach (var option in told.Message.Options)
        {
            if (option.Number == OptionNumber.LocationPath)
            {
                segments.Add(Encoding.UTF8.GetString(option.Value));
            }
        }

        return segments.Count > 0 ? string.Join('/', segments) : null;
    }

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            Faults.Enqueue($"{name}: {otherwise}");
        }
    }
}
