namespace CoapBridge.Interop.Tests.Harness;

/// <summary>A PKCS#11 token of SoftHSM in a test's folder, with the gateway's key in it.</summary>
internal sealed class SoftHsmToken
{
    public const string Pin = "271828";

    private readonly string _configuration;

    private SoftHsmToken(string configuration) => _configuration = configuration;

    /// <summary>For the processes that are to see the token.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["SOFTHSM2_CONF"] = _configuration };

    /// <summary>How it names the key.</summary>
    public static string UriWith(string pin) => $"pkcs11:token=coapbridge;object=gateway;type=private;pin-value={pin}";

    /// <summary>The key's file is gone afterwards: only the token has it.</summary>
    public static async Task<SoftHsmToken> TakeGatewayKeyAsync(TestPki pki)
    {
        var util = InstalledProgram.Find("softhsm2-util");
        var openssl = InstalledProgram.Find("openssl");
        await using var version = ChildProcess.Start(openssl, ["version", "-e"]);
        await version.WaitForExitAsync(WorkerProcess.Patience);
        var engine = Path.Combine(version.Output.Split('"')[1], "pkcs11.so");
        Assert.SkipUnless(File.Exists(engine) || System.Environment.GetEnvironmentVariable("CI") == "true", "libengine-pkcs11-openssl is not installed");

        Directory.CreateDirectory(pki["tokens"]);
        var token = new SoftHsmToken(pki["softhsm2.conf"]);
        await File.WriteAllTextAsync(token._configuration, $"directories.tokendir = {pki["tokens"]}\nobjectstore.backend = file\nlog.level = ERROR\n");
        await token.RunAsync(openssl, "pkcs8", "-topk8", "-nocrypt", "-in", pki["gateway.key"], "-out", pki["gateway.p8"]);
        await token.RunAsync(util, "--init-token", "--free", "--label", "coapbridge", "--pin", Pin, "--so-pin", "314159");
        await token.RunAsync(util, "--import", pki["gateway.p8"], "--token", "coapbridge", "--label", "gateway", "--id", "01", "--pin", Pin);
        File.Delete(pki["gateway.p8"]);
        File.Delete(pki["gateway.key"]);
        return token;
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        await using var child = ChildProcess.Start(program, arguments, Environment);
        Assert.True(await child.WaitForExitAsync(WorkerProcess.Patience) == 0, child.Output);
    }
}
