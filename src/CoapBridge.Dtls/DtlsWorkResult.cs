namespace CoapBridge.Dtls;

/// <summary>What a <see cref="DtlsWork"/> found.</summary>
public abstract class DtlsWorkResult
{
    private protected DtlsWorkResult(DtlsWork work) => Work = work;

    internal DtlsWork Work { get; }

    /// <summary>Why the platform could not do the work; null when it did.</summary>
    public virtual Exception? Error => null;

    /// <summary>Nobody waits for it any more: what it holds is erased.</summary>
    internal virtual void Abandon()
    {
    }
}
