using System.Diagnostics;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>A device on libcoap behind a gateway: each request is a connection of its own.</summary>
internal sealed class LibCoapDevice(TestPki pki, WorkerProcess worker, string name)
{
    /// <summary>POST, or another method; the code of the answer.</summary>
    public async Task<string?> SendAsync(string path, string? payload, string method = "post", params string[] more) =>
        (await LibCoapClient.RequestAsync(pki, worker.Uri(path), name, more, method, payload)).Code;

    /// <summary>Polls until there is a command.</summary>
    public async Task<LibCoapClient.Answer> TakeCommandAsync()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            await using var child = LibCoapClient.Start(pki, worker.Uri("/c"), name, ["-w"], "get", payload: null);
            var answer = await LibCoapClient.WaitForAsync(child, answer => answer.Code[0] != '0');
            if (answer.Payload.Length > 0)
            {
                return answer;
            }

            Assert.True(clock.Elapsed < WorkerProcess.Patience, $"no command for {name}\n{worker.Child.Output}");
        }
    }

    /// <summary>Replies to a command.</summary>
    public Task<string?> ReplyAsync(LibCoapClient.Answer command, string status, string payload) =>
        SendAsync($"{command.Location.Split('?')[0]}?status={status}", payload);
}
