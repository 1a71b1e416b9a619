using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>libcoap loses each datagram of its handshake and of its request once; its <c>-l</c> says which.</summary>
public sealed class LibCoapLossTests : IDisposable
{
    // Hello, hello with cookie, flight 5 in one to five datagrams, request.
    private const int Datagrams = 8;

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData(LibCoapBuild.OpenSsl)]
    [InlineData(LibCoapBuild.GnuTls)]
    public async Task What_is_lost_is_sent_again(LibCoapBuild build)
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var cloud = await MosquittoSubscriber.StartAsync(_pki, broker);

        // GnuTLS sends again after 1 s. Were that the gateway's time too, the flights could cross, and libcoap on GnuTLS, which
        // takes one unexpected record each time it wakes, would give up after five.
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--Listen:InitialTimeout=00:00:03");
        var results = await Task.WhenAll(Enumerable.Range(1, Datagrams).Select(lost => LibCoapClient.RequestAsync(
            _pki, worker.Uri("/t"), payload: $"without {lost}", more: ["-l", $"{lost}"], build: build)));
        for (var lost = 1; lost <= Datagrams; lost++)
        {
            Assert.True(results[lost - 1].Code == "2.04", results[lost - 1].Output);
            await cloud.ReceiveAsync($"without {lost}");
            Assert.Equal(1, cloud.Count($"without {lost}"));
        }
    }
}
