using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>The Azure profiles, as they are in config/profiles, against emulated endpoints that keep the documented rules.</summary>
public sealed class AzureTests : IDisposable
{
    private const string Hub = "example.azure-devices.net";
    private const string Events = "devices/gateway-1/messages/events/";

    private readonly TestPki _pki = new();
    private readonly CertificateAuthority _root = CertificateAuthority.CreateRoot("Emulated Public Root", TestPki.Now);

    public AzureTests() => File.WriteAllText(_pki["azure-root-ca.pem"], _root.Certificate.CertificatePem);

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_device_end_to_end_through_the_hub()
    {
        await using var hub = new EmulatedIotHub(_pki, _root);
        await using var proxy = new ConnectProxy(new() { [$"{Hub}:8883"] = hub.Port });
        await using var worker = await WorkerProcess.StartProfileAsync(_pki, "azure-iot-hub", proxy.Setting);
        await worker.WaitForLogAsync("upstream_ready");
        var device = new LibCoapDevice(_pki, worker, "device-1");

        // Up: who sent it is in the property bag.
        Assert.Equal("2.04", await device.SendAsync("/t/room 1?retain=0", """{"t":21.5}""", "post", "-t", "50"));
        var bag = BagOf(await hub.ReceiveAsync(message => message.Text == """{"t":21.5}"""));
        Assert.Equal(("device-1", "gateway-1", "/t/room%201"), (bag["device"], bag["gateway"], bag["path"]));
        Assert.Equal(("application/json", "utf-8", bag["message_id"]), (bag["$.ct"], bag["$.ce"], bag["$.mid"]));
        Assert.Matches("^[0-9a-f]{64}$", bag["cert_sha256"]);
        Assert.Equal("4.03", await device.SendAsync("/t?retain=1", "x"));
        Assert.Equal("4.04", await device.SendAsync("/ps/devices/device-1/state", "x", "put"));
        Assert.Equal("4.04", await device.SendAsync("/rpc/now", "x"));

        // Down: a cloud-to-device message names the device; the others' are not this one's.
        await hub.WaitForFilterAsync("$iothub/methods/POST/#");
        await hub.SendToDeviceAsync("for nobody", ("device", "device-3"));
        await hub.SendToDeviceAsync("50 %", ("device", "device-1"), ("name", "valve/open"), ("text", "a & b=c"));
        var command = await device.TakeCommandAsync();
        Assert.Equal("50 %", command.Payload);
        Assert.EndsWith("?n=valve/open", command.Location, StringComparison.Ordinal);
        Assert.Equal("5.01", await device.ReplyAsync(command, "200", "nobody waits for it, but it is done")); // and so leaves the queue

        // A direct method is a command whose reply is the result.
        await hub.InvokeAsync("device-1.reboot", """{"after":5}""", "77");
        var method = await device.TakeCommandAsync();
        Assert.Equal("""{"after":5}""", method.Payload);
        Assert.EndsWith("?n=reboot", method.Location, StringComparison.Ordinal);
        Assert.Equal("4.00", await device.ReplyAsync(method, "done", "{}"));
        Assert.Equal("2.04", await device.ReplyAsync(method, "202", """{"done":true}"""));
        Assert.Equal("$iothub/methods/res/202/?$rid=77", (await hub.ReceiveAsync(message => message.Text == """{"done":true}""")).Topic);

        // An event outlives the loss of the connection; the session is the hub's to keep.
        var mark = worker.Mark;
        hub.Drop();
        await worker.WaitForLogAsync("upstream_lost", mark);
        Assert.Equal("2.04", await device.SendAsync("/e/door", "open"));
        Assert.Equal("/e/door", BagOf(await hub.ReceiveAsync(message => message.Text == "open"))["path"]);
        Assert.Empty(hub.Violations);
        await worker.StopAsync();
    }

    [Fact]
    public async Task The_provisioning_service_says_which_hub()
    {
        await using var hub = new EmulatedIotHub(_pki, _root, "assigned.azure-devices.net");
        await using var service = new EmulatedProvisioning(_pki, _root, "0ne00000A0A", "assigned.azure-devices.net");
        await using var proxy = new ConnectProxy(new()
        {
            ["global.azure-devices-provisioning.net:8883"] = service.Port, ["assigned.azure-devices.net:8883"] = hub.Port,
        });
        await using var worker = await WorkerProcess.StartProfileAsync(_pki, "azure-dps", proxy.Setting);
        Assert.Contains("host=assigned.azure-devices.net", await worker.WaitForLogAsync("upstream_ready"), StringComparison.Ordinal);
        var device = new LibCoapDevice(_pki, worker, "device-2");
        Assert.Equal("2.04", await device.SendAsync("/t", "provisioned"));
        Assert.Equal("device-2", BagOf(await hub.ReceiveAsync(message => message.Text == "provisioned"))["device"]);

        // What it said is held for an hour, while connections to the hub can be made.
        var mark = worker.Mark;
        hub.Drop();
        await worker.WaitForLogAsync("upstream_ready", mark);
        Assert.Equal(1, service.Registrations);
        Assert.Empty(service.Violations);
        Assert.Empty(hub.Violations);
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_provisioning_service_that_does_not_know_the_gateway_is_told_with_the_remedy()
    {
        await using var service = new EmulatedProvisioning(_pki, _root, "0neOTHER", "assigned.azure-devices.net");
        await using var proxy = new ConnectProxy(new() { ["global.azure-devices-provisioning.net:8883"] = service.Port });
        await using var worker = await WorkerProcess.StartProfileAsync(_pki, "azure-dps", proxy.Setting);
        var line = await worker.WaitForLogAsync("upstream_away");
        Assert.Contains("reason=NotProvisioned", line, StringComparison.Ordinal);
        Assert.Contains("check Upstream:Mqtt:DpsIdScope", line, StringComparison.Ordinal);
        await worker.StopAsync();
    }

    private static Dictionary<string, string> BagOf(CloudMessage message)
    {
        Assert.StartsWith(Events, message.Topic, StringComparison.Ordinal);
        return message.Topic[Events.Length..].Split('&').Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => Uri.UnescapeDataString(pair[0]), pair => Uri.UnescapeDataString(pair[1]));
    }
}
