namespace CoapBridge.Interop.Tests.Harness;

/// <summary>What tests wait for. A feature that is there becomes null here, or goes, and its tests run.</summary>
internal static class NotYet
{
    public const string? Resumption = "session resumption (RFC 5246 §7.3) is not in CoapBridge.Dtls yet";
}
