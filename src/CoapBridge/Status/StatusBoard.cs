using System.Reflection;
using CoapBridge.Admin;
using CoapBridge.Gateway;
using CoapBridge.Network;
using CoapBridge.Reload;
using CoapBridge.Wire;

namespace CoapBridge.Status;

/// <summary>
/// Asks everybody how they do and puts it together. Nobody is held up: shards look at their connections in portions, and what a slow
/// one does not tell in time is left out; the others' numbers are read as they stand.
/// </summary>
internal sealed class StatusBoard(GatewayAssembly gateway, Reloader reloader, Readiness readiness, RecentProblems problems, TimeProvider time)
{
    /// <summary>Connections that can be paged through; whoever looks for one of more asks for its name.</summary>
    private const int MaximumListed = 10_000;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly DateTimeOffset _started = time.GetUtcNow();

    public static string Version { get; } =
        typeof(StatusBoard).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion is { } version
            ? version[..Math.Min(version.Length, version.IndexOf('+', StringComparison.Ordinal) is var plus and >= 0 ? plus + 8 : version.Length)] : "0";

    public async Task<StatusSnapshot> LookAsync(DeviceQuestion question)
    {
        var loops = gateway.Shards.Loops;
        var surveys = await gateway.Shards.SurveyAsync(question.NameContains, (MaximumListed / loops.Count) + 1, _patience).ConfigureAwait(false);
        var (now, present, files) = (Clock.Now, time.GetUtcNow(), reloader.InForce);
        var missing = readiness.Missing;
        var upstream = gateway.Journal.Report;
        var snapshot = new StatusSnapshot
        {
            Time = present,
            Gateway = files.Options.Upstream.ClientId,
            Version = Version,
            UptimeSeconds = (long)(present - _started).TotalSeconds,
            Ready = missing.Count == 0,
            Missing = missing,
            Upstream = upstream with { CertificateDaysLeft = upstream.CertificateEnd is { } end ? TrustedCertificates.DaysLeft(end, present) : null },
            Outbox = Outbox(files, present),
            Connections = Connections(now, present, files.Options.Listen.MaxConnections),
            Certificates = TrustedCertificates.Of(files.Credentials, present),
            RevocationLists = TrustedCertificates.Of(files, present),
            Devices = Devices(surveys, question, now, present),
            Problems = problems.Reports,
            Configuration = reloader.Report,
        };
        var reasons = TrafficLight.Reasons(snapshot, readiness.RaisedAlarms, gateway.Pulses.Stuck(now), gateway.Shards.FaultCount);
        return snapshot with { Light = reasons.Select(reason => reason.Light).DefaultIfEmpty(StatusLight.Green).Max(), Reasons = [.. reasons.OrderByDescending(reason => reason.Light)] };
    }

    /// <summary>A bug of ours: counted and logged like those of the shards.</summary>
    public void HandleFault(Exception exception) => gateway.Shards.OnFault(exception, "status", null);

    private OutboxReport Outbox(LoadedFiles files, DateTimeOffset present)
    {
        var (loop, maximum) = (gateway.Shards.Outbox, files.Options.Outbox.MaxBytes);
        var desk = loop.Desk;
        var age = loop.OldestStored is { } oldest ? Math.Max(0, (long)(present - oldest).TotalSeconds) : (long?)null;
        return new OutboxReport(desk.Count, desk.Bytes, maximum, age, desk.QuarantinedCount, desk.Bytes >= maximum / 100 * 99);
    }

    private ConnectionsReport Connections(Instant now, DateTimeOffset present, long maximum)
    {
        var loops = gateway.Shards.Loops;
        var refusals = loops.SelectMany(loop => loop.Handshakes.Refused).GroupBy(one => one.Reason)
            .Select(reason => Refusal(reason.Key, [.. reason], now, present)).OfType<RefusalReport>()
            .OrderBy(reason => RefusalWords.IsHarmless(reason.Reason)).ThenByDescending(reason => reason.Recent).ThenByDescending(reason => reason.Count).ToList();
        return new ConnectionsReport(
            loops.Sum(loop => (long)loop.Shard.ConnectionCount), maximum, loops.Sum(loop => (long)loop.Shard.HandshakeCount),
            loops.Sum(loop => loop.Handshakes.Ok), refusals.Sum(refusal => refusal.Count), MinuteCounts.Window,
            loops.Sum(loop => loop.Handshakes.RecentOk.Sum(now)), refusals.Where(refusal => !RefusalWords.IsHarmless(refusal.Reason)).Sum(refusal => refusal.Recent),
            refusals);
    }

    private static RefusalReport? Refusal(string reason, IReadOnlyList<HandshakeTally.Refusals> shards, Instant now, DateTimeOffset present)
    {
        if (shards.Select(shard => shard.Last).OfType<HandshakeTally.Example>().MaxBy(example => example.At) is not { } last)
        {
            return null;
        }

        var (what, remedy) = RefusalWords.Of(reason);
        return new RefusalReport(
            reason, shards.Sum(shard => shard.Total), shards.Sum(shard => shard.Recent.Sum(now)), what, remedy, present - (now - last.At),
            last.What.Path.Remote.ToString(), last.What.Peer?.Subject);
    }

    private static DevicesReport Devices(IReadOnlyList<ConnectionSurvey?> surveys, DeviceQuestion question, Instant now, DateTimeOffset present)
    {
        var found = surveys.OfType<ConnectionSurvey>().SelectMany(survey => survey.Found)
            .DistinctBy(one => (one.Device, one.Address))
            .OrderBy(one => one.Device, StringComparer.Ordinal).ThenBy(one => one.Since).Take(MaximumListed).ToList();
        var pages = Math.Max(1, (found.Count + question.Size - 1) / question.Size);
        var page = Math.Min(question.Page, pages);
        return new DevicesReport(
            question.NameContains, surveys.Sum(survey => survey?.Count ?? 0), found.Count, page, pages, surveys.All(survey => survey is not null),
            [
                .. found.Skip((page - 1) * question.Size).Take(question.Size).Select(one => new DeviceRow(
                    one.Device, one.Address.ToString(), present - (now - one.Since), present - (now - one.LastHeard), one.Messages, one.CertificateEnd,
                    TrustedCertificates.DaysLeft(one.CertificateEnd, present), one.IsRefused)),
            ]);
    }
}
