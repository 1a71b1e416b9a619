using System.Diagnostics.Metrics;

namespace CoapBridge.Telemetry;

/// <summary>One instrument with its series. Series are only ever added, up to a cap, so that no label can fill the memory.</summary>
internal sealed class MetricFamily
{
    /// <summary>More sets of tags than this are not kept; tags are enums and route names, never device names.</summary>
    public const int MaxSeries = 256;

    public static readonly IReadOnlyList<double> Seconds = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly double[] _boundaries;
    private MetricSeries[] _series = [];

    public MetricFamily(Instrument instrument)
    {
        Instrument = instrument;
        Kind = KindOf(instrument);
        var advised = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? Seconds;
        _boundaries = Kind == MetricKind.Histogram ? [.. advised] : [];
    }

    public Instrument Instrument { get; }

    public MetricKind Kind { get; }

    /// <summary>Whether the callback gives totals instead of differences.</summary>
    public bool IsObservable => Instrument.IsObservable;

    public IReadOnlyList<double> Boundaries => _boundaries;

    public IReadOnlyList<MetricSeries> Series => Volatile.Read(ref _series);

    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (SeriesOf(tags) is not { } series)
        {
            return;
        }

        if (Kind == MetricKind.Histogram)
        {
            series.Record(value);
        }
        else if (IsObservable || Kind == MetricKind.Gauge)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    private MetricSeries? SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        while (true)
        {
            var known = Volatile.Read(ref _series);
            foreach (var series in known)
            {
                if (series.Matches(tags))
                {
                    return series;
                }
            }

            if (known.Length >= MaxSeries)
            {
                return null;
            }

            // Another thread may have added a series meanwhile: then look again.
            var fresh = new MetricSeries(tags.ToArray(), _boundaries);
            if (Interlocked.CompareExchange(ref _series, [.. known, fresh], known) == known)
            {
                return fresh;
            }
        }
    }

    private static MetricKind KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double> => MetricKind.Counter,
        Histogram<double> or Histogram<long> => MetricKind.Histogram,
        UpDownCounter<long> or UpDownCounter<double> => MetricKind.UpDown,
        _ => MetricKind.Gauge,
    };
}
