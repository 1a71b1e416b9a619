using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// One entry in the list of observers (RFC 7641 §4.1): a peer wants to be told of a resource under a token. At most one
/// state waits to be told; a newer one takes its place (RFC 7641 §4.5.1).
/// </summary>
internal sealed partial class Observation(Token token)
{
    /// <summary>RFC 7641 §4.5 wants a CON at least every 24 hours; an hour is left for it to be due.</summary>
    private static readonly TimeSpan MaximumUnconfirmed = TimeSpan.FromHours(23);

    /// <summary>Bytes of a registration's options that are kept; one with more does not outlive a restart.</summary>
    public const int MaximumRequest = 256;

    private Instant _confirmed;
    private PendingNotification _pending;

    public Token Token => token;

    /// <summary>How the registration wants to be answered: its block size holds for the notifications (RFC 7959 §2.6).</summary>
    public ResponseTerms Terms { get; private set; }

    /// <summary>The <see cref="CacheKey"/> hash of the registration.</summary>
    public int Key { get; private set; }

    /// <summary>The options of the registration, by which it is made again after a restart; null when they were too long.</summary>
    public byte[]? Request { get; private set; }

    /// <summary>The Content-Format that all its notifications have (RFC 7641 §4.2); null for none.</summary>
    public uint? ContentFormat { get; private set; }

    /// <summary>The Message ID of its newest NON, by which an RST names it.</summary>
    public ushort? NonConfirmableId { get; set; }

    public bool HasPending { get; private set; }

    /// <summary>What waits can only go in a CON.</summary>
    public bool NeedsConfirmable => _pending.Confirmable;

    /// <summary>A registration, or one again under the same token (RFC 7641 §4.1): what waited is forgotten.</summary>
    public void Register(Instant now, in ReceivedMessage request, uint? contentFormat)
    {
        Terms = request.Terms.ForNotification();
        Key = request.Key;
        Request = request.Body;
        ContentFormat = contentFormat;
        _confirmed = now;
        Forget();
    }

    /// <summary>The peer has acknowledged a notification.</summary>
    public void Confirm(Instant now) => _confirmed = now;

    /// <summary>A new state; one that waited is replaced.</summary>
    public void Offer(Instant now, in PendingNotification notification)
    {
        _pending = notification with { Confirmable = notification.Confirmable || now - _confirmed >= MaximumUnconfirmed };
        HasPending = true;
    }

    public PendingNotification Take()
    {
        var taken = _pending;
        Forget();
        return taken;
    }

    private void Forget()
    {
        _pending = default;
        HasPending = false;
    }
}
