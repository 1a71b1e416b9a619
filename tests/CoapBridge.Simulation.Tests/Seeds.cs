using System.Globalization;

namespace CoapBridge.Simulation.Tests;

/// <summary>The seeds of a theory: 1 to 200, or the one of the environment variable COAPBRIDGE_SEED, to see a failure again.</summary>
internal static class Seeds
{
    public static TheoryData<int> All()
    {
        var one = Environment.GetEnvironmentVariable("COAPBRIDGE_SEED");
        return one is null
            ? [.. Enumerable.Range(1, 200)]
            : [int.Parse(one, CultureInfo.InvariantCulture)];
    }
}
