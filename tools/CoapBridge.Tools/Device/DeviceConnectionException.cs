using System.Net;
using CoapBridge.Dtls;

namespace CoapBridge.Tools.Device;

/// <summary>There is no connection, or a request on it came to nothing.</summary>
/// <param name="reason">A stable word: <c>peer_alert</c>, <c>unreachable</c>, <c>time_out</c>, <c>closed</c>, <c>reset</c>, or one of PRODUCT.md's table when the gateway's certificate was refused by us.</param>
/// <param name="detail">A sentence for a device's owner.</param>
public sealed class DeviceConnectionException(string reason, string detail) : Exception($"{reason}: {detail}")
{
    public string Reason { get; } = reason;

    public string Detail { get; } = detail;

    /// <summary>The alert, if there was one.</summary>
    public AlertDescription? Alert { get; init; }

    /// <summary>The alert is the gateway's; otherwise we sent it.</summary>
    public bool AlertReceived { get; init; }

    /// <summary>Our end: what the gateway's log calls <c>peer</c>.</summary>
    public IPEndPoint? LocalEndPoint { get; init; }
}
