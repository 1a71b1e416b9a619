using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using CoapBridge.Options;

namespace CoapBridge.Support;

/// <summary>Versions, the machine, its clock, and the files of the state directory by name and size.</summary>
internal static class HostFacts
{
    private static readonly string[] _kernelTexts =
    [
        "/etc/os-release", "/proc/loadavg", "/proc/uptime", "/proc/sys/net/core/rmem_max", "/proc/sys/net/core/rmem_default", "/proc/net/snmp", "/proc/net/snmp6",
    ];

    public static string Write(BridgeOptions options, string version)
    {
        var text = new StringBuilder();
        Line(text, "coapbridge", $"{version}, built {ClockGuard.BuildDate:yyyy-MM-dd}");
        Line(text, "runtime", $"{RuntimeInformation.FrameworkDescription} {RuntimeInformation.RuntimeIdentifier}");
        Line(text, "system", RuntimeInformation.OSDescription);
        Line(text, "processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        Line(text, "memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes} bytes for one process");
        Line(text, "user", Environment.UserName);
        Line(text, "clock", $"{DateTimeOffset.UtcNow:u}, time zone {TimeZoneInfo.Local.Id}");
        AppendFolder(text, options.State.Directory);
        foreach (var path in _kernelTexts)
        {
            AppendText(text, path);
        }

        return text.ToString();
    }

    /// <summary>Its mode, for people; empty where there is none.</summary>
    public static string ModeOf(string path)
    {
        try
        {
            return OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(path), 8).PadLeft(4, '0');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static void AppendFolder(StringBuilder text, string folder)
    {
        text.Append('\n').Append(folder).Append(" (State:Directory)\n");
        try
        {
            Line(text, "free", $"{new DriveInfo(folder).AvailableFreeSpace} bytes");
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {ModeOf(file.FullName)} {file.LastWriteTimeUtc:u} {file.Length,12} {file.Name}\n");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            text.Append("  ").Append(exception.Message).Append('\n');
        }
    }

    private static void AppendText(StringBuilder text, string path)
    {
        try
        {
            var lines = File.ReadLines(path).Where(line => !path.EndsWith("snmp6", StringComparison.Ordinal) || line.StartsWith("Udp", StringComparison.Ordinal));
            text.Append('\n').Append(path).Append('\n').Append(string.Join('\n', lines)).Append('\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not every system has it.
        }
    }

    private static void Line(StringBuilder text, string name, string value) => text.Append(name.PadRight(12)).Append(value).Append('\n');
}
