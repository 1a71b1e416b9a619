using System.Diagnostics.CodeAnalysis;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Upstream;

/// <summary>
/// Asks an Azure Device Provisioning Service, over a connection that is there, which hub the gateway belongs to: MQTT 3.1.1 on
/// topics of the service's own (<c>$dps/</c>). Its answer comes at once or, as most often, after a few questions.
/// </summary>
internal sealed class DpsRegistration(BrokerConnection connection, string registrationId)
{
    private const string Answers = "$dps/registrations/res/";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _between = TimeSpan.FromSeconds(3);

    private readonly MqttConversation _service = new(
        connection, new MqttClientOptions(registrationId, TimeSpan.FromSeconds(60)) { Version = MqttVersion.Mqtt311, ServerTopics = ["$dps/"] });

    private int _requests;

    public static string UserName(string idScope, string registrationId) => $"{idScope}/registrations/{registrationId}/api-version=2019-03-31";

    /// <summary>The host of the hub, or why there is none.</summary>
    public async Task<(string? Hub, BrokerFault? Fault)> RunAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_limit);
        try
        {
            return await AskAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, Fault(BrokerFaultReason.TimedOut, "does not say to which hub the gateway belongs"));
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return (null, BrokerTransport.Explain(exception));
        }
    }

    private async Task<(string? Hub, BrokerFault? Fault)> AskAsync(CancellationToken stop)
    {
        while (true)
        {
            var what = await _service.NextAsync(stop).ConfigureAwait(false);
            switch (what.Kind)
            {
                case MqttEventKind.ConnectionAccepted:
                    _service.Engine.Subscribe(Clock.Now, 1, [new SubscriptionRequest($"{Answers}#", QualityOfService.AtMostOnce, WantsRetained: false)]);
                    break;
                case MqttEventKind.SubscribeAcknowledged:
                    Publish("PUT/iotdps-register", "", Encoding.UTF8.GetBytes($$"""{ "registrationId": "{{JsonEncodedText.Encode(registrationId)}}" }"""));
                    break;
                case MqttEventKind.MessageReceived when await TakeAsync(what.Message!.Message, stop).ConfigureAwait(false) is { } outcome:
                    await _service.LeaveAsync(stop).ConfigureAwait(false);
                    return outcome;
                case MqttEventKind.ConnectionRefused or MqttEventKind.ConnectionClosed:
                    return (null, Fault(BrokerFaultReason.NotProvisioned, $"refuses the gateway: {what.Reason} {what.End} {what.Detail}".TrimEnd()));
            }
        }
    }

    /// <summary>Null when the question must be asked again, which it then is.</summary>
    private async Task<(string? Hub, BrokerFault? Fault)?> TakeAsync(ApplicationMessage answer, CancellationToken stop)
    {
        if (!TryRead(answer, out var status, out var said))
        {
            return (null, Fault(BrokerFaultReason.NotProvisioned, $"says what cannot be understood, at {answer.Topic}"));
        }

        if (status == "202" && said.TryGetProperty("operationId", out var operation))
        {
            await Task.Delay(_between, stop).ConfigureAwait(false);
            Publish("GET/iotdps-get-operationstatus", $"&operationId={Uri.EscapeDataString(operation.GetString() ?? "")}", []);
            return null;
        }

        var state = said.TryGetProperty("registrationState", out var registration) ? registration : said;
        return state.TryGetProperty("assignedHub", out var assigned) && assigned.GetString() is { } hub && Rule.Host(hub).Problem is null
            ? IdOf(state) is var id && id != registrationId
                ? (null, Fault(BrokerFaultReason.NotProvisioned, $"has given the gateway the device id {id}, which is not Upstream:Mqtt:ClientId"))
                : (hub, null)
            : (null, Fault(BrokerFaultReason.NotProvisioned, $"refuses the gateway: {status} {Said(said, "status")} {Said(state, "errorMessage")}{Said(said, "message")}".TrimEnd()));
    }

    private static bool TryRead(ApplicationMessage answer, [NotNullWhen(true)] out string? status, out JsonElement said)
    {
        (status, said) = (null, default);
        try
        {
            status = answer.Topic.StartsWith(Answers, StringComparison.Ordinal) ? answer.Topic[Answers.Length..].Split('/')[0] : null;
            using var document = JsonDocument.Parse(answer.Payload);
            said = document.RootElement.Clone();
            return status is not null && said.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string IdOf(JsonElement state) => Said(state, "deviceId");

    private static string Said(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static BrokerFault Fault(BrokerFaultReason reason, string problem) => new(
        reason, $"the Device Provisioning Service {problem}",
        "check Upstream:Mqtt:DpsIdScope, and that an enrolment of it is for the gateway's certificate, whose common name must be Upstream:Mqtt:ClientId");

    private void Publish(string what, string more, byte[] payload) => _service.Engine.Publish(Clock.Now, (ulong)++_requests, new ApplicationMessage
    {
        Topic = $"$dps/registrations/{what}/?$rid={_requests}{more}", Payload = payload, QualityOfService = QualityOfService.AtLeastOnce,
    });
}
