namespace CoapBridge.Tools.Demo;

/// <summary>What <c>config/coapbridge.service</c> puts into the gateway's environment, so that what is tried and measured is what operators have.</summary>
internal static class UnitEnvironment
{
    private const string Setting = "Environment=";

    /// <summary>Sets it, but for what is there already.</summary>
    public static void AddTo(IDictionary<string, string?> environment)
    {
        using var unit = new StreamReader(typeof(UnitEnvironment).Assembly.GetManifestResourceStream("coapbridge.service")!);
        foreach (var line in unit.ReadToEnd().Split('\n').Where(line => line.StartsWith(Setting, StringComparison.Ordinal)))
        {
            var words = line[Setting.Length..].Split('=', 2);
            environment.TryAdd(words[0], words[1]);
        }
    }
}
