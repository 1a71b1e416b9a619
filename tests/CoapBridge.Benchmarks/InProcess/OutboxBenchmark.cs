using System.Diagnostics;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Mqtt;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Upstream;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>
/// The outbox's thread with its file in the working directory: messages of 500 devices, one open request each, until they are
/// on disk; then a broker that acknowledges at once; then what a start takes with a million stored.
/// </summary>
internal static class OutboxBenchmark
{
    private const int Devices = 500;
    private const int Appended = 100_000;
    private const int Stored = 1_000_000;

    public static void Run()
    {
        Report.Begin($"the outbox, {Devices} devices, 100 bytes each, wall time");
        var folder = Directory.CreateDirectory($"outbox-{Environment.ProcessId}");
        try
        {
            var path = Path.Combine(folder.FullName, "outbox.db");
            using var claim = new OutboxClaim(path);
            var upstream = new UpstreamInbox(() => { });
            using (var outbox = new Running(claim, upstream))
            {
                Report.Line("stored, each fsynced before its 2.04", "µs", [outbox.Append(Appended, Devices)], target: 50);
                Report.Line("drained", "µs", [outbox.Drain(upstream)], target: 100);
            }

            using (var outbox = new Running(claim, upstream))
            {
                Report.Line($"{Stored:#,0} more, 8,192 open at once", "µs", [outbox.Append(Stored, 8_192)]);
            }

            var clock = Stopwatch.StartNew();
            OutboxFile.Open(path).Dispose(); // as whichever thread is first, with its look through the whole file
            var looked = clock.Elapsed.TotalSeconds;
            using var again = new Running(claim, upstream);
            Report.Line($"opened with {again.Loop.Desk.Count:#,0} stored", "s", [clock.Elapsed.TotalSeconds], target: 2, note: $"{looked:0.00} of it the look through the file ({new FileInfo(path).Length >> 20} MiB)");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A loop, and who waits for its receipts.</summary>
    private sealed class Running : IDisposable
    {
        private readonly SemaphoreSlim _room = new(0);
        private int _refused;

        public Running(OutboxClaim claim, UpstreamInbox upstream)
        {
            Loop = new OutboxLoop(
                new OutboxDesk(new OutboxSettings { MaximumBytes = long.MaxValue / 2 }, 1), claim, upstream, Hear, _ => { }, _ => { },
                exception => throw exception, NullLogger.Instance);
            Loop.Start();
        }

        public OutboxLoop Loop { get; }

        /// <summary>Microseconds a message.</summary>
        public double Append(int count, int open)
        {
            _room.Release(open);
            var clock = Stopwatch.StartNew();
            for (var number = 0; number < count; number++)
            {
                _room.Wait();
                var device = $"device-{number % Devices}";
                Loop.TryPost(OutboxMail.Of(new KeptMessage(0, (ulong)number, device, new ApplicationMessage
                {
                    Topic = $"devices/{device}/e/door",
                    Payload = new byte[100],
                    QualityOfService = QualityOfService.AtLeastOnce,
                    UserProperties =
                    [
                        new("device", device), new("gateway", "gateway-1"), new("cert_sha256", new string('a', 64)), new("path", "/e/door"),
                        new("message_id", $"{number:x32}"),
                    ],
                })));
            }

            for (var left = 0; left < open; left++)
            {
                _room.Wait();
            }

            return _refused == 0 ? clock.Elapsed.TotalMicroseconds / count : throw new InvalidOperationException($"{_refused} were refused");
        }

        public double Drain(UpstreamInbox upstream)
        {
            var count = Loop.Desk.Count;
            var clock = Stopwatch.StartNew();
            Loop.TryPost(OutboxMail.Of(new UpstreamStatus(UpstreamState.Connected)));
            while (Loop.Desk.Count > 0)
            {
                if (upstream.TryTake(out Publish publish))
                {
                    Loop.TryPost(OutboxMail.Of(new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged)));
                }
                else
                {
                    Thread.Yield();
                }
            }

            return clock.Elapsed.TotalMicroseconds / count;
        }

        public void Dispose()
        {
            Loop.Dispose();
            _room.Dispose();
        }

        private bool Hear(OutboxReceipt answer)
        {
            _refused += answer.Receipt.Outcome == ReceiptOutcome.Stored ? 0 : 1;
            _room.Release();
            return true;
        }
    }
}
