using System.Net;

namespace CoapBridge.Options;

/// <summary>Section <c>Admin</c>.</summary>
/// <param name="Listen">Where health, readiness and metrics are served.</param>
internal sealed record AdminOptions(IPEndPoint Listen);
