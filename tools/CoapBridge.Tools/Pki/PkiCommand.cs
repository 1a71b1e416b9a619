using System.CommandLine;
using System.Security.Cryptography;

namespace CoapBridge.Tools.Pki;

/// <summary>The verb <c>pki</c>.</summary>
public static class PkiCommand
{
    public static Command Create() => new("pki", "Make certificates to try the gateway with.")
    {
        CreateDemo(), PkiVerbs.Ca(), PkiVerbs.Issue(), PkiVerbs.Csr(), PkiVerbs.Sign(), PkiVerbs.Revoke(), PkiVerbs.Crl(), PkiVerbs.Proof(),
    };

    /// <summary>Runs a verb: what it returns is told on standard output, what was wrong on standard error, with exit code 1.</summary>
    internal static void SetVerb(this Command command, Func<ParseResult, string> run) => command.SetAction(result =>
    {
        try
        {
            result.InvocationConfiguration.Output.WriteLine(run(result));
            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            result.InvocationConfiguration.Error.WriteLine($"pki {command.Name}: {exception.Message}");
            return 1;
        }
    });

    private static Command CreateDemo()
    {
        var folder = new Option<DirectoryInfo>("--out")
        {
            Description = "The folder to write to; made if it is not there.",
            Required = true,
        };
        var command = new Command("demo", "Write a CA, a gateway, a broker and three devices as PEM files.") { folder };
        command.SetVerb(result =>
        {
            var path = result.GetRequiredValue(folder).FullName;
            var pki = DemoPki.Create(DateTimeOffset.UtcNow);
            pki.Write(path);
            return $"{path}: {string.Join(' ', pki.FileNames)}";
        });
        return command;
    }
}
