using CoapBridge.Relay;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Status;

/// <summary>How the way to the broker stands, and why it last did not. The broker's one owner writes, anybody reads.</summary>
/// <param name="broker">Host and port of the broker that is preferred.</param>
/// <param name="time">The time of day.</param>
internal sealed class UpstreamJournal(string broker, TimeProvider time)
{
    private UpstreamReport _report = new(Word(UpstreamState.Away), broker, null, time.GetUtcNow(), null, null, null, null);

    public UpstreamReport Report => Volatile.Read(ref _report);

    /// <summary>TLS is there.</summary>
    /// <param name="host">Host and port, as configured.</param>
    /// <param name="address">The address that answered.</param>
    /// <param name="certificateEnd">When the broker's certificate expires; null: not known.</param>
    public void Secured(string host, string address, DateTimeOffset? certificateEnd) =>
        Write(_report with { Broker = host, Address = address, CertificateEnd = certificateEnd ?? _report.CertificateEnd });

    /// <summary>An attempt, or a connection, came to nothing.</summary>
    public void Failed(string what, string? remedy) => Write(_report with { LastFailure = new UpstreamFailure(time.GetUtcNow(), what, remedy) });

    public void Changed(Instant now, in UpstreamStatus status)
    {
        var state = Word(status.State);
        var present = time.GetUtcNow();
        Write(_report with
        {
            Since = state == _report.State ? _report.Since : present,
            State = state,
            NextAttempt = status.NextAttempt is { } next ? present + (next - now) : null,
        });
    }

    private static string Word(UpstreamState state) => SnakeCase.Of(state.ToString());

    private void Write(UpstreamReport report) => Volatile.Write(ref _report, report);
}
