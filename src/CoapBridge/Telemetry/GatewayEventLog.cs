using System.Diagnostics;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Status;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>
/// Turns what one shard tells into log lines and measurements: one switch, one place. Lines about devices are limited in
/// number, since anybody can cause them; measurements are not.
/// </summary>
internal sealed class GatewayEventLog(ILogger log, GatewayMetrics metrics, KeyLogFile? keyLog = null)
{
    private readonly LineBudget _budget = new();

    /// <summary>Whether <see cref="GatewayEvent.Answered"/> becomes a line.</summary>
    public bool WantsAnswers => log.IsEnabled(LogLevel.Debug);

    /// <summary>For the status page.</summary>
    public HandshakeTally Handshakes { get; } = new();

    /// <summary>From the shard's thread.</summary>
    public void Write(Instant now, GatewayEvent what)
    {
        var isLogged = what is not (GatewayEvent.Answered or GatewayEvent.SecretDerived or GatewayEvent.Judged) && MayLog(now);
        switch (what)
        {
            case GatewayEvent.Connected connected:
                metrics.Handshakes.Add(1, Tags("ok", "none"));
                Handshakes.CountOk(now);
                metrics.HandshakeDuration.Record(connected.Duration.TotalSeconds);
                if (isLogged)
                {
                    Log.HandshakeCompleted(
                        log, "ok", connected.Device.Name, connected.Path.Remote.ToString(), connected.Device.CertificateSha256,
                        connected.Offered?.ServerName, connected.ConnectionId, connected.ExtendedMasterSecret, connected.IsResumed,
                        connected.Doubt, (long)connected.Duration.TotalMilliseconds);
                }

                break;
            case GatewayEvent.Refused refused:
                metrics.Handshakes.Add(1, Tags("refused", refused.Reason));
                Handshakes.CountRefused(now, refused);
                if (isLogged)
                {
                    Log.HandshakeRefused(
                        log, "refused", refused.Reason, refused.Path.Remote.ToString(), refused.Peer?.Subject, refused.Peer?.Issuer, (int?)refused.Alert,
                        refused.Peer?.Detail, refused.Offered?.ServerName, refused.Offered?.CipherSuites, refused.Offered?.Groups,
                        (long)refused.Duration.TotalMilliseconds);
                }

                break;
            case GatewayEvent.SecretDerived secret:
                keyLog?.Append(secret.KeyLogLine);
                break;
            case GatewayEvent.Revoked revoked:
                metrics.Revocations.Add(1, new KeyValuePair<string, object?>("reason", revoked.Reason));
                if (isLogged)
                {
                    Log.Revoked(
                        log, revoked.Device.Name, revoked.Path.Remote.ToString(), revoked.Reason, revoked.Device.CertificateSha256, revoked.Detail);
                }

                break;
            case GatewayEvent.Judged judged:
                Log.Judged(log, judged.Generation, judged.Count, judged.RefusedCount, (long)judged.Duration.TotalMilliseconds);
                break;
            case GatewayEvent.Disconnected disconnected when isLogged:
                Log.Disconnected(
                    log, disconnected.Device.Name, disconnected.Path.Remote.ToString(), Word(disconnected.Reason), (int?)disconnected.Alert);
                break;
            case GatewayEvent.Moved moved when isLogged:
                Log.Moved(log, moved.Device.Name, moved.From.Remote.ToString(), moved.To.Remote.ToString());
                break;
            case GatewayEvent.Replaced replaced when isLogged:
                Log.Replaced(log, replaced.Device.Name, replaced.Path.Remote.ToString());
                break;
            case GatewayEvent.Crowded crowded when isLogged:
                Log.Crowded(log, crowded.Device.Name, crowded.Path.Remote.ToString());
                break;
            case GatewayEvent.Evicted evicted when isLogged:
                Log.Evicted(log, evicted.Device.Name, evicted.Path.Remote.ToString(), (long)evicted.Silence.TotalSeconds);
                break;
            case GatewayEvent.NoRoom refused when isLogged:
                Log.NoRoom(log, refused.Device.Name, refused.Path.Remote.ToString());
                break;
            case GatewayEvent.Denied denied when isLogged:
                Log.Denied(log, denied.Device.Name, denied.Path.Remote.ToString(), denied.Diagnostic);
                break;
            case GatewayEvent.Answered answered when WantsAnswers:
                Log.Answered(log, answered.Device.Name, answered.Path.Remote.ToString(), answered.Code.ToString(), answered.Diagnostic);
                break;
        }
    }

    private bool MayLog(Instant now)
    {
        var may = _budget.TryTake(now, out var suppressed);
        if (suppressed > 0)
        {
            Log.LinesSuppressed(log, suppressed);
        }

        return may;
    }

    private static string Word(CloseReason reason) => reason switch
    {
        CloseReason.Local => "closed",
        CloseReason.Refused => "refused",
        CloseReason.CloseNotify => "close_notify",
        CloseReason.PeerAlert => "peer_alert",
        CloseReason.Idle => "idle",
        CloseReason.Forgeries => "forgeries",
        _ => "sequence_numbers",
    };

    private static TagList Tags(string result, string reason) => new() { { "result", result }, { "reason", reason } };
}
