namespace CoapBridge.Status;

/// <summary>The status page: a <see cref="StatusSnapshot"/> as HTML that needs neither script nor anything else from anywhere.</summary>
internal static partial class StatusPage
{
    private const int RefreshSeconds = 15;

    /// <param name="status">What to show.</param>
    /// <param name="refreshes">The page loads itself again; false when its reader has stopped that.</param>
    public static string Render(StatusSnapshot status, bool refreshes)
    {
        var html = new Html();
        Head(html, status, refreshes);
        html.Add($"<body><header><p class=\"brand\">CoapBridge<span>{status.Gateway}</span></p>");
        html.Add($"<p><time datetime=\"{status.Time}\">{PageWords.Moment(status.Time)}</time> · up {PageWords.Duration(TimeSpan.FromSeconds(status.UptimeSeconds))} · version {status.Version}</p></header><main>");
        Light(html, status);
        Glance(html, status);
        Refusals(html, status);
        Broker(html, status);
        Certificates(html, status);
        Problems(html, status);
        Devices(html, status, refreshes); // the longest, so that nothing is below it
        html.Add($"</main>");
        Foot(html, status, refreshes);
        html.Add($"</body></html>");
        return html.ToString();
    }

    private static void Head(Html html, StatusSnapshot status, bool refreshes)
    {
        html.Add($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        if (refreshes)
        {
            html.Add($"<meta http-equiv=\"refresh\" content=\"{RefreshSeconds}\">");
        }

        html.Add($"<title>{Headline(status.Light)} · {status.Gateway} · CoapBridge</title><style>");
        html.AddStyle();
        html.Add($"</style></head>");
    }

    private static string Headline(StatusLight light) => light switch
    {
        StatusLight.Green => "All is well",
        StatusLight.Yellow => "Working, but look at this",
        _ => "Not ready",
    };

    private static void Light(Html html, StatusSnapshot status)
    {
        html.Add($"<div class=\"light {Class(status.Light)}\" role=\"status\">");
        Sign(html, status.Light);
        html.Add($"<div><h1>{Headline(status.Light)}</h1>");
        if (status.Light == StatusLight.Green)
        {
            html.Add($"<p>{(status.Connections.Live == 0 ? "No device is connected yet" : status.Connections.Live == 1 ? "One device is connected" : $"{PageWords.Number(status.Connections.Live)} devices are connected")}, and the broker takes messages.</p>");
        }
        else
        {
            html.Add($"<p>{(status.Ready ? "Devices are served." : status.Missing is ["upstream"] ? "Events are kept on disk, other requests are answered 5.03." : "Devices are not served as they should be.")}</p>");
        }

        if (status.Reasons.Count > 0)
        {
            html.Add($"<ul>");
            foreach (var reason in status.Reasons)
            {
                html.Add($"<li>");
                Sign(html, reason.Light);
                html.Add($"<p>{PageWords.Sentence(reason.What)}</p>");
                Remedy(html, reason.Remedy);
                html.Add($"</li>");
            }

            html.Add($"</ul>");
        }

        html.Add($"</div></div>");
    }

    private static void Glance(Html html, StatusSnapshot status)
    {
        var (upstream, connections, outbox) = (status.Upstream, status.Connections, status.Outbox);
        html.Add($"<div class=\"glance\"><div><h2>Broker</h2><strong class=\"{(upstream.IsConnected ? "" : "red")}\">{PageWords.Sentence(upstream.State).TrimEnd('.')}</strong>");
        html.Add($"<p>{upstream.Broker}<br>for {PageWords.Duration(status.Time - upstream.Since)}</p></div>");

        html.Add($"<div><h2>Devices</h2><strong>{PageWords.Number(connections.Live)}</strong>");
        html.Add($"<p>connected<br>{(connections.HandshakesInFlight == 0 ? $"of {PageWords.Number(connections.Max)} at most" : $"{PageWords.Count(connections.HandshakesInFlight, "handshake")} under way")}</p></div>");

        html.Add($"<div><h2>Outbox</h2><strong class=\"{(outbox.Full ? "red" : "")}\">{(outbox.Full ? "Full" : outbox.Messages == 0 ? "Empty" : $"{PageWords.Number(outbox.Messages)} waiting")}</strong>");
        html.Add($"<p>{PageWords.Bytes(outbox.Bytes)} of {PageWords.Bytes(outbox.MaxBytes)}");
        if (outbox.OldestSeconds is { } age && outbox.Messages > 0)
        {
            html.Add($"<br>the oldest for {PageWords.Duration(TimeSpan.FromSeconds(age))}");
        }

        if (outbox.Quarantined > 0)
        {
            html.Add($"<br>{PageWords.Number(outbox.Quarantined)} set aside");
        }

        html.Add($"</p>");
        Bar(html, outbox);
        html.Add($"</div>");

        var own = status.Certificates[0];
        html.Add($"<div><h2>Gateway certificate</h2><strong class=\"{Class(Judge(own.DaysLeft))}\">{PageWords.Sentence(PageWords.Days(own.DaysLeft)).TrimEnd('.')}</strong>");
        html.Add($"<p>{(own.DaysLeft < 0 ? "on" : "left, until")} {PageWords.Day(own.End)}</p></div></div>");
    }

    private static void Bar(Html html, OutboxReport outbox)
    {
        var percent = outbox.MaxBytes == 0 ? 0 : Math.Clamp(outbox.Bytes * 100 / outbox.MaxBytes, outbox.Bytes > 0 ? 1 : 0, 100);
        html.Add($"<svg class=\"bar {(percent > 80 ? "yellow" : "")}\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{percent} % full\">");
        html.Add($"<rect class=\"track\" width=\"100\" height=\"4\"/><rect class=\"fill\" width=\"{percent}\" height=\"4\"/></svg>");
    }

    private static void Foot(Html html, StatusSnapshot status, bool refreshes)
    {
        html.Add($"<footer><span>Configuration {status.Configuration.File}, generation {status.Configuration.Generation}</span>");
        if (status.Configuration.LastReload is { } reload)
        {
            html.Add($"<span>last reload {PageWords.Ago(status.Time, reload.Time)}: {(reload.Problem is null ? "in force" : "refused")}</span>");
        }

        html.Add($"<span>{(refreshes ? $"refreshes every {RefreshSeconds} s" : "does not refresh")} · <a href=\"{Link(status.Devices, status.Devices.Page, !refreshes)}\">{(refreshes ? "stop" : "refresh")}</a></span>");
        html.Add($"<span><a href=\"/status.json\">status.json</a> · <a href=\"/metrics\">metrics</a> · <a href=\"/readyz\">readyz</a> · <a href=\"/healthz\">healthz</a></span></footer>");
    }

    private static void Remedy(Html html, string? remedy)
    {
        if (remedy is not null)
        {
            html.Add($"<p class=\"do\">");
            html.AddProse(PageWords.Sentence(remedy));
            html.Add($"</p>");
        }
    }

    /// <summary>A shape of its own for each light: colour alone says nothing to many.</summary>
    private static void Sign(Html html, StatusLight light)
    {
        html.Add($"<svg class=\"{Class(light)}\" viewBox=\"0 0 24 24\" role=\"img\" aria-label=\"{light}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\">");
        switch (light)
        {
            case StatusLight.Green:
                html.Add($"<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7.5 12.5l3 3 6-6.5\"/></svg>");
                break;
            case StatusLight.Yellow:
                html.Add($"<path d=\"M12 3L22.5 21H1.5Z\"/><path d=\"M12 10v5M12 18v.01\"/></svg>");
                break;
            default:
                html.Add($"<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8Z\"/><path d=\"M9 9l6 6M15 9l-6 6\"/></svg>");
                break;
        }
    }

    private static StatusLight Judge(int daysLeft) => daysLeft < 0 ? StatusLight.Red : daysLeft < 30 ? StatusLight.Yellow : StatusLight.Green;

    private static string Class(StatusLight light) => light switch
    {
        StatusLight.Green => "green",
        StatusLight.Yellow => "yellow",
        _ => "red",
    };
}
