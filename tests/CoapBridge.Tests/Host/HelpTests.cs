using System.CommandLine;
using CoapBridge.Help;
using CoapBridge.Tests.House;

namespace CoapBridge.Tests.Host;

/// <summary><c>--help</c> teaches: nothing is without a word of explanation, and every line that it shows can be typed.</summary>
public sealed class HelpTests
{
    private static readonly RootCommand _root = CommandLine.Create();

    public static TheoryData<string> Verbs => [.. All(_root).OfType<Verb>().Select(HelpPage.PathOf)];

    [Fact]
    public void Every_command_option_and_argument_is_described()
    {
        foreach (var command in All(_root))
        {
            Assert.All(command.Options.Cast<Symbol>().Concat(command.Arguments).Append(command), symbol =>
                Assert.False(string.IsNullOrWhiteSpace(symbol.Description), $"{HelpPage.PathOf(command)}: {symbol.Name}"));
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void A_command_shows_examples_files_and_exit_codes(string path)
    {
        var verb = All(_root).OfType<Verb>().Single(one => HelpPage.PathOf(one) == path);
        Assert.NotEmpty(verb.Examples);
        Assert.NotEmpty(verb.Files);
        Assert.True(verb.ExitCodes.Count >= 2);
        var page = HelpPage.Write(verb);
        Assert.Contains("\nExamples:\n", page, StringComparison.Ordinal);
        Assert.Contains("\nExit codes:\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Additional Arguments", page, StringComparison.OrdinalIgnoreCase);
        Assert.All(verb.Examples, example => AssertCanBeTyped(example.Line, path));
    }

    [Fact]
    public void The_pages_are_as_a_person_has_read_them()
    {
        Golden.Check("help", HelpPage.Write(_root), "/nowhere");
        Golden.Check("help-run", HelpPage.Write(_root.Subcommands.Single(one => one.Name == "run")), "/nowhere");
        Golden.Check("help-outbox-purge", HelpPage.Write(_root.Subcommands.Single(one => one.Name == "outbox").Subcommands.Single(one => one.Name == "purge")), "/nowhere");
    }

    [Fact]
    public void The_readme_names_every_command()
    {
        var readme = File.ReadAllText(Path.Combine(HouseRulesTests.Root, "README.md"));
        Assert.All(All(_root).OfType<Verb>(), verb => Assert.Contains(HelpPage.PathOf(verb), readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_come_last_and_are_kept_apart_from_options()
    {
        var result = _root.Parse(["check", "--json", "--config", "a.json", "--Listen:Endpoints=127.0.0.1:0,[::1]:0", "--Admin:Listen=127.0.0.1:0"]);
        Assert.Empty(result.Errors);
        Assert.Equal("a.json", result.GetRequiredValue(CommandLine.Config));
        Assert.Equal(["--Listen:Endpoints=127.0.0.1:0,[::1]:0", "--Admin:Listen=127.0.0.1:0"], result.GetValue(CommandLine.Settings)!);
    }

    [Theory]
    [InlineData("outbox retry")]
    [InlineData("outbox purge --yes")]
    [InlineData("cert explain")]
    [InlineData("policy test --device a")]
    [InlineData("nonsense")]
    public void What_is_not_understood_is_an_error(string line) => Assert.NotEmpty(_root.Parse(line.Split(' ')).Errors);

    private static void AssertCanBeTyped(string line, string path)
    {
        var words = line.Split(' ');
        words = words[0] == "sudo" ? words[Array.IndexOf(words, "coapbridge", words[1] == "-u" ? 3 : 1)..] : words;
        Assert.StartsWith(path, string.Join(' ', words), StringComparison.Ordinal);
        Assert.Empty(_root.Parse(words[1..]).Errors);
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
