namespace CoapBridge.State;

/// <summary>The time of day, and the time since the system began, which no clock setting changes.</summary>
/// <param name="OfDay">As the clock says.</param>
/// <param name="BootId">Tells one run of the system from another; empty where the system has none.</param>
/// <param name="Uptime">Since then.</param>
internal readonly record struct SystemTime(DateTimeOffset OfDay, Guid BootId, TimeSpan Uptime)
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    public static SystemTime Now => new(DateTimeOffset.UtcNow, ReadBootId(), TimeSpan.FromMilliseconds(Environment.TickCount64));

    /// <summary>How long ago something was; null when it was, by the clock or in the same run of the system, in the future.</summary>
    public TimeSpan? Since(in SystemTime earlier)
    {
        var byClock = OfDay - earlier.OfDay;
        var byUptime = BootId != Guid.Empty && BootId == earlier.BootId ? Uptime - earlier.Uptime : byClock;
        return byClock < TimeSpan.Zero || byUptime < TimeSpan.Zero ? null : byUptime;
    }

    private static Guid ReadBootId()
    {
        try
        {
            return Guid.TryParse(File.ReadAllText(BootIdFile), out var id) ? id : Guid.Empty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Guid.Empty;
        }
    }
}
