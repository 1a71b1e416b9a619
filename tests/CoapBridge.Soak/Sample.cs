namespace CoapBridge.Soak;

/// <summary>The gateway's process at one time.</summary>
/// <param name="Age">Since it was started.</param>
/// <param name="Memory">Resident set, KiB.</param>
/// <param name="Anonymous">That part of it that is no file's, KiB.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Metrics">Each metric of <c>/metrics</c>, summed over its labels.</param>
internal sealed record Sample(TimeSpan Age, long Memory, long Anonymous, int Handles, int Threads, IReadOnlyDictionary<string, double> Metrics)
{
    public double Metric(string name) => Metrics.GetValueOrDefault(name);
}
