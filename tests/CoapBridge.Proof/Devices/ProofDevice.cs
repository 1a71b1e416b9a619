using CoapBridge.Coap;
using CoapBridge.Proof.Judging;
using CoapBridge.Tools.Device;

namespace CoapBridge.Proof.Devices;

/// <summary>
/// One device on our own client engine: posts confirmable messages, one after the other, and writes down what it was told. When the
/// gateway does not answer it connects anew and goes on with the next one.
/// </summary>
internal sealed class ProofDevice(string name, DeviceSettings settings, CoapUri kept, CoapUri other, Random random, Func<bool> wantsLarge)
{
    /// <summary>Longer than the gateway's AckTimeout.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private readonly List<Posted> _posted = [];
    private DeviceClient? _client;

    /// <summary>Read it when <see cref="RunAsync"/> has ended.</summary>
    public IReadOnlyList<Posted> Posted => _posted;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ConnectAsync();
                var answer = await PostAsync();
                var pause = answer == Judging.Posted.Success ? random.Next(50, 400) : random.Next(200, 1_000);
                await Task.Delay(pause, stop);
            }
            catch (OperationCanceledException)
            {
                // The end.
            }
        }

        await LeaveAsync();
    }

    private async Task ConnectAsync()
    {
        while (_client is null)
        {
            try
            {
                _client = await DeviceClient.ConnectAsync(settings);
            }
            catch (DeviceConnectionException)
            {
                await Task.Delay(random.Next(100, 500));
            }
        }
    }

    private async Task<string?> PostAsync()
    {
        var isKept = random.Next(100) < 70;
        var number = _posted.Count + 1;
        var size = wantsLarge() ? random.Next(2_000, 16_000) : random.Next(20, 900);
        string? answer = null;
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var request = new DeviceRequest(CoapCode.Post, isKept ? kept : other) { Payload = Judging.Posted.Payload(name, number, size) };
            answer = (await _client!.RequestAsync(request, patience.Token)).Code.ToString();
        }
        catch (Exception failed) when (failed is DeviceConnectionException or OperationCanceledException)
        {
            await LeaveAsync();
        }

        _posted.Add(new Posted(name, number, isKept, size, answer));
        return answer;
    }

    private async Task LeaveAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            await client.DisposeAsync();
        }
    }
}
