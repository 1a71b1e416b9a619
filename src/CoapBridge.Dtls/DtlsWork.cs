using System.Security.Cryptography;

namespace CoapBridge.Dtls;

/// <summary>
/// A computation with asymmetric keys that a connection waits for. It is pure: the driver runs it on any thread and
/// gives the result back through <see cref="DtlsConnection.HandleWork"/>.
/// </summary>
public abstract class DtlsWork
{
    private protected DtlsWork()
    {
    }

    /// <summary>Does the work.</summary>
    /// <param name="time">The time of day, for certificates' validity.</param>
    public DtlsWorkResult Run(DateTimeOffset time)
    {
        try
        {
            return Compute(time);
        }
        catch (CryptographicException exception)
        {
            // The platform refused: no key, no random bytes, a token that was pulled. The handshake ends; nothing else does.
            return Fail(exception);
        }
    }

    /// <summary>The result, where a look is enough to know it; null, the usual case: <see cref="Run"/> it elsewhere.</summary>
    /// <param name="time">The time of day.</param>
    public virtual DtlsWorkResult? Look(DateTimeOffset time) => null;

    /// <summary>The result of work that could not be done, for a driver that had to give up on it.</summary>
    public DtlsWorkResult Fail(Exception error) => new WorkFailed(this, error);

    private protected abstract DtlsWorkResult Compute(DateTimeOffset time);
}
