using System.Globalization;

namespace CoapBridge.Simulation.Tests;

/// <summary>The seeds of a theory: 1 to 200 (or so many), or the one of the environment variable COAPBRIDGE_SEED, to see a failure again.</summary>
internal static class Seeds
{
    public static TheoryData<int> All(int count = 200)
    {
        var one = Environment.GetEnvironmentVariable("COAPBRIDGE_SEED");
        return one is null
            ? [.. Enumerable.Range(1, count)]
            : [int.Parse(one, CultureInfo.InvariantCulture)];
    }
}
