namespace CoapBridge.Dtls;

/// <summary>
/// <code>
/// struct { AlertLevel level; AlertDescription description; } Alert;   RFC 5246 §7.2
/// </code>
/// </summary>
internal readonly record struct Alert(bool IsFatal, AlertDescription Description)
{
    public const int Length = 2;

    private const byte WarningLevel = 1;
    private const byte FatalLevel = 2;

    public static Alert Fatal(AlertDescription description) => new(true, description);

    public static Alert Warning(AlertDescription description) => new(false, description);

    public static bool TryParse(ReadOnlySpan<byte> bytes, out Alert alert)
    {
        alert = default;
        if (bytes is not [WarningLevel or FatalLevel, _])
        {
            return false;
        }

        alert = new Alert(bytes[0] == FatalLevel, (AlertDescription)bytes[1]);
        return true;
    }

    public byte[] ToBytes() => [IsFatal ? FatalLevel : WarningLevel, (byte)Description];
}
