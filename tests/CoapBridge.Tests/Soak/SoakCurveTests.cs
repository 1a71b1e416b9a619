using CoapBridge.Soak;

namespace CoapBridge.Tests.Soak;

public sealed class SoakCurveTests
{
    [Fact]
    public void What_is_made_at_the_start_is_no_growth()
    {
        var curve = Of([.. Enumerable.Range(0, 10).Select(step => 50 + step), .. Enumerable.Repeat(100, 90)]);
        Assert.Equal(0, curve.Growth(sample => sample.Memory));
    }

    [Fact]
    public void A_leak_is_growth() =>
        Assert.InRange(Of([.. Enumerable.Range(100, 100)]).Growth(sample => sample.Memory), 0.6, 0.8);

    [Fact]
    public void A_peak_now_and_then_is_none() =>
        Assert.Equal(0, Of([.. Enumerable.Range(0, 100).Select(step => step % 5 == 0 ? 300 : 100)]).Growth(sample => sample.Memory));

    [Fact]
    public void Another_process_begins_anew()
    {
        var curve = Of([.. Enumerable.Repeat(500, 50)]);
        foreach (var sample in Of([.. Enumerable.Repeat(100, 50)]).Samples)
        {
            curve.Add(sample);
        }

        Assert.Equal(50, curve.Samples.Count);
        Assert.Equal(0, curve.Growth(sample => sample.Memory));
    }

    private static SoakCurve Of(int[] memory)
    {
        var curve = new SoakCurve();
        for (var step = 0; step < memory.Length; step++)
        {
            curve.Add(new Sample(TimeSpan.FromSeconds(5 * step), memory[step], memory[step], 100, 20, new Dictionary<string, double>()));
        }

        return curve;
    }
}
