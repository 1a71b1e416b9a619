using System.Text.RegularExpressions;
using CoapBridge.Tests.Attacks;

namespace CoapBridge.Tests.House;

/// <summary>The tables that say which test shows which requirement and which attack: nothing is missing, and nothing in them has gone.</summary>
public sealed partial class TickListTests
{
    /// <summary>REQUIREMENTS.md 1 to 7 and 11 to 13: first and last line of each run of numbers.</summary>
    private static readonly string[] Requirements =
    [
        "1.01-1.18", "1.20-1.23", "1.25-1.28", "1.30-1.33", "1.40-1.52", "1.60-1.71", "1.80-1.92", "1.95-1.99",
        "2.01-2.08", "2.10-2.15", "2.20-2.23", "2.30-2.35", "2.40-2.44", "2.50-2.54", "2.60-2.65", "2.70-2.73",
        "3.01-3.16", "4.01-4.06", "5.01-5.17", "6.01-6.07", "6.10-6.11", "6.20-6.23", "7.01-7.18",
        "11.01-11.09", "12.01-12.27", "13.01-13.10",
    ];

    /// <summary>ATTACKS.md A to E, G, L and M.</summary>
    private const string Attacks =
        "A01 A02 A03 A05 A08 A10 A11 A14 A15 A16 A18 A19 B01 B02 B03 B05 B06 B07 B09 B10 B11 B12 B13 B15 B18 B19 B20 B22 B24 " +
        "C01 C02 C03 C04 C05 C08 C09 C11 C12 C14 C16 C17 D01 D02 D03 D04 D05 D06 D07 D08 D12 D14 D15 D18 D19 D20 D22 D24 D25 D27 D28 " +
        "E01 E02 E03 E04 E05 E06 E09 E10 E11 E13 E15 E17 E18 E19 E20 E21 E23 " +
        "G01 G02 G05 G06 G07 G08 G09 G11 G12 G13 G14 G16 G18 G19 G20 G22 G23 G25 " +
        "L01 L03 L04 L05 L06 L07 L09 L10 L12 L13 L14 L16 L18 L19 L21 L23 L25 " +
        "M01 M02 M05 M06 M07 M09 M10 M12 M13 M14 M16 M17 M18 M20 M21 M24";

    private static readonly HashSet<string> Methods =
    [
        .. HouseRulesTests.SourceFiles("tests").SelectMany(file => TestMethod().Matches(File.ReadAllText(file))
            .Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}")),
    ];

    [Fact]
    public void Every_line_of_the_requirements_is_in_one_table()
    {
        var rows = Directory.GetDirectories(Path.Combine(HouseRulesTests.Root, "src"))
            .SelectMany(room => Rows(Path.Combine(room, "README.md"), RequirementRow()));
        AssertListed(Requirements.SelectMany(Numbers), rows);
    }

    [Fact]
    public void Every_attack_is_in_the_table_and_says_where_it_is_carried_out()
    {
        var rows = Rows(Path.Combine(HouseRulesTests.Root, "tests", "README.md"), AttackRow()).ToList();
        AssertListed(Attacks.Split(' '), rows);
        var onShard = AttackTests.Ids.Concat(HandshakeAttackTests.Ids).Concat(ToleranceAttackTests.Ids).Concat(ResumptionAttackTests.Ids).Select(row => row.Data).Order();
        Assert.Equal(onShard, rows.Where(row => row.Second == "●").Select(row => row.Id).Order());
    }

    /// <summary>Each once, and each with a test that exists, or in words why there is none.</summary>
    private static void AssertListed(IEnumerable<string> ids, IEnumerable<(string Id, string Second, string Tests)> rows)
    {
        var listed = rows.ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), listed.Select(row => row.Id).Order(StringComparer.Ordinal));
        foreach (var (id, _, tests) in listed)
        {
            var named = TestName().Matches(tests).Select(match => match.Groups[1].Value).ToList();
            Assert.True(named.Count > 0 || tests.Length > 20, $"{id}: neither a test nor a reason");
            Assert.All(named, name => Assert.True(Methods.Contains(name), $"{id}: there is no {name}"));
        }
    }

    private static IEnumerable<string> Numbers(string run)
    {
        var ends = run.Split('-', '.');
        for (var number = int.Parse(ends[1]); number <= int.Parse(ends[3]); number++)
        {
            yield return $"{ends[0]}.{number:00}";
        }
    }

    private static IEnumerable<(string Id, string Second, string Tests)> Rows(string file, Regex row) =>
        row.Matches(File.ReadAllText(file)).Select(match => (match.Groups[1].Value, match.Groups[2].Value.Trim(), match.Groups[3].Value.Trim()));

    [GeneratedRegex(@"(?m)^\| ((?:[1-7]|1[1-3])\.\d\d) \|([^|]*)\|([^|]*)\|$")]
    private static partial Regex RequirementRow();

    [GeneratedRegex(@"(?m)^\| ([A-GLM]\d\d) \|([^|]*)\|([^|]*)\|$")]
    private static partial Regex AttackRow();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"public (?:async Task|Task|void) (\w+)\(")]
    private static partial Regex TestMethod();
}
