using System.Text.Json;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>
/// Azure's Device Provisioning Service as its documentation describes it: MQTT 3.1.1, the registration id as Client Identifier and as the
/// certificate's common name, one subscription, a registration that is under way (202) until it is asked for again.
/// </summary>
internal sealed class EmulatedProvisioning(TestPki pki, CertificateAuthority root, string idScope, string assignedHub)
    : EmulatedCloud(pki, root, "*.azure-devices-provisioning.net", alpn: null)
{
    private const string Register = "$dps/registrations/PUT/iotdps-register/?$rid=";
    private const string Status = "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=";
    private const string Operation = "4.d0a671905ea5b2c8.e7173b7b";

    public int Registrations { get; private set; }

    internal override string Welcome => "20020000";

    internal override string? Check(CloudConnect connect) =>
        connect.Version != 4 ? $"MQTT version {connect.Version}"
        : connect.CommonName != connect.ClientId ? $"a certificate of {connect.CommonName} for {connect.ClientId}"
        : connect.UserName != $"{idScope}/registrations/{connect.ClientId}/api-version=2019-03-31" ? $"user name {connect.UserName}"
        : connect.HasPassword || connect.WillTopic is not null ? "a password or a will"
        : null;

    internal override string? Check(CloudMessage message) =>
        message.IsRetained || message.Qos > 1 ? "a retained message or QoS 2"
        : message.Topic.StartsWith(Register, StringComparison.Ordinal)
            ? JsonDocument.Parse(message.Payload).RootElement.GetProperty("registrationId").GetString() == "gateway-1" ? null : "another registration id"
        : message.Topic.StartsWith(Status, StringComparison.Ordinal) && message.Topic.EndsWith($"&operationId={Operation}", StringComparison.Ordinal) ? null
        : $"the topic {message.Topic}";

    internal override string? CheckFilters(IReadOnlyList<string> filters) => filters is ["$dps/registrations/res/#"] ? null : $"a subscription to {string.Join(", ", filters)}";

    internal override Task HandleAsync(CloudSession session, CloudMessage message)
    {
        var id = message.Topic.Split("$rid=")[1].Split('&')[0];
        if (message.Topic.StartsWith(Register, StringComparison.Ordinal))
        {
            Registrations++;
            return session.SendAsync($"$dps/registrations/res/202/?$rid={id}&retry-after=3", $$"""{ "operationId": "{{Operation}}", "status": "assigning" }""", qos: 0);
        }

        return session.SendAsync(
            $"$dps/registrations/res/200/?$rid={id}",
            $$"""
            { "operationId": "{{Operation}}", "status": "assigned",
              "registrationState": { "registrationId": "gateway-1", "assignedHub": "{{assignedHub}}", "deviceId": "gateway-1", "status": "assigned" } }
            """,
            qos: 0);
    }
}
