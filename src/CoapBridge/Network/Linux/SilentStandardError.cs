namespace CoapBridge.Network.Linux;

/// <summary>
/// As long as it lives, what the process writes to standard error goes nowhere: libp11 prints a whole pkcs11: URI there when
/// it cannot open it, with the PIN that it may hold. Our own log is on standard output.
/// </summary>
internal sealed class SilentStandardError : IDisposable
{
    private const int StandardError = 2;

    private readonly int _saved = LibC.Dup(StandardError);

    public SilentStandardError()
    {
        var nowhere = LibC.Open("/dev/null", LibC.O_WRONLY | LibC.O_CLOEXEC);
        if (_saved >= 0 && nowhere >= 0)
        {
            _ = LibC.Dup2(nowhere, StandardError);
        }

        if (nowhere >= 0)
        {
            _ = LibC.Close(nowhere);
        }
    }

    public void Dispose()
    {
        if (_saved >= 0)
        {
            _ = LibC.Dup2(_saved, StandardError);
            _ = LibC.Close(_saved);
        }
    }
}
