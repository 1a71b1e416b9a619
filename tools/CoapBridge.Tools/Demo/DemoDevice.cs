using System.Globalization;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Tools.Device;

namespace CoapBridge.Tools.Demo;

/// <summary>One simulated device: connects, posts, and has a line for each message on its whole way.</summary>
internal sealed class DemoDevice(string name, DeviceSettings settings, BrokerWatch watch, TextWriter output) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);
    private readonly Random _weather = new(name.Sum(c => c));
    private DeviceClient? _client;
    private double _temperature = 21;

    public async Task ConnectAsync(CancellationToken stopping)
    {
        var begin = System.Diagnostics.Stopwatch.GetTimestamp();
        _client = await DeviceClient.ConnectAsync(settings, stopping);
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(begin);
        await output.WriteLineAsync($"  {name}  connected from {_client.LocalEndPoint}, both certificates checked, in {took.TotalMilliseconds:0} ms");
    }

    public Task<bool> PostTemperatureAsync(CancellationToken stopping)
    {
        _temperature += _weather.NextDouble() - 0.5;
        return PostAsync("t", _temperature.ToString("0.00", CultureInfo.InvariantCulture), stopping);
    }

    /// <summary>True when the broker had the message and the device its 2.04.</summary>
    public async Task<bool> PostAsync(string path, string payload, CancellationToken stopping)
    {
        var topic = $"devices/{name}/{path}";
        var arrival = watch.Expect(topic, payload);
        var target = CoapUri.TryParse($"coaps://{settings.Server}/{path}", out var problem) ?? throw new InvalidOperationException(problem);
        var request = new DeviceRequest(CoapCode.Post, target) { Payload = Encoding.UTF8.GetBytes(payload), ContentFormat = 0 };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(_patience);
        try
        {
            var response = await _client!.RequestAsync(request, limit.Token);

            // 2.04 says that the broker has acknowledged, so it has seen it.
            var seen = arrival.IsCompletedSuccessfully ? $"{topic} {payload}" : $"{topic} NOT SEEN";
            var what = $"POST /{path} {payload}".PadRight(24);
            var diagnostic = response.IsSuccess ? "" : $" {response.PayloadText}";
            await output.WriteLineAsync($"  {name}  {what} → gateway-1 → {seen,-36} → {response.Code} in {response.Elapsed.TotalMilliseconds:0.0} ms{diagnostic}");
            return arrival.IsCompletedSuccessfully && response.Code == CoapCode.Changed;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            await output.WriteLineAsync($"  {name}  POST /{path} {payload}: no answer within {_patience.TotalSeconds} s");
            return false;
        }
        finally
        {
            watch.Forget(topic, payload);
        }
    }

    /// <summary>Posts every few seconds until cancelled; connects again when the gateway went away.</summary>
    public async Task GoOnAsync(TimeSpan pause, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await Task.Delay(pause, stopping);
                if (_client is null || _client.Ended.IsCompleted)
                {
                    await ConnectAsync(stopping);
                }

                await PostTemperatureAsync(stopping);
            }
            catch (DeviceConnectionException failed) when (!stopping.IsCancellationRequested)
            {
                await output.WriteLineAsync($"  {name}  {failed.Message}");
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? ValueTask.CompletedTask;
}
