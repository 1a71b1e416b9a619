namespace CoapBridge.Coap;

/// <summary>A notification (RFC 7641 §4.2) that was given to an endpoint, as its events name it. The default value names none.</summary>
public readonly record struct Notification
{
    internal Notification(Token token, uint number) => (Token, Number) = (token, number);

    /// <summary>Whose: the token of the observer's registration.</summary>
    public Token Token { get; }

    internal uint Number { get; }
}
