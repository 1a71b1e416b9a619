using System.Net;
using System.Security.Cryptography;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.Wire;

namespace CoapBridge.Explain;

/// <summary>
/// <c>coapbridge cert explain</c> and <c>coapbridge policy test</c>. Neither needs the private key, nor a gateway that runs. Exit codes: 0 yes,
/// 1 no, 2 the question or the configuration is not right.
/// </summary>
internal static class ExplainCommands
{
    private const int Yes = 0;
    private const int No = 1;
    private const int Unusable = 2;

    /// <param name="certificate">A file: PEM with the leaf first, or DER.</param>
    /// <param name="readOptions">Reads the configuration; adds what is wrong with it.</param>
    /// <param name="output">For people.</param>
    /// <param name="now">The time of day.</param>
    public static int Certificate(string certificate, Func<ICollection<OptionsError>, BridgeOptions> readOptions, TextWriter output, DateTimeOffset now)
    {
        var errors = new List<OptionsError>();
        var options = readOptions(errors);
        var chain = ReadChain("FILE", certificate, errors);
        var report = errors.Count == 0 ? Load(options, errors) : null;
        if (report is null || errors.Count > 0)
        {
            return Tell(errors, output);
        }

        output.Write(report.Write(Path.GetFileName(certificate), chain, now, out var isLetIn));
        return isLetIn ? Yes : No;
    }

    public static int Policy(PolicyQuestion question, Func<ICollection<OptionsError>, BridgeOptions> readOptions, TextWriter output, DateTimeOffset now)
    {
        var errors = new List<OptionsError>();
        var options = readOptions(errors);
        var policy = errors.Count == 0 ? PolicyFile.Load(options, errors) : null;
        var device = question.Certificate is { } file && errors.Count == 0 ? Identify(file, options, now, errors) : null;
        if (question.Certificate is null && !DeviceName.IsValid(question.Device ?? ""))
        {
            errors.Add(new OptionsError("--device", "must be a device's name: 1 to 64 letters, digits and . _ : - (no dot first); or give --certificate", question.Device));
        }

        if (policy is null || errors.Count > 0)
        {
            return Tell(errors, output);
        }

        var request = device is null ? new PolicyRequest(question.Device!, question.Action, question.Topic) : new PolicyRequest(device, question.Action, question.Topic);
        request = request with { Address = question.Address is { } address ? PeerAddress.From(new IPEndPoint(address, 0)) : null, Time = question.Time ?? now };
        var lines = policy.Explain(request);
        output.WriteLine(lines[0]);
        foreach (var line in lines.Skip(1))
        {
            output.WriteLine($"  {line}");
        }

        return policy.Decide(request).IsAllowed ? Yes : No;
    }

    private static DeviceReport? Load(BridgeOptions options, List<OptionsError> errors) =>
        Rules(options, errors) is { } rules && PolicyFile.Load(options, errors) is { } policy ? new DeviceReport(options, rules, policy) : null;

    private static DeviceCertificatePolicy? Rules(BridgeOptions options, List<OptionsError> errors)
    {
        var own = ReadChain("Identity:Certificate", options.Identity.Certificate, errors);
        var cloudCa = PemFiles.Certificates("Identity:CloudCa", options.Identity.CloudCa, errors);
        var anchors = cloudCa.Count == 0 ? null : GatewayCredentials.AnchorsOf(cloudCa, options.Identity.CloudCa, errors);
        var lists = DeviceListFiles.Load(options.Devices, anchors, errors);
        return anchors is null || errors.Count > 0 ? null : LoadedFiles.RulesOf(options, anchors, own, lists);
    }

    private static DeviceIdentity? Identify(string file, BridgeOptions options, DateTimeOffset now, List<OptionsError> errors)
    {
        var chain = ReadChain("--certificate", file, errors);
        var verdict = errors.Count == 0 ? Rules(options, errors)?.Evaluate(chain, now) : null;
        if (verdict is { IsAccepted: false })
        {
            errors.Add(new OptionsError("--certificate", $"would not be let in: {verdict.Detail}; coapbridge cert explain says more", file));
        }

        return verdict?.Device;
    }

    private static List<byte[]> ReadChain(string key, string file, List<OptionsError> errors)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            if (bytes.AsSpan().IndexOf("-----BEGIN"u8) < 0)
            {
                return [bytes];
            }

            return [.. PemFiles.Certificates(key, file, errors).Select(certificate => certificate.RawData)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            errors.Add(new OptionsError(key, $"cannot be read: {exception.Message}", file));
            return [];
        }
    }

    private static int Tell(List<OptionsError> errors, TextWriter output)
    {
        foreach (var error in errors)
        {
            output.WriteLine(error.ToString());
        }

        return Unusable;
    }
}
