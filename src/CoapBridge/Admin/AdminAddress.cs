using System.Net;

namespace CoapBridge.Admin;

/// <summary>Where a command finds the admin address of a gateway that runs on this computer.</summary>
internal static class AdminAddress
{
    /// <param name="listen"><c>Admin:Listen</c>; for every address, the loopback one.</param>
    /// <param name="pathAndQuery">What is asked for.</param>
    public static Uri Of(IPEndPoint listen, string pathAndQuery)
    {
        var host = listen.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen.Address;
        return new Uri($"{Uri.UriSchemeHttp}://{new IPEndPoint(host, listen.Port)}{pathAndQuery}");
    }
}
