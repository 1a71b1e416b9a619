using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;

namespace CoapBridge.Simulation.Tests;

/// <summary>What several tests ask of a scenario.</summary>
internal static class World
{
    public static string Property(ApplicationMessage message, string name) =>
        Assert.Single(message.UserProperties, property => property.Name == name).Value;

    public static string MessageId(ApplicationMessage message) => Property(message, "message_id");

    public static string Text(ApplicationMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    /// <summary>Runs until the request has its answer.</summary>
    public static SimulatedRequest Answered(this Scenario world, SimulatedRequest request)
    {
        world.Expect(() => request.IsOver, TimeSpan.FromMinutes(2), "answered");
        return request;
    }

    public static void AssertChanged(this Scenario world, SimulatedRequest request) =>
        Assert.Equal(CoapCode.Changed, world.Answered(request).Code);

    /// <summary>ATTACKS.md, O1 to O5: the canary works, a newcomer connects, nothing is left behind, the broker saw nothing else.</summary>
    public static void AssertUnharmed(this Scenario world, SimulatedDevice canary)
    {
        Assert.Equal(1, canary.Handshakes);
        world.AssertChanged(canary.Post("/t/canary", "alive"));
        var newcomer = world.AddDevice();
        world.Expect(() => newcomer.IsConnected, TimeSpan.FromSeconds(5), "a new handshake");
        world.AssertChanged(newcomer.Post("/t/canary", "new"));
        world.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal(0, world.Handshakes);
        Assert.Equal(1, canary.Handshakes);
        Assert.Empty(canary.Ends);
        Assert.All(world.Broker.Log, message => Assert.EndsWith("/t/canary", message.Topic, StringComparison.Ordinal));
        Assert.Null(world.Broker.Complaint);
    }

    /// <summary>Devices that have just begun get so many datagrams out, the first hello among them.</summary>
    public static void SilenceAfter(this List<SimulatedDevice> quitters, int datagrams)
    {
        foreach (var quitter in quitters)
        {
            quitter.StaysDown = true;
            quitter.DatagramsLeft = datagrams - 1;
        }
    }

    /// <summary>A CON POST to /t as bytes.</summary>
    public static byte[] RawPost(ushort messageId, ulong token, string payload = "21.5", MessageType type = MessageType.Confirmable)
    {
        var writer = new CoapWriter(new byte[128], type, CoapCode.Post, messageId, BitConverter.GetBytes(token));
        writer.WriteOption(OptionNumber.UriPath, "t");
        writer.WritePayload(Encoding.UTF8.GetBytes(payload));
        return writer.Written.ToArray();
    }

    public static (MessageType Type, string Code, ushort MessageId, string Token) Read(byte[] datagram)
    {
        Assert.True(CoapMessage.TryParse(datagram, out var message, out _));
        return (message.Type, message.Code.ToString(), message.MessageId, Convert.ToHexString(message.Token));
    }
}
