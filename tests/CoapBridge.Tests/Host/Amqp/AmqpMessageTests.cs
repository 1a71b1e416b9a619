using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Upstream.Amqp;
using RabbitMQ.Client;

namespace CoapBridge.Tests.Host.Amqp;

public class AmqpMessageTests
{
    private static readonly ApplicationMessage Event = new()
    {
        Topic = "devices/device-1/e",
        QualityOfService = QualityOfService.AtLeastOnce,
        ContentType = "application/json",
        MessageExpiryInterval = 60,
        UserProperties = [new("device", "device-1"), new("message_id", "00ff")],
    };

    [Fact]
    public void Properties_are_properties_and_user_properties_are_headers()
    {
        var properties = AmqpMessage.PropertiesOf(Event);
        Assert.Equal(("application/json", "60000", "00ff"), (properties.ContentType, properties.Expiration, properties.MessageId));
        Assert.Equal(("device-1", "00ff"), (properties.Headers!["device"], properties.Headers["message_id"]));
        Assert.False(properties.IsReplyToPresent() || properties.IsCorrelationIdPresent());
    }

    [Theory]
    [InlineData(QualityOfService.AtMostOnce, DeliveryModes.Transient)]
    [InlineData(QualityOfService.AtLeastOnce, DeliveryModes.Persistent)]
    public void What_must_not_be_lost_is_persistent(QualityOfService quality, DeliveryModes mode) =>
        Assert.Equal(mode, AmqpMessage.PropertiesOf(Event with { QualityOfService = quality }).DeliveryMode);

    [Theory]
    [InlineData(0u, "0")]
    [InlineData(uint.MaxValue, "4294967295")] // RabbitMQ closes the channel over more
    public void An_expiry_is_in_milliseconds_and_never_more_than_rabbitmq_takes(uint seconds, string expiration) =>
        Assert.Equal(expiration, AmqpMessage.PropertiesOf(Event with { MessageExpiryInterval = seconds }).Expiration);

    [Fact]
    public void A_reply_goes_to_the_queue_that_the_command_named_with_its_correlation_id()
    {
        var command = AmqpMessage.OfCommand(
            "devices.device-1.c.open", new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to.g1", CorrelationId = "42-ö" }, "50 %"u8)!;
        Assert.Equal("devices/device-1/c/open", command.Topic);
        var reply = Event with { Topic = command.ResponseTopic!, CorrelationData = command.CorrelationData };
        Assert.Equal(("", "amq.rabbitmq.reply-to.g1"), AmqpMessage.AddressOf(reply.Topic));
        Assert.Equal("42-ö", AmqpMessage.PropertiesOf(reply).CorrelationId);
    }

    [Fact]
    public void No_topic_of_a_devices_names_a_queue() => Assert.Equal((null, "reply-to.queue"), AmqpMessage.AddressOf("reply-to/queue"));

    [Fact]
    public void An_answer_brings_the_bytes_of_its_call_back()
    {
        byte[] correlation = [0x00, 0xFF, 0x80, 0x0A];
        var call = AmqpMessage.PropertiesOf(Event with { ResponseTopic = "gateways/gateway-1/r/calls", CorrelationData = correlation });
        Assert.Equal(AmqpMessage.DirectReplyTo, call.ReplyTo);
        var answer = AmqpMessage.OfReply(new BasicProperties { CorrelationId = call.CorrelationId }, "it is"u8);
        Assert.Equal(correlation, answer.CorrelationData!.Value.ToArray());
    }

    [Theory]
    [InlineData("0f0")]
    [InlineData("zz")]
    [InlineData(null)]
    public void An_answer_to_no_call_has_no_correlation(string? id)
    {
        var properties = new BasicProperties();
        if (id is not null)
        {
            properties.CorrelationId = id;
        }

        Assert.Null(AmqpMessage.OfReply(properties, default).CorrelationData);
    }

    [Theory]
    [InlineData("1", 1u)]
    [InlineData("1001", 2u)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    public void A_commands_expiration_is_rounded_up_to_seconds(string expiration, uint? seconds) =>
        Assert.Equal(seconds, AmqpMessage.OfCommand("a", new BasicProperties { Expiration = expiration }, default)!.MessageExpiryInterval);

    [Fact]
    public void Headers_of_text_are_user_properties_and_others_are_not()
    {
        var headers = new Dictionary<string, object?> { ["content_format"] = Encoding.UTF8.GetBytes("11542"), ["x-death"] = new List<object>(), ["n"] = 1 };
        var command = AmqpMessage.OfCommand("a", new BasicProperties { Headers = headers }, default)!;
        Assert.Equal([new UserProperty("content_format", "11542")], command.UserProperties);
    }
}
