using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace CoapBridge.Systemd;

/// <summary>
/// Tells systemd how the worker is doing: one datagram per message to the socket that <c>NOTIFY_SOCKET</c> names
/// (sd_notify(3)). Without that variable, or without a listener, every call does nothing.
/// </summary>
internal sealed class SystemdNotify : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _listener;

    /// <param name="address">The value of <c>NOTIFY_SOCKET</c>: a path, or <c>@name</c> in the abstract namespace.</param>
    public SystemdNotify(string? address)
    {
        if (address is { Length: > 1 } && address[0] is '/' or '@')
        {
            _listener = new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address);
            _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        }
    }

    /// <summary>The worker serves: READY, with a line for <c>systemctl status</c>.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={OneLine(status)}\nMAINPID={Environment.ProcessId}");

    /// <summary>A reload has begun; <see cref="Ready"/> ends it. The time lets systemd tell this reload from an earlier one.</summary>
    public void Reloading() => Send($"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}\nSTATUS=reloading");

    /// <summary>The worker drains.</summary>
    public void Stopping() => Send("STOPPING=1\nSTATUS=stopping");

    /// <summary>A line for <c>systemctl status</c>.</summary>
    public void Status(string status) => Send($"STATUS={OneLine(status)}");

    /// <summary>The worker is alive; without it for the watchdog's time systemd restarts the worker.</summary>
    public void Watchdog() => Send("WATCHDOG=1");

    public void Dispose() => _socket?.Dispose();

    private static string OneLine(string status) => status.ReplaceLineEndings(" ");

    private void Send(string state)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(state), _listener!);
        }
        catch (SocketException)
        {
            // The worker serves devices, with or without a supervisor that listens.
        }
    }
}
