using CoapBridge.Dtls;
using CoapBridge.Fuzz.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>A device that really talks with the gateway: what it says makes sense there, before it is changed.</summary>
internal sealed class LiveDevice(FixedParty party, int seed, byte[]? connectionId, Instant? start = null)
{
    private readonly byte[] _buffer = new byte[2048];
    private readonly DtlsConnection _connection = DtlsClient.Connect(
        party.Settings(new PinnedVerifier(FixedParty.Gateway)) with { OffersReturnRoutability = seed % 2 == 0, MaximumDatagram = seed % 3 == 0 ? 400 : 1232 },
        new ReplayEntropy(seed), start ?? new Instant(1L << 50), connectionId);

    public bool IsEstablished => _connection.IsEstablished;

    /// <summary>What the gateway wants in each record.</summary>
    public ReadOnlySpan<byte> GatewaysConnectionId => _connection.Records.SendConnectionId;

    public bool IsClosed => _connection.IsClosed;

    public Instant? NextDeadline => _connection.NextDeadline;

    public void HandleTimeout(Instant now) => _connection.HandleTimeout(now);

    public void Hear(Instant now, byte[] datagram)
    {
        var rest = datagram.ToArray().AsSpan();
        while (!rest.IsEmpty)
        {
            _connection.HandleRecord(now, ref rest, out _);
        }
    }

    /// <summary>What it wants to send now.</summary>
    public IEnumerable<byte[]> Says(Instant now)
    {
        while (_connection.TryTakeWork(out var work))
        {
            _connection.HandleWork(now, work.Run(FixedParty.Time));
        }

        while (_connection.TryTakeTransmit(_buffer, out var length))
        {
            yield return _buffer[..length];
        }
    }

    public byte[] Seal(ReadOnlySpan<byte> data) => _connection.TrySeal(data, _buffer, out var length) ? _buffer[..length] : [];

    /// <summary>The Connection ID and all that is needed to go on elsewhere.</summary>
    public byte[] Save(Instant now)
    {
        var writer = new WireWriter(new byte[700]);
        _connection.Save(now, ref writer);
        return writer.Written.ToArray();
    }
}
