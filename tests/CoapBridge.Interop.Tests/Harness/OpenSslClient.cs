namespace CoapBridge.Interop.Tests.Harness;

/// <summary><c>openssl s_client</c>, with DTLS 1.2 unless told otherwise.</summary>
internal static class OpenSslClient
{
    public const string Ccm8 = "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0";

    /// <summary>Shakes hands, closes, and tells everything that it said.</summary>
    public static async Task<string> ConnectAsync(TestPki pki, WorkerProcess worker, string? device = "device-1", string cipher = Ccm8, string version = "-dtls1_2", params string[] more)
    {
        var program = InstalledProgram.Find("openssl");
        string[] certificate = device is null ? [] : ["-cert", pki[device + ".pem"], "-key", pki[device + ".key"]];
        await using var child = ChildProcess.Start(
            program,
            ["s_client", version, "-connect", $"{worker.EndPoint}", "-CAfile", pki["ca.pem"], "-cipher", cipher, .. certificate, .. more]);
        await child.WaitForLineAsync(
            line => line.Contains("Extended master secret:", StringComparison.Ordinal) || line.Contains("errno", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20));
        if (!child.HasExited)
        {
            await child.Input.WriteAsync("Q\n");
            child.Input.Close();
        }

        await child.WaitForExitAsync(TimeSpan.FromSeconds(20));
        return child.Output;
    }
}
