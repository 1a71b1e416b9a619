using System.Net;
using CoapBridge.Dtls;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Tools.Load;

/// <summary>Whom a run asks, what, and as whom.</summary>
/// <param name="Server">The gateway.</param>
/// <param name="Request">What each device sends.</param>
/// <param name="Devices">A certificate for each.</param>
internal sealed record LoadTarget(IPEndPoint Server, FleetRequest Request, IReadOnlyList<DtlsSettings> Devices);
