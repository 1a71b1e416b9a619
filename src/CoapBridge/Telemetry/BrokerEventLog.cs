using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Admin;
using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Relay;
using CoapBridge.Status;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>Turns what happens on the way to the broker into log lines, measurements and readiness.</summary>
internal sealed class BrokerEventLog(
    ILogger log, GatewayMetrics metrics, Readiness readiness, BrokerCertificateEnd certificate, UpstreamJournal journal, UpstreamOptions options)
{
    /// <summary>A broker that is away for a day is a hundred lines, not ten thousand.</summary>
    private static readonly TimeSpan _repetition = TimeSpan.FromMinutes(10);

    private string _host = options.Host; // of the broker that the connection is, or was last, with
    private BrokerFault? _lastFault;
    private Instant _lastFaultLogged;

    public void Secured(BrokerConnection connection)
    {
        metrics.UpstreamConnects.Add(1, new KeyValuePair<string, object?>("outcome", "secured"));
        _lastFault = null;
        _host = connection.Broker.Host;
        journal.Secured(connection.Broker.ToString(), connection.Address, connection.CertificateEnd);
        Log.UpstreamSecured(
            log, _host, connection.Broker.Port, connection.Address, connection.Stream.SslProtocol.ToString(),
            connection.Stream.NegotiatedCipherSuite.ToString());
        if (connection.Stream.RemoteCertificate is X509Certificate2 shown)
        {
            certificate.Take(_host, shown.NotAfter, DateTimeOffset.UtcNow);
        }
    }

    /// <summary>For the status: why messages do not go, and what helps.</summary>
    public void Failed(string what, string remedy) => journal.Failed(what, remedy);

    public void CouldNotConnect(BrokerFault fault)
    {
        metrics.UpstreamConnects.Add(1, new KeyValuePair<string, object?>("outcome", fault.Reason.ToString()));
        journal.Failed(fault.Problem, fault.Remedy);
        if (fault == _lastFault && Clock.Now - _lastFaultLogged < _repetition)
        {
            return;
        }

        (_lastFault, _lastFaultLogged) = (fault, Clock.Now);
        Log.UpstreamAway(log, fault.Broker?.Host ?? _host, fault.Broker?.Port ?? options.Port, fault.Reason.ToString(), fault.Problem, fault.Remedy);
    }

    public void StatusChanged(in UpstreamStatus status)
    {
        readiness.Set(Readiness.Need.Upstream, status.State == UpstreamState.Connected);
        journal.Changed(Clock.Now, status);
    }

    public void Received(in Receipt receipt) => metrics.Publishes.Add(1, new TagList
    {
        { "outcome", receipt.Outcome.ToString() },
        { "reason_code", $"0x{(byte)receipt.Reason:x2}" },
    });

    public void Write(Instant now, BrokerEvent what)
    {
        switch (what)
        {
            case BrokerEvent.Connected:
                Log.UpstreamAccepted(log, _host, options.ClientId);
                break;
            case BrokerEvent.Refused refused:
                var advice = AdviceFor(refused.Reason);
                Log.UpstreamRefused(
                    log, _host, options.ClientId, $"0x{(byte)refused.Reason:x2}", refused.Reason.ToString(), refused.Detail, advice,
                    Seconds(refused.NextAttempt - now));
                journal.Failed($"CONNACK says {refused.Reason} (0x{(byte)refused.Reason:x2}){Quoted(refused.Detail)}", advice);
                break;
            case BrokerEvent.Renewing renewing:
                Log.UpstreamRenewing(log, _host, renewing.Outstanding);
                break;
            case BrokerEvent.Moving moving:
                Log.UpstreamMoving(log, _host, moving.Outstanding);
                break;
            case BrokerEvent.Renewed:
                readiness.Alarm(Readiness.Area.Upstream, null);
                metrics.UpstreamRenewals.Add(1, new KeyValuePair<string, object?>("result", "ok"));
                Log.UpstreamRenewed(log, _host);
                break;
            case BrokerEvent.RenewalRefused:
                readiness.Alarm(Readiness.Area.Upstream, "the broker refuses the gateway's new certificate; the one before is in use towards it");
                metrics.UpstreamRenewals.Add(1, new KeyValuePair<string, object?>("result", "refused"));
                Log.UpstreamRenewalRefused(
                    log, _host, "let the broker trust the new certificate, or have it issued again; the next reload tries once more");
                break;
            case BrokerEvent.Closed { NextAttempt: { } next } closed:
                // Only one that came before CONNACK has a detail.
                var remedy = closed is { End: ConnectionEnd.TransportLost, Detail: not null }
                    ? "its log says why; if it has no MQTT 5, set Upstream:Mqtt:Version to 4" : null;
                Log.UpstreamLost(log, _host, closed.End.ToString(), closed.Reason?.ToString(), closed.Detail, remedy, Seconds(next - now));
                journal.Failed(
                    $"the connection ended: {closed.End}{(closed.Reason is { } code ? $", {code}" : "")}{Quoted(closed.Detail)}",
                    remedy ?? "the gateway connects again by itself; the broker's log says why it ended");
                break;
            case BrokerEvent.Closed:
                Log.UpstreamLeft(log, _host);
                break;
        }
    }

    private string AdviceFor(MqttReasonCode reason) =>
        reason != MqttReasonCode.UnsupportedProtocolVersion ? "this is not the devices' fault: check the broker's rights for the gateway's certificate and ClientId"
        : options is MqttOptions { Version: MqttVersion.Mqtt5 }
            ? "the broker does not speak MQTT 5: set Upstream:Mqtt:Version to 4 for MQTT 3.1.1, or name one in Upstream:Mqtt:Host that does"
        : "the broker does not speak MQTT 3.1.1: set Upstream:Mqtt:Version to 5";

    private static string Quoted(string? detail) => detail is null ? "" : $", '{detail}'";

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 1);
}
