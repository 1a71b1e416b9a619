using System.Diagnostics;
using System.Globalization;
using System.Security.Authentication;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Check;

/// <summary>Goes all the way to the broker and back, as <c>{ClientId}-check</c>, so that a gateway that is running is not thrown out.</summary>
internal static class BrokerChecks
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>What a broker does that does not take our certificate, or does not speak our protocol.</summary>
    public static Finding Closed { get; } = new(
        FindingLevel.Problem, "the broker closed the connection after TLS, before a word in MQTT",
        "the broker's log says why. Most often it does not take the gateway's certificate, which TLS 1.3 shows only now: let the broker trust the CA that issued it. Or it does not speak MQTT 5");

    private static Finding NotTried { get; } = new(
        FindingLevel.Warning, "no message was tried: Topics:Gateway is none, so there is no topic for it",
        "start the gateway and look for upstream_ready in its log");

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        UpstreamOptions options, string? gatewayTopic, GatewayCredentials credentials, CancellationToken stop)
    {
        var place = $"{options.Host} port {options.Port}";
        var (connection, fault) = await new BrokerTransport(options, credentials).ConnectAsync(stop).ConfigureAwait(false);
        if (connection is null)
        {
            return [new Finding(FindingLevel.Problem, $"{place}: {fault!.Problem}", fault.Remedy)];
        }

        await using (connection.ConfigureAwait(false))
        {
            var secured = new Finding(
                FindingLevel.Good, $"{place}: {(connection.Stream.SslProtocol == SslProtocols.Tls13 ? "TLS 1.3" : "TLS 1.2")}, and its certificate is for {options.Host}");
            return
            [
                secured,
                gatewayTopic is null ? NotTried
                    : options is AmqpOptions amqp ? await RoundTripAsync(connection, amqp, $"{gatewayTopic}/check", stop).ConfigureAwait(false)
                    : await RoundTripAsync(connection, (MqttOptions)options, $"{gatewayTopic}/check", stop).ConfigureAwait(false),
            ];
        }
    }

    private static async Task<Finding> RoundTripAsync(BrokerConnection connection, AmqpOptions options, string topic, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_patience);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var fault = await AmqpRoundTrip.RunAsync(connection, options, topic, limit.Token).ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
            return fault is null
                ? new Finding(FindingLevel.Good, $"a message to {topic}, by the exchange {options.Exchange} in {options.VirtualHost}, sent as {BrokerRoundTrip.ClientOf(options.ClientId)}, was confirmed after {took} ms")
                : new Finding(FindingLevel.Problem, fault.Problem, fault.Remedy);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Finding(FindingLevel.Problem, "the broker accepts the connection but does not answer AMQP 0.9.1 within 10 s", "check that Port is its AMQP port with TLS, 5671 by custom");
        }
    }

    private static async Task<Finding> RoundTripAsync(BrokerConnection connection, MqttOptions options, string topic, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_patience);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var answer = await new BrokerRoundTrip(connection, options, topic).RunAsync(limit.Token).ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
            return Judge(answer, options.ClientId, topic, took);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Finding(FindingLevel.Problem, "the broker accepts the connection but does not answer MQTT within 10 s", "check that Port is its MQTT 5 port, not another service's");
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            var fault = BrokerTransport.Explain(exception);
            return fault.Reason == BrokerFaultReason.Closed ? Closed : new Finding(FindingLevel.Problem, fault.Problem, fault.Remedy);
        }
    }

    private static Finding Judge(MqttEvent answer, string clientId, string topic, string milliseconds)
    {
        var client = BrokerRoundTrip.ClientOf(clientId);
        var said = string.IsNullOrEmpty(answer.Detail) ? "" : $", saying \"{answer.Detail}\"";
        return answer.Kind switch
        {
            MqttEventKind.PublishAcknowledged when !answer.Reason.IsFailure() =>
                new Finding(FindingLevel.Good, $"a message to {topic}, sent as {client}, was acknowledged after {milliseconds} ms"),
            MqttEventKind.PublishAcknowledged => new Finding(
                FindingLevel.Problem, $"the broker lets {client} in but refuses its message to {topic}: 0x{(byte)answer.Reason:x2} {answer.Reason}{said}",
                $"let the gateway's certificate publish to {topic[..topic.LastIndexOf('/')]}/#, and to the devices' topics"),
            MqttEventKind.ConnectionRefused => new Finding(
                FindingLevel.Problem, $"the broker refuses the client {client}: 0x{(byte)answer.Reason:x2} {answer.Reason}{said}",
                $"let the gateway's certificate connect as {clientId}, and as {client} for this check"),
            MqttEventKind.ConnectionClosed when answer.End == ConnectionEnd.TransportLost => Closed,
            _ => new Finding(
                FindingLevel.Problem, $"the broker ended the connection: {answer.End}{said}",
                "see the broker's log; it must speak MQTT 5 and let the gateway's certificate in"),
        };
    }
}
