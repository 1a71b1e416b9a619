namespace CoapBridge.Telemetry;

/// <summary>How an instrument's measurements add up.</summary>
internal enum MetricKind
{
    Counter,
    UpDown,
    Gauge,
    Histogram,
}
