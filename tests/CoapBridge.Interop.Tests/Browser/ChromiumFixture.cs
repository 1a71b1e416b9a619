namespace CoapBridge.Interop.Tests.Browser;

/// <summary>One Chromium for a test class; it starts with the first test that asks, so that a missing program skips tests.</summary>
public sealed class ChromiumFixture : IAsyncDisposable
{
    private Chromium? _browser;

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    internal async Task<Chromium> StartAsync() => _browser ??= await Chromium.StartAsync();
}
