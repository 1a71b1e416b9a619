namespace CoapBridge.Interop.Tests.Harness;

/// <summary>What tests wait for. A feature that is there becomes null here, or goes, and its tests run.</summary>
internal static class NotYet
{
    public const string? ShortFlights = "a client's max_fragment_length (RFC 6066) does not make the flights' datagrams shorter yet, only their records";
    public const string? SmallerFlights = "a flight's datagrams do not get shorter than 508 bytes by themselves yet";
}
