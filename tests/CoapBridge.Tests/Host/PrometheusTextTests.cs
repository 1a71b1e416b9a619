using System.Diagnostics.Metrics;
using CoapBridge.Telemetry;

namespace CoapBridge.Tests.Host;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new("PrometheusTextTests");
    private readonly MetricReader _reader;

    public PrometheusTextTests() => _reader = new MetricReader(_meter);

    public void Dispose()
    {
        _reader.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_gauges_and_histograms_have_their_names_units_and_types()
    {
        var counter = _meter.CreateCounter<long>("coapbridge.udp.datagrams.dropped", "{datagram}", "Lost.");
        counter.Add(2, new KeyValuePair<string, object?>("reason", "kernel"));
        counter.Add(3, new KeyValuePair<string, object?>("reason", "kernel"));
        counter.Add(1, new KeyValuePair<string, object?>("reason", "too_large"));
        var upDown = _meter.CreateUpDownCounter<long>("coapbridge.dtls.connections");
        upDown.Add(5);
        upDown.Add(-2);
        _meter.CreateObservableGauge("coapbridge.memory", () => 7.5, "By");
        var histogram = _meter.CreateHistogram("coapbridge.turn", "s", "", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(2);
        Assert.Equal(
            """
            # TYPE coapbridge_dtls_connections gauge
            coapbridge_dtls_connections 3
            # TYPE coapbridge_memory_bytes gauge
            coapbridge_memory_bytes 7.5
            # TYPE coapbridge_turn_seconds histogram
            coapbridge_turn_seconds_bucket{le="0.1"} 1
            coapbridge_turn_seconds_bucket{le="1"} 2
            coapbridge_turn_seconds_bucket{le="+Inf"} 3
            coapbridge_turn_seconds_sum 2.6
            coapbridge_turn_seconds_count 3
            # HELP coapbridge_udp_datagrams_dropped_total Lost.
            # TYPE coapbridge_udp_datagrams_dropped_total counter
            coapbridge_udp_datagrams_dropped_total{reason="kernel"} 5
            coapbridge_udp_datagrams_dropped_total{reason="too_large"} 1

            """,
            PrometheusText.Write(_reader.Read()));
    }

    [Fact]
    public void Label_values_and_help_texts_cannot_break_a_line()
    {
        var counter = _meter.CreateCounter<long>("c", null, "one\ntwo \\");
        counter.Add(1, new KeyValuePair<string, object?>("route", "a\"b\\c\nd"));
        var text = PrometheusText.Write(_reader.Read());
        Assert.Contains("# HELP c_total one\\ntwo \\\\\n", text, StringComparison.Ordinal);
        Assert.Contains("c_total{route=\"a\\\"b\\\\c\\nd\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_grows_without_end_does_not_fill_the_memory()
    {
        var counter = _meter.CreateCounter<long>("c");
        for (var index = 0; index < 2 * MetricFamily.MaxSeries; index++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", index));
        }

        Assert.Equal(MetricFamily.MaxSeries, Assert.Single(_reader.Read()).Series.Count);
    }

    [Fact]
    public void An_observed_total_is_shown_as_it_is_at_each_scrape()
    {
        var total = 0L;
        _meter.CreateObservableCounter("c", () => total += 10);
        Assert.Contains("c_total 10\n", PrometheusText.Write(_reader.Read()), StringComparison.Ordinal);
        Assert.Contains("c_total 20\n", PrometheusText.Write(_reader.Read()), StringComparison.Ordinal);
    }

    [Fact]
    public void Measurements_of_several_threads_are_all_counted()
    {
        var counter = _meter.CreateCounter<long>("c");
        Parallel.For(0, 10_000, index => counter.Add(1, new KeyValuePair<string, object?>("n", index % 4)));
        Assert.Equal(10_000, Assert.Single(_reader.Read()).Series.Sum(series => series.Sum));
    }

    [Fact]
    public void The_unhandled_exceptions_are_there_from_the_start()
    {
        using var metrics = new GatewayMetrics();
        using var reader = new MetricReader(metrics.Meter);
        metrics.ShowZeros();
        Assert.Contains("coapbridge_unhandled_exceptions_total 0\n", PrometheusText.Write(reader.Read()), StringComparison.Ordinal);
    }
}
