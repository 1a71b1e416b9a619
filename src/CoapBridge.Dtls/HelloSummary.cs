namespace CoapBridge.Dtls;

/// <summary>
/// What a client offered, in words for a log line. Written by the client: not trustworthy text. The words are made when asked
/// for; most hellos of a storm are not written down.
/// </summary>
public sealed class HelloSummary
{
    private const int MaximumItems = 16;
    private const int MaximumRead = 128;

    private readonly byte[] _suites;
    private readonly byte[] _groups;

    private HelloSummary(string? serverName, byte[] suites, byte[] groups)
    {
        ServerName = serverName;
        _suites = suites;
        _groups = groups;
    }

    /// <summary>The SNI name (RFC 6066 §3); null when there was none.</summary>
    public string? ServerName { get; }

    /// <summary>Names of the suites we speak, then numbers of others; at most 16.</summary>
    public string CipherSuites => List(_suites, NameOfSuite);

    /// <summary>Names or numbers of the supported groups (RFC 8422 §5.1.1); at most 16.</summary>
    public string Groups => List(_groups, NameOfGroup);

    internal static HelloSummary Of(string? serverName, ReadOnlySpan<byte> suites, ReadOnlySpan<byte> groups) =>
        new(serverName, Copy(suites), Copy(groups));

    private static byte[] Copy(ReadOnlySpan<byte> numbers) => numbers[..Math.Min(numbers.Length, 2 * MaximumRead)].ToArray();

    /// <summary>What has a name comes first: a long list must not hide the one that matters.</summary>
    private static string List(ReadOnlySpan<byte> numbers, Func<ushort, string> nameOf)
    {
        var names = new List<string>();
        for (var rest = numbers; rest.Length >= 2; rest = rest[2..])
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
