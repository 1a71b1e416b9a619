using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>Which request belongs to which <see cref="Route"/>. Immutable; a reload makes another.</summary>
public sealed class RouteTable
{
    private readonly (byte[] Name, Route Route)[] _routes;

    /// <param name="routes">At least one; their names differ.</param>
    public RouteTable(IEnumerable<Route> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        _routes = [.. routes.Select(route => (Encoding.UTF8.GetBytes(route.Name), route))];
    }

    /// <summary>Telemetry on <c>/t</c>, events on <c>/e</c> (PRODUCT.md, "Resources").</summary>
    public static RouteTable Default { get; } = new(
    [
        new Route("t", FixedQuality: null, MaximumBody: 65_536),
        new Route("e", QualityOfService.AtLeastOnce, MaximumBody: 65_536),
    ]);

    /// <summary>The route of the request's first path segment; null when there is none.</summary>
    public Route? Find(in CoapMessage request)
    {
        if (!request.TryGetOption(OptionNumber.UriPath, out var first))
        {
            return null;
        }

        foreach (var (name, route) in _routes)
        {
            if (first.SequenceEqual(name))
            {
                return route;
            }
        }

        return null;
    }
}
