using System.Buffers.Binary;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Benchmarks.Support;

/// <summary>A device without a socket: one connection, requests one after the other, and the code of the last answer.</summary>
/// <param name="settings">Its certificate, and the server's.</param>
/// <param name="now">The present.</param>
/// <param name="connectionId">What it wants to receive; null for no Connection IDs.</param>
/// <param name="session">To be resumed.</param>
internal sealed class BenchmarkDevice(DtlsSettings settings, Instant now, byte[]? connectionId = null, DtlsSession? session = null)
{
    private static readonly SystemEntropy Entropy = new();

    private readonly DtlsConnection _connection = DtlsClient.Connect(settings, Entropy, now, connectionId, session);
    private readonly byte[] _message = new byte[CoapMessage.MaxLength];
    private ushort _messageId;
    private ushort _toAcknowledge;
    private bool _owesAcknowledgement;

    public DtlsConnection Connection => _connection;

    public bool IsConnected => _connection.IsEstablished;

    /// <summary>What the handshake left to be resumed, and whether it was an abbreviated one itself.</summary>
    public DtlsSession? Session { get; private set; }

    public bool IsResumed { get; private set; }

    /// <summary>Why the handshake failed; null while it has not.</summary>
    public string? Failure { get; private set; }

    /// <summary>The code of the last response; null while one is awaited.</summary>
    public CoapCode? Answer { get; private set; }

    public Instant? NextDeadline => _connection.NextDeadline;

    public void HandleTimeout(Instant time) => _connection.HandleTimeout(time);

    public void HandleDatagram(Instant time, Span<byte> datagram)
    {
        while (!datagram.IsEmpty)
        {
            if (_connection.HandleRecord(time, ref datagram, out var message) == RecordOutcome.ApplicationData)
            {
                HandleMessage(message);
            }
        }

        while (_connection.TryTakeWork(out var work))
        {
            _connection.HandleWork(time, work.Run(DateTimeOffset.UtcNow));
        }

        while (_connection.TryTakeEvent(out var what))
        {
            if (what is DtlsEvent.HandshakeCompleted completed)
            {
                (Session, IsResumed) = (completed.Session, completed.IsResumed);
            }
            else if (what is DtlsEvent.HandshakeFailed failed)
            {
                Failure = $"{failed.Reason} {failed.Alert}";
            }
        }
    }

    public bool TryTakeTransmit(Span<byte> buffer, out int length)
    {
        if (_owesAcknowledgement)
        {
            _owesAcknowledgement = false;
            var writer = new CoapWriter(_message, MessageType.Acknowledgement, CoapCode.Empty, _toAcknowledge, []);
            return _connection.TrySeal(writer.Written, buffer, out length);
        }

        return _connection.TryTakeTransmit(buffer, out length);
    }

    /// <summary>A CON POST with a token of 4 bytes and 20 bytes of payload.</summary>
    public int SealPost(string path, Span<byte> buffer)
    {
        Answer = null;
        Span<byte> token = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(token, ++_messageId);
        var writer = new CoapWriter(_message, MessageType.Confirmable, CoapCode.Post, _messageId, token);
        foreach (var segment in path.Split('/'))
        {
            writer.WriteOption(OptionNumber.UriPath, segment);
        }

        writer.WritePayload("temperature=21.5 C;;"u8);
        return _connection.TrySeal(writer.Written, buffer, out var length) ? length : throw new InvalidOperationException("The connection is over.");
    }

    /// <summary>A CON GET that registers as an observer.</summary>
    public int SealObserve(string path, Span<byte> buffer)
    {
        var writer = new CoapWriter(_message, MessageType.Confirmable, CoapCode.Get, ++_messageId, [1]);
        writer.WriteOption(OptionNumber.Observe, 0);
        foreach (var segment in path.Split('/'))
        {
            writer.WriteOption(OptionNumber.UriPath, segment);
        }

        return _connection.TrySeal(writer.Written, buffer, out var length) ? length : throw new InvalidOperationException("The connection is over.");
    }

    private void HandleMessage(ReadOnlySpan<byte> datagram)
    {
        if (!CoapMessage.TryParse(datagram, out var message, out _) || message.Code.IsEmpty)
        {
            return;
        }

        Answer = message.Code;
        _owesAcknowledgement = message.Type == MessageType.Confirmable;
        _toAcknowledge = message.MessageId;
    }
}
