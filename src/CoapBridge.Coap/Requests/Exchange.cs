namespace CoapBridge.Coap;

/// <summary>
/// A request that was handed out and may be answered, now or later. It stays a value after its end: answering it then
/// does nothing. Only the endpoint that gave it knows it. The default value names no exchange.
/// </summary>
public readonly record struct Exchange
{
    internal Exchange(ulong sequence) => Sequence = sequence;

    /// <summary>The registration of an observer of an earlier run.</summary>
    internal Exchange(Token observer) => Observer = observer;

    internal ulong Sequence { get; }

    internal Token? Observer { get; }
}
