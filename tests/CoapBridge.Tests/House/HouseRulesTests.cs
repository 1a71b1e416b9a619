using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CoapBridge.Tests.House;

/// <summary>What neither the compiler nor the analyzers see (src/README.md).</summary>
public sealed partial class HouseRulesTests
{
    internal static readonly string Root = FindRoot();

    private static readonly Dictionary<string, string[]> Imports = new()
    {
        ["CoapBridge.Wire"] = [],
        ["CoapBridge.Dtls"] = ["CoapBridge.Wire"],
        ["CoapBridge.Coap"] = ["CoapBridge.Wire"],
        ["CoapBridge.Mqtt"] = ["CoapBridge.Wire"],
        ["CoapBridge.Identity"] = ["CoapBridge.Wire"],
        ["CoapBridge.Relay"] = ["CoapBridge.Coap", "CoapBridge.Mqtt", "CoapBridge.Identity"],
        ["CoapBridge.Gateway"] = ["CoapBridge.Dtls", "CoapBridge.Relay"],
        ["CoapBridge"] = ["CoapBridge.Gateway"],
    };

    public static TheoryData<string> Rooms => new(Imports.Keys);

    [Fact]
    public void Every_room_of_src_is_known() =>
        Assert.Equal(Imports.Keys.Order(), Directory.GetDirectories(Path.Combine(Root, "src")).Select(Path.GetFileName).Order());

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_imports_only_what_the_floor_plan_allows(string room)
    {
        var project = XDocument.Load(Path.Combine(Root, "src", room, $"{room}.csproj"));
        var references = project.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        Assert.Equal(Imports[room].Order(), references.Order());
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_has_a_readme_with_a_conformance_table(string room)
    {
        var readme = File.ReadAllText(Path.Combine(Root, "src", room, "README.md"));
        Assert.Matches(@"(?m)^\|.*\|\s*$", readme);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void What_a_readme_names_exists(string room)
    {
        // `File.cs` and `FileTests.cs` in backticks; a path is looked for by its end.
        var known = SourceFiles("src").Concat(SourceFiles("tests")).Concat(SourceFiles("tools")).Select(Slashes).ToArray();
        var named = CodeFileName().Matches(File.ReadAllText(Path.Combine(Root, "src", room, "README.md"))).Select(match => match.Groups[1].Value);
        Assert.All(named.Distinct(), name => Assert.Contains(known, file => file.EndsWith("/" + name, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_test_that_a_readme_names_exists(string room)
    {
        // `SomeTests.A_sentence` in backticks: a method of that name in a file that has such a class.
        var tests = SourceFiles("tests").Select(File.ReadAllText).ToArray();
        foreach (Match named in TestName().Matches(File.ReadAllText(Path.Combine(Root, "src", room, "README.md"))))
        {
            var (type, method) = (named.Groups[1].Value, named.Groups[2].Value);
            Assert.True(
                tests.Any(text => Regex.IsMatch(text, $@"class {type}\b") && text.Contains($" {method}(", StringComparison.Ordinal)),
                $"{type}.{method} does not exist.");
        }
    }

    [Fact]
    public void Nobody_locks() => Assert.Empty(SourceFiles("src").Where(file => Lock().IsMatch(File.ReadAllText(file))).Select(Slashes));

    [Fact]
    public void No_file_of_src_has_more_than_300_lines() =>
        Assert.Empty(SourceFiles("src").Where(file => File.ReadLines(file).Count() > 300).Select(Slashes));

    [Fact]
    public void Every_public_type_says_what_it_is() => Assert.Empty(SourceFiles("src").SelectMany(Undocumented));

    private static IEnumerable<string> Undocumented(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var index = 0; index < lines.Length; index++)
        {
            if (!PublicType().IsMatch(lines[index]))
            {
                continue;
            }

            var above = index - 1;
            while (above >= 0 && lines[above].TrimStart().StartsWith('['))
            {
                above--;
            }

            if (above < 0 || !lines[above].TrimStart().StartsWith("///", StringComparison.Ordinal))
            {
                // The other parts of a partial type are described at the first.
                if (!lines[index].Contains(" partial ", StringComparison.Ordinal) || Path.GetFileName(file).Count(letter => letter == '.') < 2)
                {
                    yield return $"{Slashes(file)}:{index + 1}";
                }
            }
        }
    }

    internal static IEnumerable<string> SourceFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Slashes(file).Contains("/obj/", StringComparison.Ordinal) && !Slashes(file).Contains("/bin/", StringComparison.Ordinal));

    private static string Slashes(string path) => path.Replace('\\', '/');

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CoapBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run within the repository.");
    }

    [GeneratedRegex(@"^\s*lock\s*\(", RegexOptions.Multiline)]
    private static partial Regex Lock();

    [GeneratedRegex(@"`([A-Za-z0-9_./]+\.cs)`")]
    private static partial Regex CodeFileName();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\s*public\s+((sealed|static|abstract|readonly|ref|partial|record)\s+)*(class|struct|record|enum|interface)\s+\w")]
    private static partial Regex PublicType();
}
