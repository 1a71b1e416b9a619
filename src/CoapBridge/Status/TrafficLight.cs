using System.Globalization;
using CoapBridge.Admin;

namespace CoapBridge.Status;

/// <summary>Green, yellow or red, and why, in sentences. Red is exactly when <c>/readyz</c> or <c>/healthz</c> says 503.</summary>
internal static class TrafficLight
{
    /// <summary>The gateway's own certificate has an alarm of its own from then on (<see cref="CertificateWatch"/>).</summary>
    private const int CertificateDays = 30;

    /// <summary>Fewer refusals in ten minutes are one device that tries.</summary>
    private const int ManyRefusals = 10;

    /// <summary>The worst first.</summary>
    /// <param name="status">Everything but the light.</param>
    /// <param name="alarms">Those of <c>/readyz</c>.</param>
    /// <param name="stuck">Who is, as <c>/healthz</c> says.</param>
    /// <param name="faults">Bugs of ours that were caught.</param>
    public static IReadOnlyList<StatusReason> Reasons(StatusSnapshot status, IReadOnlyList<Readiness.Raised> alarms, IReadOnlyList<string> stuck, int faults)
    {
        var reasons = new List<StatusReason>();
        if (stuck.Count > 0)
        {
            reasons.Add(Red($"A part of the gateway is stuck: {string.Join(", ", stuck)}.", "systemd's watchdog restarts it; if it does not, restart the service, and please report it"));
        }

        reasons.AddRange(status.Missing.Select(word => OfMissing(word, status)));
        reasons.AddRange(alarms.Where(alarm => !(alarm.Area == Readiness.Area.Certificate && status.Missing.Contains("certificate"))).Select(OfAlarm));
        reasons.AddRange(OfTrust(status));
        reasons.AddRange(OfTraffic(status));
        if (faults > 0)
        {
            reasons.Add(Yellow($"{Count(faults, "mistake")} in CoapBridge itself {(faults == 1 ? "was" : "were")} caught.", "please report it, with the log lines `unhandled_exception`"));
        }

        return reasons;
    }

    private static StatusReason OfMissing(string word, StatusSnapshot status) => word switch
    {
        "sockets" => Red("The gateway is starting: its sockets are not open yet.", null),
        "certificate" => Red("The gateway's own certificate is not valid now.", "put a valid one at Identity:Certificate; `coapbridge check` says more"),
        "clock" => Red("The clock is wrong: it shows a day before this program was built. Handshakes wait.", "set the clock, for example by NTP"),
        _ => OfUpstream(status.Upstream),
    };

    private static StatusReason OfUpstream(UpstreamReport upstream)
    {
        var failure = upstream.LastFailure is { } last ? $": {last.What.TrimEnd('.')}" : "";
        return upstream.State == "refused"
            ? Red($"The broker {upstream.Broker} refuses the gateway{failure}.", upstream.LastFailure?.Remedy)
            : Red($"There is no connection to the broker {upstream.Broker}{failure}.", upstream.LastFailure?.Remedy);
    }

    private static StatusReason OfAlarm(Readiness.Raised alarm)
    {
        var (what, remedy) = alarm.Area switch
        {
            Readiness.Area.Reload => ($"Changed files or settings cannot be used: {alarm.Text}", "repair what is named; the gateway looks again by itself, or at SIGHUP"),
            Readiness.Area.RevocationList => (alarm.Text, "fetch the CA's newest list to Devices:RevocationLists"),
            Readiness.Area.Certificate => ($"The gateway's own certificate: {alarm.Text}", "have it issued anew and put it at Identity:Certificate; it is taken up without a restart"),
            Readiness.Area.Upstream => (alarm.Text, "let the broker trust the new certificate, or have it issued again"),
            Readiness.Area.Broker => (alarm.Text, "have whoever runs the broker renew it"),
            _ => (alarm.Text, "make Outbox:File writable, and make room for it"),
        };
        return Yellow(PageWords.Sentence(what), alarm.Remedy ?? remedy);
    }

    private static IEnumerable<StatusReason> OfTrust(StatusSnapshot status)
    {
        foreach (var ca in status.Certificates.Where(one => one.Use.StartsWith("device", StringComparison.Ordinal) && one.DaysLeft < CertificateDays))
        {
            yield return Yellow($"The CA {ca.Subject} {Expires(ca.DaysLeft)}.", "put its successor into Identity:CloudCa beside it, and renew the devices' certificates");
        }

        // Of public roots there is always one that ends.
        var brokerCas = status.Certificates.Where(one => one.Use == "broker CA").ToList();
        if (brokerCas.Count > 0 && brokerCas.TrueForAll(ca => ca.DaysLeft < CertificateDays))
        {
            yield return Yellow($"The CA of the broker, {brokerCas[0].Subject}, {Expires(brokerCas[0].DaysLeft)}.", "put its successor into the file of ServerCa");
        }

        foreach (var list in status.RevocationLists.Where(list => list.Current && list.NextUpdate - status.Time < (list.NextUpdate - list.ThisUpdate) / 10))
        {
            yield return Yellow(
                $"The revocation list of {list.Issuer} runs out {list.NextUpdate.ToString("u", CultureInfo.InvariantCulture)}.", "fetch the CA's newest list to Devices:RevocationLists");
        }
    }

    private static IEnumerable<StatusReason> OfTraffic(StatusSnapshot status)
    {
        var (outbox, connections) = (status.Outbox, status.Connections);
        if (outbox.Full)
        {
            yield return Yellow("The outbox is full: events are answered 5.03 while the broker is away.", "see why the broker does not take them, or raise Outbox:MaxBytes");
        }
        else if (outbox.Bytes * 5 > outbox.MaxBytes * 4)
        {
            yield return Yellow($"The outbox is at {outbox.Bytes * 100 / outbox.MaxBytes} % of Outbox:MaxBytes.", "see why the broker does not take them, or raise Outbox:MaxBytes");
        }

        if (outbox.Quarantined > 0)
        {
            yield return Yellow(
                $"{Count(outbox.Quarantined, "message")} {(outbox.Quarantined == 1 ? "is" : "are")} set aside because the broker does not take {(outbox.Quarantined == 1 ? "it" : "them")}.",
                "`coapbridge outbox list` says why; retry or purge them there");
        }

        if (connections.RecentRefused >= ManyRefusals && connections.RecentRefused * 4 >= connections.RecentOk)
        {
            var most = connections.Refusals.First(refusal => !RefusalWords.IsHarmless(refusal.Reason));
            yield return Yellow(
                $"Many devices are refused: {connections.RecentRefused} in the last {connections.RecentMinutes} minutes, {connections.RecentOk} let in. Most often: {most.What}.",
                most.Remedy);
        }

        if (connections.Live >= connections.Max)
        {
            yield return Yellow("There are as many connections as Listen:MaxConnections.", "raise Listen:MaxConnections");
        }
    }

    private static string Expires(int days) => days < 0 ? "has expired" : days == 0 ? "expires within a day" : $"expires in {Count(days, "day")}";

    private static string Count(long number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static StatusReason Red(string what, string? remedy) => new(StatusLight.Red, what, remedy);

    private static StatusReason Yellow(string what, string? remedy) => new(StatusLight.Yellow, what, remedy);
}
