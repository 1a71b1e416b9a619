using CoapBridge.Coap;

namespace CoapBridge.Tools.Load;

/// <summary>What one thread, or all of them, did in a time.</summary>
internal sealed class LoadFigures
{
    /// <summary>Devices that are connected at its end.</summary>
    public int Connected { get; set; }

    public long Handshakes { get; set; }

    /// <summary>Those of them that were abbreviated.</summary>
    public long Resumed { get; set; }

    /// <summary>Handshakes that came to nothing, by reason.</summary>
    public Dictionary<string, long> Refusals { get; } = [];

    /// <summary>Connections that ended under way, by reason.</summary>
    public Dictionary<string, long> Disconnects { get; } = [];

    public long Sent { get; set; }

    /// <summary>Responses, by the value of their code.</summary>
    public long[] Codes { get; } = new long[256];

    /// <summary>Requests that were sent again: a datagram of theirs, or of their answers, was lost or late.</summary>
    public long Repeated { get; set; }

    /// <summary>Requests that got no answer after all retransmissions, or whose connection ended first.</summary>
    public long Lost { get; set; }

    /// <summary>Turns of <see cref="LoadPlan.Rate"/> that passed because the device's window was full.</summary>
    public long Skipped { get; set; }

    public Latencies HandshakeTimes { get; } = new();

    public Latencies RequestTimes { get; } = new();

    public long Answered => Codes.Sum();

    public long Changed => Codes[CoapCode.Changed.Value];

    /// <summary>Answers that are not 2.xx.</summary>
    public long Refused => Codes.Where((_, code) => new CoapCode((byte)code).Class != 2).Sum();

    public static void Count(Dictionary<string, long> reasons, string reason, long count = 1) =>
        reasons[reason] = reasons.GetValueOrDefault(reason) + count;

    public void Add(LoadFigures other)
    {
        Connected += other.Connected;
        Handshakes += other.Handshakes;
        Resumed += other.Resumed;
        Sent += other.Sent;
        Repeated += other.Repeated;
        Lost += other.Lost;
        Skipped += other.Skipped;
        HandshakeTimes.Add(other.HandshakeTimes);
        RequestTimes.Add(other.RequestTimes);
        foreach (var (reason, count) in other.Refusals)
        {
            Count(Refusals, reason, count);
        }

        foreach (var (reason, count) in other.Disconnects)
        {
            Count(Disconnects, reason, count);
        }

        for (var code = 0; code < Codes.Length; code++)
        {
            Codes[code] += other.Codes[code];
        }
    }
}
