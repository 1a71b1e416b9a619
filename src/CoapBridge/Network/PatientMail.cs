using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>
/// An owner's mail for inboxes that may be full: what finds no room waits here, in order, and is tried again. Whoever posts bounds it.
/// </summary>
/// <param name="post">Leaves it in its inbox; false when that is full.</param>
internal sealed class PatientMail<T>(Func<T, bool> post)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    private readonly Queue<T> _waiting = new();

    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>When to call <see cref="Retry"/>; null: nothing waits.</summary>
    public Instant? RetryDue(Instant now) => IsWaiting ? now + _pause : null;

    public void Post(in T mail)
    {
        if (IsWaiting || !post(mail))
        {
            _waiting.Enqueue(mail);
        }
    }

    public void Retry()
    {
        while (_waiting.TryPeek(out var mail) && post(mail))
        {
            _waiting.Dequeue();
        }
    }
}
