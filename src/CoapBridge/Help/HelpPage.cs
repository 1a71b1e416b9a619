using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text;

namespace CoapBridge.Help;

/// <summary><c>--help</c>: what a command does, how it is written, what its words mean, lines to copy, files, exit codes.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int Width = 110;

    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Description = "This page; after a command, the command's.";
            option.Action = new HelpPage();
            option.Aliases.Remove("/h"); // a path here, not a switch; and completion would offer it
            option.Aliases.Remove("/?");
        }

        foreach (var option in root.Options.OfType<VersionOption>())
        {
            option.Description = "The version.";
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.Write(Write(parseResult.CommandResult.Command));
        return 0;
    }

    public static string Write(Command command)
    {
        var text = new StringBuilder();
        Wrap(text, 0, command.Description ?? "");
        if (command is Verb { Details.Length: > 0 } verb)
        {
            foreach (var paragraph in verb.Details.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                text.Append('\n');
                Wrap(text, 0, paragraph);
            }
        }

        Section(text, "Usage", [(Usage(command), "")]);
        Section(text, "Commands", command.Subcommands.Select(one => (one.Name, one.Description ?? "")));
        Section(text, "Arguments", command.Arguments.Select(one => (one.HelpName ?? one.Name, one.Description ?? "")));
        Section(text, "Options", command.Options.Select(one => (Spelling(one), (one.Description ?? "") + (one.Required ? " Required." : ""))));
        if (command is Verb taught)
        {
            Section(text, "Files", taught.Files);
            Examples(text, taught.Examples);
            Section(text, "Exit codes", taught.ExitCodes.Select(one => (one.Code.ToString(CultureInfo.InvariantCulture), one.Meaning)));
        }
        else
        {
            Examples(text, command.Subcommands.SelectMany(ExamplesOf));
        }

        return text.ToString();
    }

    /// <summary>The names from the root to the command.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "coapbridge";

    private static string Usage(Command command)
    {
        var words = new List<string> { PathOf(command) };
        if (command.Subcommands.Count > 0)
        {
            words.Add("COMMAND");
        }

        words.AddRange(command.Arguments.Where(one => one.Arity.MinimumNumberOfValues > 0).Select(one => one.HelpName ?? one.Name));
        words.AddRange(command.Options.Where(one => one.Required).Select(Long));
        words.AddRange(command.Options.Where(one => !one.Required && one is not (HelpOption or VersionOption)).Select(one => $"[{Long(one)}]"));
        words.AddRange(command.Arguments.Where(one => one.Arity.MinimumNumberOfValues == 0).Select(one => $"[{one.HelpName ?? one.Name} …]"));
        return string.Join(' ', words);
    }

    private static string Long(Option option) => option.HelpName is { } value ? $"{option.Name} {value}" : option.Name;

    private static string Spelling(Option option) => string.Join(
        ", ", option.Aliases.Where(alias => alias.StartsWith('-') && alias.Length == 2 && alias != "-?").Append(Long(option)));

    /// <summary>The first of each command below.</summary>
    private static IEnumerable<(string Line, string What)> ExamplesOf(Command command) =>
        command is Verb { Examples: [var first, ..] } ? [first] : command.Subcommands.SelectMany(ExamplesOf);

    private static void Examples(StringBuilder text, IEnumerable<(string Line, string What)> examples)
    {
        var heading = "\nExamples:\n";
        foreach (var (line, what) in examples)
        {
            text.Append(heading).Append("  ").Append(line).Append('\n').Append("      ").Append(what).Append('\n');
            heading = "";
        }
    }

    private static void Section(StringBuilder text, string heading, IEnumerable<(string Term, string Meaning)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            return;
        }

        text.Append('\n').Append(heading).Append(":\n");
        var column = Math.Min(36, all.Max(row => row.Term.Length) + 4);
        foreach (var (term, meaning) in all)
        {
            if (meaning.Length == 0)
            {
                Wrap(text, 4, term, first: "  ");
            }
            else if (term.Length + 4 <= column)
            {
                Wrap(text, column, meaning, first: $"  {term}".PadRight(column));
            }
            else
            {
                text.Append("  ").Append(term).Append('\n');
                Wrap(text, column, meaning);
            }
        }
    }

    private static void Wrap(StringBuilder text, int indent, string words, string? first = null)
    {
        var line = new StringBuilder(first ?? new string(' ', indent));
        var isEmpty = true;
        foreach (var word in words.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(' ', indent);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        text.Append(line).Append('\n');
    }
}
