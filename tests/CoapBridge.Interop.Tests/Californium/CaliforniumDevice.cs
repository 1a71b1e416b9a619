using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>Californium's client, told step by step what to do.</summary>
internal sealed class CaliforniumDevice(ChildProcess child) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    public IReadOnlyList<ResultLine> Lines => ResultLine.ParseAll(child.Lines);

    public Task SendAsync(string step) => child.Input.WriteLineAsync(step);

    /// <summary>Sends a request and waits for its response, or for the silence after it.</summary>
    public async Task<ResultLine> DoAsync(string request)
    {
        var mark = child.Lines.Count;
        await SendAsync(request);
        var line = await child.WaitForLineAsync(
            line => ResultLine.ParseAll([line]) is [{ Word: "response" or "silence" or "failed" }], _patience, mark);
        return ResultLine.ParseAll([line])[0];
    }

    /// <summary>Sends GETs until the value has reached the gateway, a moment after the broker has it; tells how many.</summary>
    public async Task<int> ReadUntilAsync(string path, string value)
    {
        for (var requests = 1; requests <= 100; requests++)
        {
            if ((await DoAsync($"get@{path}"))["payload"] == value)
            {
                return requests;
            }
        }

        Assert.Fail($"{path} is not {value}:\n{string.Join('\n', Lines)}");
        return 0;
    }

    /// <summary>The first line with this word that fits.</summary>
    public async Task<ResultLine> WaitForAsync(string word, Func<ResultLine, bool>? fits = null)
    {
        var line = await child.WaitForLineAsync(
            line => ResultLine.ParseAll([line]) is [var one] && one.Word == word && (fits is null || fits(one)), _patience);
        return ResultLine.ParseAll([line])[0];
    }

    public ValueTask DisposeAsync() => child.DisposeAsync();
}
