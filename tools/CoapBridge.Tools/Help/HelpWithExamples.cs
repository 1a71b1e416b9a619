using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace CoapBridge.Tools.Help;

/// <summary>The usual help, and below it lines to copy.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        ArgumentNullException.ThrowIfNull(parseResult);
        var result = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples (from source, put \"dotnet run -c Release --project tools/CoapBridge.Tools --\" in front):");
        foreach (var (line, what) in Examples.For(PathOf(parseResult.CommandResult.Command)))
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {what}");
        }

        if (parseResult.CommandResult.Command is not RootCommand)
        {
            return result;
        }

        output.WriteLine();
        output.WriteLine("Exit codes: 0 well, 1 refused or failed, 2 usage, 3 no connection (device).");
        return result;
    }

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand
        ? $"{PathOf(parent)} {command.Name}"
        : command is RootCommand ? "" : command.Name;
}
