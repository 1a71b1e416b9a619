using System.Text.RegularExpressions;

namespace CoapBridge.Tests.House;

/// <summary>Every line of REQUIREMENTS 9.4 and 10 and every attack of ATTACKS F is in the table of the Identity room, once, with a test or a row of the table.</summary>
public sealed partial class TrustTickListTests
{
    private const string Attacks = "F01 F02 F04 F05 F07 F08 F10 F11 F12 F13 F15 F16 F17 F18 F19 F20 F23 F24 F27 F28 F29 F30 F32 F34 F35";

    [Fact]
    public void Each_is_listed_once_with_what_shows_it()
    {
        var expected = Enumerable.Range(30, 6).Select(number => $"9.{number}")
            .Concat(Enumerable.Range(1, 19).Select(number => $"10.{number:00}"))
            .Concat(Attacks.Split(' '));
        var rows = Row().Matches(File.ReadAllText(Path.Combine(HouseRulesTests.Root, "src", "CoapBridge.Identity", "README.md"))).ToList();
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Select(row => row.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Matches(@"`\w+Tests\.\w+`|table: """, row.Groups[2].Value));
    }

    [GeneratedRegex(@"(?m)^\| (9\.3\d|10\.\d\d|F\d\d) \|[^|]*\|([^|]*)\|$")]
    private static partial Regex Row();
}
