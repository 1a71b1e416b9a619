using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls.Rogue;

/// <summary>
/// One end of a handshake that is driven message by message, so that a test may stop, lie, repeat and leave out. The
/// other end, <see cref="Target"/>, is the real thing.
/// </summary>
internal abstract class RoguePeer(Func<HandshakeType, int> limits, ushort firstMessage)
{
    private readonly Reassembler _reassembler = new(firstMessage, limits);

    public DtlsConnection Target { get; protected set; } = null!;

    public Instant Now { get; set; } = new(1L << 50);

    public RecordLayer Records { get; } = new(1000);

    public Transcript Transcript { get; } = new();

    public ushort NextMessage { get; set; }

    public List<HandshakeMessage> Heard { get; } = [];

    /// <summary>What the target's look-ups find.</summary>
    public Dictionary<SessionId, DtlsSession> Sessions { get; init; } = [];

    public List<Alert> Alerts { get; } = [];

    public List<DtlsEvent> Events { get; } = [];

    public List<RecordOutcome> Outcomes { get; } = [];

    public List<byte[]> Delivered { get; } = [];

    public List<byte[]> Datagrams { get; } = [];

    public int ChangeCipherSpecs { get; private set; }

    public bool HoldWork { get; set; }

    public Queue<DtlsWork> Work { get; } = [];

    public DtlsEvent.HandshakeFailed Failure => Assert.IsType<DtlsEvent.HandshakeFailed>(Assert.Single(Events, what => what is not DtlsEvent.SessionInvalidated));

    public static byte[] Fragment(HandshakeType type, ushort sequence, int length, int offset, ReadOnlySpan<byte> bytes)
    {
        var fragment = new byte[HandshakeHeader.Length + bytes.Length];
        var writer = new WireWriter(fragment);
        new HandshakeHeader(type, length, sequence, offset, bytes.Length).Write(ref writer);
        writer.WriteBytes(bytes);
        return fragment;
    }

    public static byte[] Plain(ContentType type, ReadOnlySpan<byte> content, ulong sequence = 9, ushort epoch = 0, ushort version = DtlsVersion.Dtls12)
    {
        var record = new byte[RecordHeader.Length + content.Length];
        new RecordHeader(type, version, epoch, sequence, content.Length).Write(record);
        content.CopyTo(record.AsSpan(RecordHeader.Length));
        return record;
    }

    /// <summary>The next message in order.</summary>
    public void Send(HandshakeType type, byte[] body, bool isProtected = false)
    {
        var sequence = NextMessage++;
        Transcript.Add(type, sequence, body);
        SendRecord(ContentType.Handshake, Fragment(type, sequence, body.Length, 0, body), isProtected);
    }

    public byte[] Seal(ContentType type, ReadOnlySpan<byte> content, bool isProtected)
    {
        var buffer = new byte[content.Length + 64];
        return buffer[..Records.Write(isProtected, type, content, buffer)];
    }

    /// <summary>A protected record whose explicit nonce is not its number (RFC 5288 §3 leaves it to the sender).</summary>
    public byte[] SealUnderNonce(ulong sequence, ulong nonce, ReadOnlySpan<byte> data)
    {
        var protection = Assert.IsType<RecordProtection>(typeof(RecordLayer)
            .GetField("_write", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(Records));
        var header = new RecordHeader(ContentType.ApplicationData, DtlsVersion.Dtls12, 1, sequence, data.Length + protection.Overhead);
        var record = new byte[header.RecordLength];
        header.Write(record);
        var additional = new byte[AdditionalData.MaximumLength];
        var length = AdditionalData.Write(header, default, data.Length, additional);
        data.CopyTo(record.AsSpan(RecordHeader.Length + RecordProtection.ExplicitNonceLength));
        protection.Seal(additional.AsSpan(0, length), nonce, record.AsSpan(RecordHeader.Length));
        return record;
    }

    public void SendRecord(ContentType type, ReadOnlySpan<byte> content, bool isProtected = false) => Deliver(Seal(type, content, isProtected));

    public void SendChangeCipherSpec() => SendRecord(ContentType.ChangeCipherSpec, [1]);

    public virtual void Deliver(byte[] datagram)
    {
        var rest = datagram.ToArray().AsSpan();
        while (!rest.IsEmpty)
        {
            var outcome = Target.HandleRecord(Now, ref rest, out var data);
            Outcomes.Add(outcome);
            if (outcome == RecordOutcome.ApplicationData)
            {
                Delivered.Add(data.ToArray());
            }
        }

        Drain();
    }

    public virtual void Advance(TimeSpan time)
    {
        var end = Now + time;
        while (Target.NextDeadline is { } due && due <= end)
        {
            Now = due > Now ? due : Now;
            Target.HandleTimeout(Now);
            Drain();
        }

        Now = end;
    }

    public void RunWork()
    {
        while (Work.TryDequeue(out var work))
        {
            Target.HandleWork(
                Now, work is SessionLookup lookup ? lookup.Answer(Sessions.GetValueOrDefault(lookup.Id)) : work.Run(DateTimeOffset.UtcNow));
            Drain();
        }
    }

    public virtual void Drain()
    {
        var buffer = new byte[2048];
        while (Target.TryTakeTransmit(buffer, out var length))
        {
            Hear(buffer[..length]);
        }

        while (Target.TryTakeEvent(out var what))
        {
            Events.Add(what);
        }

        while (Target.TryTakeWork(out var work))
        {
            Work.Enqueue(work);
        }

        if (!HoldWork)
        {
            RunWork();
        }
    }

    protected void Hear(byte[] datagram)
    {
        Datagrams.Add(datagram);
        var rest = datagram.ToArray().AsSpan();
        while (!rest.IsEmpty)
        {
            Assert.True(RecordHeader.TryParse(rest, Records.ReceiveConnectionId.Length, out var header));
            var record = rest[..header.RecordLength];
            var fragment = record[header.HeaderLength..];
            var type = header.Type;
            rest = rest[header.RecordLength..];
            if (header.Epoch == 1)
            {
                if (!Records.ReadsProtected || Records.Open(header, record, out type, out fragment) != RecordOutcome.ApplicationData)
                {
                    continue;
                }
            }

            HearRecord(type, fragment);
        }
    }

    private void HearRecord(ContentType type, ReadOnlySpan<byte> content)
    {
        switch (type)
        {
            case ContentType.Alert:
                Assert.True(Alert.TryParse(content, out var alert));
                Alerts.Add(alert);
                break;
            case ContentType.ChangeCipherSpec:
                ChangeCipherSpecs++;
                break;
            case ContentType.Handshake:
                var reader = new WireReader(content);
                Assert.True(HandshakeHeader.TryRead(ref reader, out var header, out var fragment));
                _reassembler.Add(header, fragment);
                while (_reassembler.TryTakeNext(out var message))
                {
                    Heard.Add(message);
                    Transcript.Add(message.Type, message.MessageSequence, message.Body);
                    OnMessage(message);
                }

                break;
        }
    }

    protected virtual void OnMessage(in HandshakeMessage message)
    {
    }
}
