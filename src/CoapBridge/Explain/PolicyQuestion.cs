using System.Net;
using CoapBridge.Identity;

namespace CoapBridge.Explain;

/// <summary>What <c>policy test</c> is asked.</summary>
/// <param name="Device">The device's name; not needed with a certificate.</param>
/// <param name="Certificate">Its certificate, so that what is in it can be asked for; or null.</param>
/// <param name="Action">What it wants to do.</param>
/// <param name="Topic">With which topic.</param>
/// <param name="Address">From where, or null.</param>
/// <param name="Time">When; null is now.</param>
internal sealed record PolicyQuestion(string? Device, string? Certificate, PolicyAction Action, string Topic, IPAddress? Address, DateTimeOffset? Time);
