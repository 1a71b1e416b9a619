using System.CommandLine;

namespace CoapBridge.Help;

/// <summary>A command with what a stranger needs to use it: lines to copy, the files it reads and writes, what its exit codes mean.</summary>
/// <param name="name">As it is typed.</param>
/// <param name="description">One sentence.</param>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>What more there is to say, in paragraphs.</summary>
    public string Details { get; init; } = "";

    /// <summary>Whole lines, each with what it is for.</summary>
    public IReadOnlyList<(string Line, string What)> Examples { get; init; } = [];

    /// <summary>What it reads and writes beside its arguments.</summary>
    public IReadOnlyList<(string File, string What)> Files { get; init; } = [];

    public IReadOnlyList<(int Code, string Meaning)> ExitCodes { get; init; } = [];
}
