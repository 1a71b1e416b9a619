using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace CoapBridge.Telemetry;

/// <summary>Listens to the instruments of one meter and keeps their values for the next scrape.</summary>
internal sealed class MetricReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<MetricFamily> _families = new();

    public MetricReader(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                var family = new MetricFamily(instrument);
                _families.Enqueue(family);
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Measure(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Measure(value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments and gives all families, ordered by name.</summary>
    public IReadOnlyList<MetricFamily> Read()
    {
        _listener.RecordObservableInstruments();
        return [.. _families.OrderBy(family => family.Instrument.Name, StringComparer.Ordinal)];
    }

    public void Dispose() => _listener.Dispose();
}
