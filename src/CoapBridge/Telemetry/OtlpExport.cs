using CoapBridge.Options;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace CoapBridge.Telemetry;

/// <summary>
/// Sends the metrics to a collector, under the same names: OTLP over HTTP. Nobody but <see cref="Start"/> names the packages, so that
/// they are not even loaded unless the configuration asks for it.
/// </summary>
internal static class OtlpExport
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="options">Where and how often.</param>
    /// <param name="meter">The name of the meter.</param>
    /// <param name="gateway">Tells gateways apart: <c>service.instance.id</c>.</param>
    /// <param name="version">Of the program.</param>
    /// <param name="log">Told once when the collector does not take them, and once when it does again.</param>
    /// <returns>Ends it, after sending what there is.</returns>
    public static IDisposable Start(OtlpOptions options, string meter, string gateway, string version, ILogger log) =>
        Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("coapbridge", serviceVersion: version, serviceInstanceId: gateway))
            .AddMeter(meter)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = options.Endpoint!;
                exporter.TimeoutMilliseconds = (int)Patience.TotalMilliseconds;
                exporter.HttpClientFactory = () => new HttpClient(new OtlpWatch(options.Endpoint!, log)) { Timeout = Patience };
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
            })
            .Build();
}
