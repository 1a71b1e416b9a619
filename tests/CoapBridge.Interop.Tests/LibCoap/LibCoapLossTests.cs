using System.Net;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>Each datagram of the handshake, the request and the answer is lost once.</summary>
public sealed class LibCoapLossTests : IDisposable
{
    // Hello, hello with cookie, flight 5 in one to five datagrams, request.
    private const int Up = 8;

    // HelloVerifyRequest, ServerHello to ServerHelloDone, Finished, answer.
    private const int Down = 4;

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
        await Task.WhenAll([
            .. Enumerable.Range(1, Up).Select(lost => ServedAsync(worker.EndPoint, $"without {lost} up", "-l", $"{lost}")),
            .. Enumerable.Range(1, Down).Select(async lost =>
            {
                await using var line = new LossyForwarder(worker.EndPoint, lostDown: lost);
                await ServedAsync(line.EndPoint, $"without {lost} down");
            }),
        ]);

        async Task ServedAsync(IPEndPoint gateway, string payload, params string[] more)
        {
            // A device of its own for each: one identity may not have so many connections.
            var device = payload.Replace(' ', '-');
            _pki.Demo.Ca.Issue(new() { CommonName = device }).Write(_pki.Folder, device);
            var result = await LibCoapClient.RequestAsync(_pki, $"coaps://{gateway}/t", device, payload: payload, more: more, build: build);
            Assert.True(result.Code == "2.04", $"{payload}: {result.Output}");
            await cloud.ReceiveAsync(payload);
            Assert.Equal(1, cloud.Count(payload));
        }
    }
}
