using System.CommandLine;

namespace CoapBridge.Tools.Demo;

/// <summary>The verb <c>demo</c>.</summary>
public static class DemoCommand
{
    public static Command Create() => new("demo", "x");
}
