namespace CoapBridge.Dtls;

/// <summary>What a client offered, in words for a log line. Written by the client: not trustworthy text.</summary>
/// <param name="ServerName">The SNI name (RFC 6066 §3); null when there was none.</param>
/// <param name="CipherSuites">Names of the suites we speak, then numbers of others; at most 16.</param>
/// <param name="Groups">Numbers of the supported groups (RFC 8422 §5.1.1); at most 16.</param>
public sealed record HelloSummary(string? ServerName, string CipherSuites, string Groups)
{
    private const int MaximumItems = 16;
    private const int MaximumRead = 128;

    internal static HelloSummary Of(string? serverName, ReadOnlySpan<byte> suites, ReadOnlySpan<byte> groups) =>
        new(serverName, List(suites, NameOfSuite), List(groups, NameOfGroup));

    /// <summary>What has a name comes first: a long list must not hide the one that matters.</summary>
    private static string List(ReadOnlySpan<byte> numbers, Func<ushort, string> nameOf)
    {
        var names = new List<string>();
        for (var rest = numbers; rest.Length >= 2 && names.Count < MaximumRead; rest = rest[2..])
        {
            names.Add(nameOf((ushort)((rest[0] << 8) | rest[1])));
        }

        var inOrder = names.OrderBy(name => char.IsAsciiDigit(name[0])).ToList();
        return string.Join(',', inOrder.Count > MaximumItems ? inOrder.Take(MaximumItems).Append("...") : inOrder);
    }

    private static string NameOfSuite(ushort suite) => (DtlsCipherSuite)suite switch
    {
        DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8 => "CCM_8",
        DtlsCipherSuite.EcdheEcdsaWithAes128Ccm => "CCM",
        DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256 => "GCM",
        _ => $"0x{suite:x4}",
    };

    private static string NameOfGroup(ushort group) => group switch
    {
        23 => "secp256r1",
        24 => "secp384r1",
        25 => "secp521r1",
        29 => "x25519",
        _ => $"{group}",
    };
}
