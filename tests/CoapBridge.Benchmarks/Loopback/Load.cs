using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>Makes a server work, from one thread.</summary>
internal sealed class Load(ServerUnderTest server, IReadOnlyList<DtlsSettings> devices)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly byte[] _buffer = new byte[2048];
    private int _next;

    /// <summary>So many handshakes, some at a time; each connection is closed again.</summary>
    public void Handshake(int count, int atATime, CancellationToken over = default) =>
        Handshake(count, atATime, () => NewDevice(), _ => { }, over);

    /// <summary>The sessions that so many full handshakes leave.</summary>
    public List<DtlsSession> Sessions(int count)
    {
        var sessions = new List<DtlsSession>();
        Handshake(count, 1, () => NewDevice(), device => sessions.Add(device.Session ?? throw new InvalidOperationException($"{server.Name} keeps no sessions.")), default);
        return sessions;
    }

    /// <summary>So many abbreviated handshakes, with these sessions in turn.</summary>
    public void Resume(int count, int atATime, List<DtlsSession> sessions) => Handshake(
        count, atATime, () => NewDevice(sessions[_next % sessions.Count]),
        device => Require(device.IsResumed, "a resumed handshake"), default);

    private void Handshake(int count, int atATime, Func<LoadDevice> create, Action<LoadDevice> connected, CancellationToken over)
    {
        var begun = 0;
        var slots = new LoadDevice?[atATime];
        for (var done = 0; done < count && !over.IsCancellationRequested;)
        {
            var moved = false;
            for (var index = 0; index < slots.Length; index++)
            {
                if (slots[index] is null && begun < count)
                {
                    slots[index] = create();
                    begun++;
                }

                if (slots[index] is not { } device)
                {
                    continue;
                }

                moved |= device.Pump();
                if (device.IsConnected)
                {
                    connected(device);
                    device.Close();
                    device.Dispose();
                    slots[index] = null;
                    done++;
                }
                else if (device.IsClosed)
                {
                    throw new InvalidOperationException($"{server.Name}: a handshake failed: {device.Failure}");
                }
            }

            if (!moved)
            {
                slots.FirstOrDefault(slot => slot is not null)?.Wait(1_000);
            }
        }
    }

    public LoadDevice[] Connect(int count)
    {
        var devices = Enumerable.Range(0, count).Select(_ => NewDevice()).ToArray();
        var deadline = DateTime.UtcNow + (4 * Patience);
        while (devices.FirstOrDefault(device => !device.IsConnected) is { } waiting)
        {
            waiting.Wait(1_000);
            foreach (var device in devices)
            {
                device.Pump();
            }

            Require(DateTime.UtcNow < deadline, "a handshake");
        }

        return devices;
    }

    /// <summary>Every device has one request under way; when all are answered, the next round begins.</summary>
    public void Post(LoadDevice[] devices, int rounds, string path, CoapCode expected)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var device in devices)
            {
                device.Post(path);
            }

            foreach (var device in devices)
            {
                var deadline = DateTime.UtcNow + Patience;
                while (device.Answer is null)
                {
                    if (!device.Pump())
                    {
                        device.Wait(10_000);
                        Require(DateTime.UtcNow < deadline, "an answer");
                    }
                }

                Require(device.Answer == expected, $"{expected} (came {device.Answer})");
            }
        }
    }

    private LoadDevice NewDevice(DtlsSession? session = null) =>
        new(server, devices[_next++ % devices.Count] with { Verifier = server.Verifier }, _buffer, session);

    private void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{server.Name} owes {what}.");
        }
    }
}
