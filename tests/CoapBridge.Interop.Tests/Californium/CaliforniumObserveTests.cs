using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>State read, written and observed (RFC 7641); the cloud is at Mosquitto.</summary>
public sealed class CaliforniumObserveTests(WorkerFixture fixture, CaliforniumPrograms californium) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task State_is_written_read_validated_and_deleted()
    {
        await using var device = await StartAsync("/ps/devices/device-1/all");
        Assert.Equal("4.04", (await device.DoAsync("get@/ps/devices/device-1/all"))["code"]);
        Assert.Equal("2.01", (await device.DoAsync("put@/ps/devices/device-1/all 21.5"))["code"]);
        Assert.Equal("2.04", (await device.DoAsync("put@/ps/devices/device-1/all 22.0"))["code"]);
        var read = await device.DoAsync("get@/ps/devices/device-1/all");
        Assert.Equal(("2.05", "22.0", "0"), (read["code"], read["payload"], read["format"]));
        Assert.Equal("2.03", (await device.DoAsync("validate@/ps/devices/device-1/all"))["code"]);
        Assert.Equal("4.03", (await device.DoAsync("get@/ps/devices/device-2/all"))["code"]);
        Assert.Equal("2.02", (await device.DoAsync("delete@/ps/devices/device-1/all"))["code"]);
        Assert.Equal("4.04", (await device.DoAsync("get@/ps/devices/device-1/all"))["code"]);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(1024)]
    public async Task A_long_value_is_written_and_read_in_blocks(int block)
    {
        var path = $"/ps/devices/device-1/blocks/{block}";
        await using var device = await StartAsync(path, "--block", $"{block}");
        var value = BigPayload.Of($"{block}");
        Assert.Equal("2.01", (await device.DoAsync($"put@{path} {value}"))["code"]);
        await fixture.Cloud.ReceiveAsync(value);
        var read = await device.DoAsync($"get@{path}");
        Assert.Equal(("2.05", value), (read["code"], read["payload"]));
    }

    [Fact]
    public async Task An_observer_hears_changes_until_it_deregisters()
    {
        await PublishAsync("heard", "0");
        await using var device = await StartAsync("/ps/devices/device-1/heard");
        await device.SendAsync("observe@/ps/devices/device-1/heard");
        var last = await device.WaitForAsync("notification", line => line["payload"] == "0");
        for (var value = 1; value <= 3; value++)
        {
            await PublishAsync("heard", $"{value}");
            var next = await device.WaitForAsync("notification", line => line["payload"] == $"{value}");
            Assert.Equal("CON", next["type"]);
            Assert.True(Number(next) > Number(last), $"{last}\n{next}");
            last = next;
        }

        await device.SendAsync("reregister");
        await device.WaitForAsync("reregistered", line => line["done"] == "true");
        await PublishAsync("heard", "4");
        await device.WaitForAsync("notification", line => line["payload"] == "4");

        await device.SendAsync("cancel");
        await device.WaitForAsync("cancelled");
        Assert.Equal("2.05", (await device.DoAsync("get@/ps/devices/device-1/heard"))["code"]);
        await PublishAsync("heard", "5");
        await device.ReadUntilAsync("/ps/devices/device-1/heard", "5");
        Assert.DoesNotContain(device.Lines, line => line.Word == "notification" && line["payload"] == "5");
    }

    [Fact]
    public async Task An_observer_that_resets_a_notification_gets_no_more()
    {
        await PublishAsync("reset", "0");
        await using var line = new LossyForwarder(fixture.Worker.EndPoint);
        await using var device = await StartAtAsync($"coaps://{line.EndPoint}/t");
        await device.SendAsync("observe@/ps/devices/device-1/reset");
        await device.WaitForAsync("notification", line => line["payload"] == "0");
        await device.SendAsync("forget");
        await device.WaitForAsync("forgotten");
        var before = line.Passed;
        await PublishAsync("reset", "1");
        var requests = await device.ReadUntilAsync("/ps/devices/device-1/reset", "1");
        await PublishAsync("reset", "2");
        await PublishAsync("reset", "3");
        requests += await device.ReadUntilAsync("/ps/devices/device-1/reset", "3");

        // A notification and its RST, and the requests with their answers; not a notification more.
        Assert.Equal(2 + (2 * requests), line.Passed - before);
    }

    [Fact]
    public async Task An_observer_may_move()
    {
        await PublishAsync("moved", "here");
        await using var device = await StartAsync("/ps/devices/device-1/moved", "--cid", "6");
        await device.SendAsync("observe@/ps/devices/device-1/moved");
        await device.WaitForAsync("notification", line => line["payload"] == "here");
        await device.SendAsync("rebind");
        await device.WaitForAsync("rebound");

        // The gateway hears of the new address with the next record.
        Assert.Equal("2.04", (await device.DoAsync("post@/t 21.5"))["code"]);
        await PublishAsync("moved", "there");
        await device.WaitForAsync("notification", line => line["payload"] == "there");
        Assert.Single(device.Lines, line => line.Word == "handshake");
    }

    [Fact]
    public async Task An_observer_behind_a_bad_line_hears_the_last_value()
    {
        await PublishAsync("lossy", "first");
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        await using var line = new LossyForwarder(fixture.Worker.EndPoint, seed: 3, loss: 0.2);
        await using var device = await StartAtAsync($"coaps://{line.EndPoint}/t", "--acktimeout", "300", "--timeout", "300");
        await device.SendAsync("observe@/ps/devices/device-1/lossy");
        await device.WaitForAsync("notification", one => one["payload"] == "first");
        for (var value = 1; value <= 5; value++)
        {
            await PublishAsync("lossy", $"{value}");
        }

        // Coalesced values may be missed, the last may not; the gateway sends it again after 2 to 3 s, doubling.
        await device.WaitForAsync("notification", one => one["payload"] == "5");
        var numbers = device.Lines.Where(one => one.Word == "notification").Select(Number).ToList();
        Assert.Equal(numbers.Order(), numbers);
    }

    private static int Number(ResultLine notification) => int.Parse(notification["observe"]);

    private async Task PublishAsync(string name, string value)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        await MosquittoPublisher.PublishAsync(
            fixture.Pki, fixture.Broker, $"devices/device-1/{name}", value, "-r", "-D", "publish", "content-type", "text/plain");
    }

    private async Task<CaliforniumDevice> StartAsync(string path, params string[] options)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        return await StartAtAsync(fixture.Worker.Uri(path), options);
    }

    private async Task<CaliforniumDevice> StartAtAsync(string uri, params string[] options) =>
        new(await californium.StartClientAsync(fixture.Pki, uri, ["--steps", "-", .. options]));
}
