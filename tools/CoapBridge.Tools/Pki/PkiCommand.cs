using System.CommandLine;

namespace CoapBridge.Tools.Pki;

/// <summary>The verb <c>pki</c>.</summary>
public static class PkiCommand
{
    public static Command Create() => new("pki", "Make certificates to try the gateway with.") { CreateDemo() };

    private static Command CreateDemo()
    {
        var folder = new Option<DirectoryInfo>("--out") { Description = "The folder to write to; made if it is not there.", Required = true };
        var command = new Command("demo", "Write a CA, a gateway, a broker and three devices as PEM files.") { folder };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(folder).FullName;
            try
            {
                var pki = DemoPki.Create(DateTimeOffset.UtcNow);
                pki.Write(path);
                Console.WriteLine($"{path}: {string.Join(' ', pki.FileNames)}");
                return 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"pki demo: {exception.Message}");
                return 1;
            }
        });
        return command;
    }
}
