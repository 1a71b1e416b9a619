using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls;

/// <content>Return-routability (RFC 9853): the proof that the peer receives at an address. Whose address is the caller's matter.</content>
public sealed partial class DtlsConnection
{
    private ulong? _challengeToAnswer;

    /// <summary>Both sides agreed to check paths (RFC 9853 §3).</summary>
    public bool ReturnRoutability => _records.ReturnRoutability;

    /// <summary>The cookie of the path_response that <see cref="RecordOutcome.ReturnRoutability"/> stood for; null otherwise.</summary>
    public ulong? PathResponse { get; private set; }

    /// <summary>Seals a path_challenge, to be sent to the address that is to be proved (RFC 9853 §5).</summary>
    /// <param name="cookie">Unpredictable.</param>
    /// <param name="destination">Room for a record of 9 bytes.</param>
    /// <param name="length">The record's length.</param>
    public bool TrySealPathChallenge(ulong cookie, Span<byte> destination, out int length)
    {
        length = _state == State.Established && !_records.IsExhausted ? WritePathMessage(new PathMessage(PathMessageType.PathChallenge, cookie), destination) : 0;
        return length > 0;
    }

    private RecordOutcome HandlePathMessage(ReadOnlySpan<byte> content)
    {
        if (_state != State.Established || !_records.ReturnRoutability || !PathMessage.TryParse(content, out var message))
        {
            return RecordOutcome.ContentType;
        }

        switch (message.Type)
        {
            case PathMessageType.PathChallenge:
                _challengeToAnswer = message.Cookie;
                break;
            case PathMessageType.PathResponse:
                PathResponse = message.Cookie;
                break;
        }

        // RFC 9853 §4: other types are ignored.
        return RecordOutcome.ReturnRoutability;
    }

    private int WritePathResponse(Span<byte> buffer)
    {
        if (_challengeToAnswer is not { } cookie || _state != State.Established || _records.IsExhausted)
        {
            return 0;
        }

        _challengeToAnswer = null;
        return WritePathMessage(new PathMessage(PathMessageType.PathResponse, cookie), buffer);
    }

    private int WritePathMessage(in PathMessage message, Span<byte> destination)
    {
        Span<byte> content = stackalloc byte[PathMessage.Length];
        message.Write(content);
        return _records.Write(true, ContentType.ReturnRoutabilityCheck, content, destination);
    }
}
