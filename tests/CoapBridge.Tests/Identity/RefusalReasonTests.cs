using CoapBridge.Identity;

namespace CoapBridge.Tests.Identity;

/// <summary>PRODUCT.md, "Handshake refusals": every reason has its word and its alert.</summary>
public sealed class RefusalReasonTests
{
    private const string Table = """
        40 no_certificate no_common_suite no_p256 signature_algorithms
        48 unknown_ca
        45 expired not_yet_valid
        44 revoked
        46 stale_revocation_list
        43 key_usage extended_key_usage is_ca key_type signature_algorithm
        42 malformed critical_extension path_length name_constraint bad_signature
        49 name reserved_name denied not_allowed
        51 certificate_verify
        """;

    [Fact]
    public void Words_and_alerts_are_those_of_the_table()
    {
        var expected = Table.Split('\n').Select(line => line.Trim().Split(' ')).SelectMany(parts => parts[1..].Select(word => (word, alert: byte.Parse(parts[0]))));
        var actual = Enum.GetValues<RefusalReason>().Select(reason => (word: reason.ToWord(), alert: reason.ToAlert()));
        Assert.Equal(expected.Order(), actual.Order());
    }
}
