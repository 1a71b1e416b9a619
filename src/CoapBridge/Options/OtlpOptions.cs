namespace CoapBridge.Options;

/// <summary>Section <c>Telemetry:Otlp</c>: a collector that the metrics are sent to.</summary>
/// <param name="Endpoint">Its OTLP/HTTP address; <c>/v1/metrics</c> is appended where there is no path. Null: nothing is sent.</param>
/// <param name="Interval">How often.</param>
internal sealed record OtlpOptions(Uri? Endpoint, TimeSpan Interval)
{
    public static Checked<Uri?> Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? new(uri.AbsolutePath == "/" ? new Uri(uri, "/v1/metrics") : uri)
            : new(null, "must be the OTLP/HTTP address of a collector, like http://127.0.0.1:4318; what it asks for in headers is OTEL_EXPORTER_OTLP_HEADERS in the environment");
}
