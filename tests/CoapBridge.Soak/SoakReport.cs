using System.Globalization;
using System.Text;

namespace CoapBridge.Soak;

/// <summary>What a soak found: figures to read, and faults, of which there must be none.</summary>
internal sealed class SoakReport
{
    /// <summary>Handles and threads come and go a little: connections to the broker, the pool's threads.</summary>
    private const int Slack = 12;

    /// <summary>Answers that a device may get while things go wrong.</summary>
    private static readonly string[] Allowed = ["2.01", "2.04", "2.05", "2.31", "5.02", "5.03", "5.04", "4.04", "nothing"];

    private readonly StringBuilder _text = new();
    private readonly List<string> _faults = [];

    public SoakReport(
        SoakSettings settings, TimeSpan length, Ledger ledger, SoakCurve curve, Sample? last, string whatWentWrong, SoakFleet fleet,
        IReadOnlyList<Companion> companions, IReadOnlyList<string> commands, long noise, IReadOnlyList<string> troubles)
    {
        Write($"{length:hh\\:mm\\:ss}, seed {settings.Seed}");
        Write($"faults: {whatWentWrong}");
        Write($"devices: {fleet.Handshakes} handshakes ({fleet.Resumed} resumed), {fleet.Rebinds} new addresses, {fleet.Vanished} vanished, {fleet.Refused} strangers refused; {noise} datagrams of noise");
        foreach (var kind in ledger.Answers.GroupBy(entry => entry.Key[..entry.Key.LastIndexOf(' ')]))
        {
            Write($"  {kind.Key,-20} {string.Join("   ", kind.Select(entry => $"{entry.Key[(entry.Key.LastIndexOf(' ') + 1)..]}: {entry.Value}"))}");
        }

        _faults.AddRange(troubles);
        _faults.AddRange(fleet.Faults);
        _faults.AddRange(companions.SelectMany(companion => companion.Faults));
        Judge(ledger);
        Judge(companions, commands);
        Judge(curve, settings.Tolerance, last);
    }

    public IReadOnlyList<string> Faults => _faults;

    public override string ToString() => _text.ToString() + string.Concat(_faults.Select(fault => $"FAULT  {fault}\n"));

    private void Judge(Ledger ledger)
    {
        var owed = ledger.Owed;
        Write($"messages: {ledger.Arrivals} at the broker, {owed.Count} lost");
        _faults.AddRange(owed.Take(10).Select(one => $"{one.Device} was told 2.04 for its message {one.Number}, and the broker has not got it"));
        _faults.AddRange(ledger.Answers.Where(entry => !entry.Key.StartsWith("connection ", StringComparison.Ordinal) && !entry.Key.StartsWith("companion ", StringComparison.Ordinal))
            .Where(entry => !Allowed.Contains(entry.Key[(entry.Key.LastIndexOf(' ') + 1)..])).Select(entry => $"an answer that should not be: {entry.Key}, {entry.Value} times"));
    }

    private void Judge(IReadOnlyList<Companion> companions, IReadOnlyList<string> commands)
    {
        var given = companions.SelectMany(companion => companion.Commands).ToDictionary();
        var missing = commands.Where(command => !given.ContainsKey(command)).ToList();
        Write($"commands: {commands.Count}, {missing.Count} never given, {given.Values.Count(count => count > 1)} given more than once");
        _faults.AddRange(missing.Take(10).Select(command => $"never given to its device: {command}"));
    }

    private void Judge(SoakCurve curve, double tolerance, Sample? last)
    {
        if (curve.Samples.Count < 20 || last is null)
        {
            _faults.Add("too short, or the gateway did not answer: nothing can be said about its size");
            return;
        }

        Write($"the last process lived {curve.Samples[^1].Age:hh\\:mm\\:ss}; medians of the tenths of its life:");
        Show("memory, MiB", curve.Tenths(sample => sample.Memory / 1024.0), "0.0");
        Show("  of no file, MiB", curve.Tenths(sample => sample.Anonymous / 1024.0), "0.0");
        Show("handles", curve.Tenths(sample => sample.Handles), "0");
        Show("threads", curve.Tenths(sample => sample.Threads), "0");
        foreach (var name in new[] { "coapbridge_dtls_connections", "coapbridge_dtls_sessions", "coapbridge_relay_topics", "coapbridge_commands", "coapbridge_outbox_waiting", "coapbridge_relay_requests_open" })
        {
            Show(name["coapbridge_".Length..], curve.Tenths(sample => sample.Metric(name)), "0");
        }

        var growth = curve.Growth(sample => sample.Memory);
        Write($"memory from the second tenth to the last: {Percent(growth)} (at most {Percent(tolerance)})");
        Expect(growth <= tolerance, $"memory grew by {Percent(growth)}");
        Expect(curve.Tenths(sample => sample.Handles) is var handles && handles[^1] <= handles[1] + Slack, "the number of handles grew");
        Expect(curve.Tenths(sample => sample.Threads) is var threads && threads[^1] <= threads[1] + Slack, "the number of threads grew");
        Expect(last.Metric("coapbridge_unhandled_exceptions_total") == 0, "there were unhandled exceptions; the gateway's log has them");
        foreach (var name in new[] { "coapbridge_outbox_waiting", "coapbridge_outbox_quarantine", "coapbridge_relay_requests_open", "coapbridge_dtls_handshakes_open", "coapbridge_commands", "coapbridge_work_depth" })
        {
            Expect(last.Metric(name) == 0, $"{name} is {last.Metric(name)} at the end");
        }
    }

    private void Show(string what, double[] tenths, string format) =>
        Write($"  {what,-22}{string.Concat(tenths.Select(value => value.ToString(format, CultureInfo.InvariantCulture).PadLeft(8)))}");

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add(otherwise);
        }
    }

    private void Write(FormattableString line) => _text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Percent(double part) => (100 * part).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
