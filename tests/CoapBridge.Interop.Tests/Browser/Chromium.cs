using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Browser;

/// <summary>A headless Chromium with one page, steered through its DevTools socket. It reaches nothing but loopback.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 16];
    private string? _session;
    private int _lastId;

    private Chromium(ChildProcess process, DirectoryInfo profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>What the page complained of since it was opened: scripts and resources that its policy refuses, for example.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Chromium> StartAsync()
    {
        var path = InstalledProgram.Find("chromium");
        var profile = Directory.CreateTempSubdirectory("coapbridge-chromium-");
        var process = ChildProcess.Start(path,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0",
            $"--user-data-dir={profile.FullName}", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>;127.0.0.1", "about:blank",
        ]);
        var browser = new Chromium(process, profile);
        try
        {
            const string announcement = "DevTools listening on ";
            var line = await process.WaitForLineAsync(one => one.Contains(announcement, StringComparison.Ordinal), Patience);
            await browser._socket.ConnectAsync(new Uri(line[(line.IndexOf(announcement, StringComparison.Ordinal) + announcement.Length)..].Trim()), Stop());
            var target = await browser.SendAsync("Target.createTarget", new() { ["url"] = "about:blank" });
            var attached = await browser.SendAsync("Target.attachToTarget", new() { ["targetId"] = target["targetId"]!.DeepClone(), ["flatten"] = true });
            browser._session = attached["sessionId"]!.GetValue<string>();
            foreach (var domain in new[] { "Page", "Log", "Runtime" })
            {
                await browser.SendAsync($"{domain}.enable", []);
            }

            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page as a device of this width shows it, and waits until it is drawn.</summary>
    public async Task OpenAsync(Uri address, int width, bool dark)
    {
        Complaints.Clear();
        await SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await SendAsync("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
        await SendAsync("Page.navigate", new() { ["url"] = address.AbsoluteUri });
        for (var attempt = 0; await EvaluateAsync($"document.readyState + ' ' + location.href") != $"complete {address.AbsoluteUri}"; attempt++)
        {
            Assert.True(attempt < 300, $"{address} is not shown");
            await Task.Delay(20, Stop());
        }
    }

    /// <summary>What an expression comes to, as text.</summary>
    public async Task<string> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = $"String({expression})", ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer["exceptionDetails"]?.ToJsonString()}");
        return answer["result"]!["value"]!.GetValue<string>();
    }

    /// <summary>The whole page as PNG.</summary>
    public async Task<byte[]> PictureAsync()
    {
        var answer = await SendAsync("Page.captureScreenshot", new() { ["format"] = "png", ["captureBeyondViewport"] = true });
        return Convert.FromBase64String(answer["data"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Signal(ChildProcess.SigTerm);
        await _process.DisposeAsync();
        try
        {
            _profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // One of its processes still writes; the system clears its temporary folder.
        }
    }

    private static CancellationToken Stop() => TestContext.Current.CancellationToken;

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters)
    {
        var message = new JsonObject { ["id"] = ++_lastId, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, Stop());
        while (true)
        {
            var answer = await ReceiveAsync();
            if (answer["id"]?.GetValue<int>() == _lastId)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer.ToJsonString()}");
            }

            if (answer["method"]?.GetValue<string>() is "Log.entryAdded" or "Runtime.exceptionThrown")
            {
                Complaints.Add(answer["params"]!.ToJsonString());
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop());
        patience.CancelAfter(Patience);
        using var bytes = new MemoryStream();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(_buffer.AsMemory(), patience.Token);
            bytes.Write(_buffer.AsSpan(0, part.Count));
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(bytes.ToArray())!;
    }
}
