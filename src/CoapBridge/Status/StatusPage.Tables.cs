namespace CoapBridge.Status;

// What is below the light: who is refused, who is there, what is trusted, what went wrong.
internal static partial class StatusPage
{
    private static void Refusals(Html html, StatusSnapshot status)
    {
        var connections = status.Connections;
        html.Add($"<section aria-labelledby=\"h-refused\"><div class=\"over\"><h2 id=\"h-refused\">Handshakes</h2>");
        html.Add($"<p class=\"soft\">{PageWords.Number(connections.HandshakesOk)} succeeded, {PageWords.Number(connections.HandshakesRefused)} came to nothing since the start</p></div>");
        if (connections.Refusals.Count == 0)
        {
            html.Add($"<p class=\"empty\">Nobody was refused.</p></section>");
            return;
        }

        html.Add($"<table><caption>Handshakes that came to nothing, by reason</caption><thead><tr><th scope=\"col\">Why</th><th scope=\"col\" class=\"n\">{connections.RecentMinutes} min</th><th scope=\"col\" class=\"n\">Since start</th></tr></thead><tbody>");
        foreach (var refusal in connections.Refusals.Take(10))
        {
            html.Add($"<tr><th scope=\"row\">{PageWords.Sentence(refusal.What)}<span class=\"do\">");
            html.AddProse(PageWords.Sentence(refusal.Remedy));
            html.Add($"</span><span>Last {PageWords.Ago(status.Time, refusal.Last)} from {refusal.Peer}{(refusal.Subject is { } subject ? $", {subject}" : "")}</span><code>{refusal.Reason}</code></th>");
            html.Add($"<td class=\"n\">{PageWords.Number(refusal.Recent)}</td><td class=\"n\">{PageWords.Number(refusal.Count)}</td></tr>");
        }

        html.Add($"</tbody></table></section>");
    }

    private static void Devices(Html html, StatusSnapshot status, bool refreshes)
    {
        var devices = status.Devices;
        html.Add($"<section aria-labelledby=\"h-devices\"><div class=\"over\"><h2 id=\"h-devices\">Devices</h2><form action=\"/\" method=\"get\">");
        if (!refreshes)
        {
            html.Add($"<input type=\"hidden\" name=\"refresh\" value=\"off\">");
        }

        html.Add($"<label for=\"device\">Name</label><input id=\"device\" name=\"device\" type=\"search\" maxlength=\"64\" value=\"{devices.Filter}\"><button>Find</button></form></div>");
        if (!devices.Complete)
        {
            html.Add($"<p class=\"soft\">A part of the gateway was too busy to answer in time: its devices are missing here.</p>");
        }

        if (devices.List.Count == 0)
        {
            html.Add($"<p class=\"empty\">{(devices.Filter is { } filter ? $"No device that is connected has “{filter}” in its name." : "No device is connected.")}</p>");
        }
        else
        {
            DeviceTable(html, status);
        }

        Pager(html, devices, refreshes);
        html.Add($"</section>");
    }

    private static void DeviceTable(Html html, StatusSnapshot status)
    {
        html.Add($"<table><caption>Connected devices</caption><thead><tr><th scope=\"col\">Device</th><th scope=\"col\" class=\"wide\">Connected</th><th scope=\"col\">Heard</th><th scope=\"col\" class=\"n\">Messages</th><th scope=\"col\" class=\"n wide\">Certificate</th></tr></thead><tbody>");
        foreach (var device in status.Devices.List)
        {
            html.Add($"<tr><th scope=\"row\">{device.Device}<span>{device.Address}{(device.Refused ? ", not accepted any more" : "")}</span></th>");
            html.Add($"<td class=\"wide\"><time datetime=\"{device.Since}\">{PageWords.Ago(status.Time, device.Since)}</time></td>");
            html.Add($"<td><time datetime=\"{device.LastHeard}\">{PageWords.Ago(status.Time, device.LastHeard)}</time></td><td class=\"n\">{PageWords.Number(device.Messages)}</td>");
            html.Add($"<td class=\"n wide\">");
            DaysLeft(html, device.CertificateDaysLeft);
            html.Add($"</td></tr>");
        }

        html.Add($"</tbody></table>");
    }

    private static void Pager(Html html, DevicesReport devices, bool refreshes)
    {
        if (devices is { Pages: 1, Filter: null } && devices.Count <= devices.Listed)
        {
            return;
        }

        html.Add($"<nav class=\"pages\" aria-label=\"Pages of devices\">");
        if (devices.Page > 1)
        {
            html.Add($"<a href=\"{Link(devices, devices.Page - 1, refreshes)}\" rel=\"prev\">Previous</a>");
        }

        if (devices.Pages > 1)
        {
            html.Add($"<span>page {devices.Page} of {devices.Pages}</span>");
        }

        if (devices.Page < devices.Pages)
        {
            html.Add($"<a href=\"{Link(devices, devices.Page + 1, refreshes)}\" rel=\"next\">Next</a>");
        }

        if (devices.Count > devices.Listed)
        {
            html.Add($"<span>{PageWords.Number(devices.Listed)} of {PageWords.Number(devices.Count)} can be listed; a name finds the others</span>");
        }
        else
        {
            html.Add($"<span>{PageWords.Count(devices.Count, "device")}</span>");
        }

        if (devices.Filter is not null)
        {
            html.Add($"<a href=\"{Link(devices with { Filter = null }, 1, refreshes)}\">all</a>");
        }

        html.Add($"</nav>");
    }

    private static void Broker(Html html, StatusSnapshot status)
    {
        var upstream = status.Upstream;
        html.Add($"<section aria-labelledby=\"h-broker\"><h2 id=\"h-broker\">Broker</h2><dl><dt>State</dt><dd>{upstream.State} since <time datetime=\"{upstream.Since}\">{PageWords.Moment(upstream.Since)}</time></dd>");
        html.Add($"<dt>Broker</dt><dd>{upstream.Broker}{(upstream.Address is { } address ? $" at {address}" : "")}</dd>");
        if (upstream.NextAttempt is { } next && !upstream.IsConnected)
        {
            html.Add($"<dt>Next attempt</dt><dd>in {PageWords.Duration(next - status.Time)}</dd>");
        }

        if (upstream.CertificateDaysLeft is { } days)
        {
            html.Add($"<dt>Its certificate</dt><dd>");
            DaysLeft(html, days);
            html.Add($"</dd>");
        }

        html.Add($"<dt>Last failure</dt><dd>");
        if (upstream.LastFailure is { } failure)
        {
            html.Add($"{PageWords.Sentence(failure.What)}");
            if (failure.Remedy is not null)
            {
                html.Add($"<span class=\"do\">");
                html.AddProse(PageWords.Sentence(failure.Remedy));
                html.Add($"</span>");
            }

            html.Add($"<span class=\"soft\">{PageWords.Ago(status.Time, failure.Time)}</span>");
        }
        else
        {
            html.Add($"none");
        }

        html.Add($"</dd></dl></section>");
    }

    private static void Certificates(Html html, StatusSnapshot status)
    {
        html.Add($"<section aria-labelledby=\"h-trust\"><h2 id=\"h-trust\">Certificates and revocation lists</h2><table><caption>Certificates and revocation lists by when they end</caption>");
        html.Add($"<thead><tr><th scope=\"col\">What</th><th scope=\"col\" class=\"wide\">Ends</th><th scope=\"col\" class=\"n\">Left</th></tr></thead><tbody>");
        foreach (var certificate in status.Certificates)
        {
            Trusted(html, PageWords.Sentence(certificate.Use).TrimEnd('.'), certificate.Subject, certificate.End, certificate.DaysLeft);
        }

        foreach (var list in status.RevocationLists)
        {
            Trusted(html, $"Revocation list, {PageWords.Count(list.Entries, "certificate")}", list.Issuer, list.NextUpdate, list.Current ? list.DaysLeft : -1, isList: true);
        }

        html.Add($"</tbody></table></section>");
    }

    private static void Trusted(Html html, string what, string name, DateTimeOffset end, int daysLeft, bool isList = false)
    {
        html.Add($"<tr><th scope=\"row\">{what}<span>{name}</span></th><td class=\"wide\"><time datetime=\"{end}\">{PageWords.Moment(end)}</time></td><td class=\"n\">");
        DaysLeft(html, isList && daysLeft >= 0 ? Math.Max(daysLeft, 30) : daysLeft, PageWords.Days(daysLeft)); // lists live days only; the light says when one is late
        html.Add($"</td></tr>");
    }

    private static void DaysLeft(Html html, int days, string? text = null)
    {
        var light = Judge(days);
        if (light == StatusLight.Green)
        {
            html.Add($"{text ?? PageWords.Days(days)}");
            return;
        }

        html.Add($"<span class=\"mark {Class(light)}\">");
        Sign(html, light);
        html.Add($"{text ?? PageWords.Days(days)}</span>");
    }

    private static void Problems(Html html, StatusSnapshot status)
    {
        html.Add($"<section aria-labelledby=\"h-problems\"><h2 id=\"h-problems\">Last problems</h2>");
        if (status.Problems.Count == 0)
        {
            html.Add($"<p class=\"empty\">None since the start.</p></section>");
            return;
        }

        html.Add($"<ol class=\"problems\">");
        foreach (var problem in status.Problems.Take(20))
        {
            html.Add($"<li>");
            Sign(html, problem.Light);
            html.Add($"<p>{PageWords.Sentence(problem.What)} {(problem.Detail is { } detail ? PageWords.Sentence(detail) : "")}</p>");
            Remedy(html, problem.Remedy);
            html.Add($"<p class=\"soft\"><time datetime=\"{problem.Last}\">{PageWords.Ago(status.Time, problem.Last)}</time>");
            if (problem.Count > 1)
            {
                html.Add($" · {PageWords.Number(problem.Count)} times in {PageWords.Duration(problem.Last - problem.First)}");
            }

            html.Add($" · <code>{problem.Event}</code></p></li>");
        }

        html.Add($"</ol></section>");
    }

    private static string Link(DevicesReport devices, int page, bool refreshes)
    {
        string?[] keys =
        [
            devices.Filter is { } filter ? $"device={Uri.EscapeDataString(filter)}" : null, page > 1 ? $"page={page}" : null, refreshes ? null : "refresh=off",
        ];
        return $"/?{string.Join('&', keys.OfType<string>())}";
    }
}
