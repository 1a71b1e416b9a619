using CoapBridge.Options;
using CoapBridge.Upstream.Amqp;

namespace CoapBridge.Tests.Host.Amqp;

/// <summary>What an operator reads when RabbitMQ.Client knows no reason.</summary>
public sealed class AmqpFaultsTests
{
    [Theory]
    [InlineData(false, "the broker ended the connection instead of letting the gateway into the virtual host farm", "or correct Upstream:Amqp:VirtualHost")]
    [InlineData(true, "the broker does not answer in AMQP 0.9.1: A task was canceled.", "check that Port is its AMQP port")]
    public void A_log_in_that_is_cut_off_is_about_the_virtual_host_and_one_that_is_late_about_the_port(bool isLate, string problem, string remedy)
    {
        var options = new AmqpOptions
        {
            Host = "broker", Port = 5671, Endpoints = [], FailBack = TimeSpan.Zero, ServerCa = null, Proxy = null, ClientId = "gateway-1", AckTimeout = TimeSpan.FromSeconds(5),
            VirtualHost = "farm", Exchange = "amq.topic",
        };
        var fault = AmqpFaults.Explain(new TaskCanceledException(), null, options, isLate);
        Assert.Equal(problem, fault.Problem);
        Assert.Contains(remedy, fault.Remedy, StringComparison.Ordinal);
    }
}
