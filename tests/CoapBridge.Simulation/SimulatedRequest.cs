using System.Text;
using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Simulation;

/// <summary>A request of a device and what it came to.</summary>
public sealed class SimulatedRequest(Instant asked, MessageType type, CoapCode method, byte[] options, byte[] payload, bool isRepeated)
{
    public Instant Asked => asked;

    public MessageType Type => type;

    public CoapCode Method => method;

    public ReadOnlySpan<byte> Options => options;

    public ReadOnlySpan<byte> Payload => payload;

    /// <summary>Asked again, as a new request, when it came to nothing.</summary>
    public bool IsRepeated => isRepeated;

    /// <summary>Times that it was asked.</summary>
    public int Attempts { get; internal set; }

    /// <summary>The whole response; empty until there is one.</summary>
    public byte[] Response { get; private set; } = [];

    /// <summary>Null until there is a response.</summary>
    public CoapCode? Code { get; private set; }

    /// <summary>In an ACK, or separate.</summary>
    public MessageType ResponseType { get; private set; }

    public uint? MaxAge { get; private set; }

    public string Diagnostic { get; private set; } = "";

    /// <summary>When the response came.</summary>
    public Instant Answered { get; private set; }

    /// <summary>Timed out, reset or without a connection, and not repeated.</summary>
    public bool HasFailed { get; internal set; }

    public bool IsOver => Code is not null || HasFailed;

    public TimeSpan Took => Answered - asked;

    internal void Answer(Instant now, byte[] datagram)
    {
        CoapMessage.TryParse(datagram, out var response, out _);
        Answered = now;
        Response = datagram;
        Code = response.Code;
        ResponseType = response.Type;
        MaxAge = response.TryGetUInt32(OptionNumber.MaxAge, out var maxAge) ? maxAge : null;
        Diagnostic = Encoding.UTF8.GetString(response.Payload);
    }
}
