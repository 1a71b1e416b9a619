namespace CoapBridge.Interop.Tests.Harness;

/// <summary>What tests wait for. A feature that is there becomes null here, and its tests run.</summary>
internal static class NotYet
{
    public const string? ConnectionIds = "Connection IDs (RFC 9146) are not in CoapBridge.Dtls yet";
    public const string? Resumption = "session resumption (RFC 5246 §7.3) is not in CoapBridge.Dtls yet";
    public const string? FragmentLength = "max_fragment_length (RFC 6066) and record_size_limit (RFC 8449) are not in CoapBridge.Dtls yet";
    public const string? SmallerFlights = "a flight's datagrams do not get shorter than 508 bytes by themselves yet";
}
