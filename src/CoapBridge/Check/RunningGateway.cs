using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Check;

/// <summary>Whether a gateway with this configuration runs already: its admin address answers as only ours does.</summary>
internal static class RunningGateway
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    public static async Task<bool> FindAsync(IPEndPoint admin, CancellationToken stop)
    {
        var host = admin.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : admin.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : admin.Address;
        using var client = new HttpClient { Timeout = _patience };
        try
        {
            var address = new UriBuilder(Uri.UriSchemeHttp, host.ToString(), admin.Port, "/readyz").Uri;
            using var response = await client.GetAsync(address, stop).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(stop).ConfigureAwait(false);
            return body.StartsWith("{\"ready\":", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or TaskCanceledException or UriFormatException)
        {
            return false;
        }
    }
}
