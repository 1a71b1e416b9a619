using System.Net;
using System.Net.Sockets;
using CoapBridge.Admin;

namespace CoapBridge.Check;

/// <summary>Whether a gateway with this configuration runs already: its admin address answers as only ours does.</summary>
internal static class RunningGateway
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    public static async Task<bool> FindAsync(IPEndPoint admin, CancellationToken stop)
    {
        try
        {
            return (await ReadAsync(admin, "/readyz", stop).ConfigureAwait(false)).StartsWith("{\"ready\":", StringComparison.Ordinal);
        }
        catch (Exception exception) when (IsAbsence(exception))
        {
            return false;
        }
    }

    /// <summary>A page of it, or a line that says why there is none.</summary>
    public static async Task<string> GetAsync(IPEndPoint admin, string path, CancellationToken stop)
    {
        try
        {
            return await ReadAsync(admin, path, stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsAbsence(exception))
        {
            return $"no gateway answers at {admin}: {exception.Message}\n";
        }
    }

    private static async Task<string> ReadAsync(IPEndPoint admin, string path, CancellationToken stop)
    {
        using var client = new HttpClient { Timeout = _patience };
        using var response = await client.GetAsync(AdminAddress.Of(admin, path), stop).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(stop).ConfigureAwait(false);
    }

    private static bool IsAbsence(Exception exception) =>
        exception is HttpRequestException or SocketException or TaskCanceledException or UriFormatException;
}
