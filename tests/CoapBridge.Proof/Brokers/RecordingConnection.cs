using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace CoapBridge.Proof.Brokers;

/// <summary>One client of the <see cref="RecordingBroker"/>: what comes in one read is recorded with one fsync, then acknowledged.</summary>
internal sealed class RecordingConnection(SslStream stream, RecordingBroker broker, Journal journal, Mischief mischief)
{
    private const byte RefusedFirst = 0x80;

    private readonly CancellationTokenSource _over = new();
    private readonly List<(ushort Identifier, byte Code)> _acknowledgements = [];
    private readonly List<byte> _output = [];
    private byte[] _buffer = new byte[65_536];
    private int _filled;
    private bool _isOver;

    public void Abort() => _over.Cancel();

    public async Task RunAsync()
    {
        var reading = stream.ReadAsync(_buffer.AsMemory(_filled), _over.Token).AsTask();
        while (!_isOver)
        {
            // While PUBACKs are owed, look again soon whether they may go.
            await Task.WhenAny(reading, Task.Delay(_acknowledgements.Count > 0 ? 20 : 1_000, _over.Token));
            if (reading.IsCompleted)
            {
                var length = await reading;
                if (length == 0)
                {
                    return;
                }

                _filled += length;
                TakePackets();
                reading = stream.ReadAsync(_buffer.AsMemory(_filled), _over.Token).AsTask();
            }

            _over.Token.ThrowIfCancellationRequested();
            Acknowledge();
            if (_output.Count > 0)
            {
                await stream.WriteAsync(_output.ToArray(), _over.Token);
                _output.Clear();
            }
        }
    }

    private void TakePackets()
    {
        var at = 0;
        var isRecorded = false;
        while (TryCut(at, out var first, out var body, out var next))
        {
            isRecorded |= Handle(first, body);
            at = next;
        }

        if (isRecorded)
        {
            journal.Flush();
        }

        _buffer.AsSpan(at, _filled - at).CopyTo(_buffer);
        _filled -= at;
        if (_filled == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
    }

    private bool TryCut(int at, out byte first, out ReadOnlySpan<byte> body, out int next)
    {
        first = 0;
        body = default;
        next = at;
        var length = 0;
        for (int shift = 0, index = at + 1; index < _filled; shift += 7, index++)
        {
            length |= (_buffer[index] & 0x7F) << shift;
            if (_buffer[index] < 0x80)
            {
                (first, next) = (_buffer[at], index + 1 + length);
                var isWhole = next <= _filled;
                body = isWhole ? _buffer.AsSpan(index + 1, length) : default;
                return isWhole;
            }
        }

        return false;
    }

    /// <summary>True when something was recorded.</summary>
    private bool Handle(byte first, ReadOnlySpan<byte> body)
    {
        switch (first & 0xF0)
        {
            case 0x10:
                Welcome(body);
                break;
            case 0x30:
                return Publish((first >> 1) & 3, body);
            case 0x80:
                _output.AddRange([0x90, (byte)(3 + CountFilters(body, 1)), body[0], body[1], 0, .. Enumerable.Repeat((byte)1, CountFilters(body, 1))]);
                break;
            case 0xA0:
                _output.AddRange([0xB0, (byte)(3 + CountFilters(body, 0)), body[0], body[1], 0, .. new byte[CountFilters(body, 0)]]);
                break;
            case 0xC0:
                _output.AddRange([0xD0, 0]);
                break;
            case 0xE0:
                _isOver = true;
                break;
        }

        return false;
    }

    private void Welcome(ReadOnlySpan<byte> body)
    {
        var isClean = (body[7] & 0x02) != 0;
        var rest = body[10..];
        rest = rest[(1 + rest[0])..]; // properties of CONNECT take less than 128 bytes
        var client = Encoding.UTF8.GetString(rest.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(rest)));
        var isPresent = broker.TakeOver(client, this, isClean);
        _output.AddRange([0x20, 3, (byte)(isPresent ? 1 : 0), 0, 0]);
    }

    private bool Publish(int qualityOfService, ReadOnlySpan<byte> body)
    {
        var topicLength = BinaryPrimitives.ReadUInt16BigEndian(body);
        var topic = Encoding.UTF8.GetString(body.Slice(2, topicLength));
        var rest = body[(2 + topicLength)..];
        ushort identifier = 0;
        if (qualityOfService > 0)
        {
            identifier = BinaryPrimitives.ReadUInt16BigEndian(rest);
            rest = rest[2..];
        }

        var (propertiesLength, size) = ReadVariable(rest);
        var properties = rest.Slice(size, propertiesLength);
        var payload = rest[(size + propertiesLength)..];
        var isOurs = topic.StartsWith("devices/", StringComparison.Ordinal);
        if (isOurs && qualityOfService > 0 && Random.Shared.Next(100) < mischief.Refusals)
        {
            byte[] codes = [RefusedFirst, 0x83, 0x97];
            _acknowledgements.Add((identifier, codes[Random.Shared.Next(codes.Length)]));
            return false;
        }

        if (isOurs)
        {
            journal.Append(topic, MessageId(properties), payload);
        }

        if (qualityOfService > 0)
        {
            _acknowledgements.Add((identifier, 0));
        }

        return isOurs;
    }

    private void Acknowledge()
    {
        if (mischief.Holds || _acknowledgements.Count == 0)
        {
            return;
        }

        var due = _acknowledgements.ToArray();
        if (mischief.Shuffles)
        {
            Random.Shared.Shuffle(due);
            due = due[..((due.Length + 1) / 2)];
        }

        foreach (var (identifier, code) in due)
        {
            byte[] packet = code == 0 ? [0x40, 2, (byte)(identifier >> 8), (byte)identifier] : [0x40, 3, (byte)(identifier >> 8), (byte)identifier, code];
            _output.AddRange(packet);
        }

        var sent = due.ToHashSet();
        _acknowledgements.RemoveAll(sent.Contains);
    }

    /// <summary>The user property of that name; empty when there is none.</summary>
    private static string MessageId(ReadOnlySpan<byte> properties)
    {
        while (!properties.IsEmpty)
        {
            var identifier = properties[0];
            properties = properties[1..];
            switch (identifier)
            {
                case 0x26:
                    var name = TakeString(ref properties);
                    var value = TakeString(ref properties);
                    if (name == "message_id")
                    {
                        return value;
                    }

                    break;
                case 0x03 or 0x08 or 0x09:
                    TakeString(ref properties);
                    break;
                case 0x01:
                    properties = properties[1..];
                    break;
                case 0x02:
                    properties = properties[4..];
                    break;
                default:
                    throw new ProofException($"a PUBLISH with the property 0x{identifier:x2}");
            }
        }

        return "";
    }

    private static string TakeString(ref ReadOnlySpan<byte> from)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(from);
        var text = Encoding.UTF8.GetString(from.Slice(2, length));
        from = from[(2 + length)..];
        return text;
    }

    private static (int Value, int Size) ReadVariable(ReadOnlySpan<byte> from)
    {
        var value = 0;
        for (var index = 0; ; index++)
        {
            value |= (from[index] & 0x7F) << (7 * index);
            if (from[index] < 0x80)
            {
                return (value, index + 1);
            }
        }
    }

    /// <param name="body">Of SUBSCRIBE or UNSUBSCRIBE.</param>
    /// <param name="tail">Bytes behind each filter.</param>
    private static int CountFilters(ReadOnlySpan<byte> body, int tail)
    {
        var (length, size) = ReadVariable(body[2..]);
        var count = 0;
        for (var rest = body[(2 + size + length)..]; !rest.IsEmpty; count++)
        {
            rest = rest[(2 + BinaryPrimitives.ReadUInt16BigEndian(rest) + tail)..];
        }

        return count;
    }
}
