using System.Globalization;
using System.Text.RegularExpressions;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>libcoap's example client: <c>coap-client-openssl</c>, with CCM_8 allowed, or <c>coap-client-gnutls</c>.</summary>
internal static partial class LibCoapClient
{
    /// <summary>Sends one request and tells how it ended.</summary>
    /// <param name="pki">The certificates.</param>
    /// <param name="uri">The whole URI.</param>
    /// <param name="device">The name of the device's certificate; null for none.</param>
    /// <param name="more">More arguments, such as <c>-N</c>.</param>
    /// <param name="method">The method, in lower case.</param>
    /// <param name="payload">Null for none.</param>
    /// <param name="trust">How it gets the CA: <c>-C</c> or <c>-R</c>.</param>
    /// <param name="build">Which TLS library it uses.</param>
    public static async Task<Result> RequestAsync(
        TestPki pki, string uri, string? device = "device-1", string[]? more = null, string method = "post", string? payload = "21.5", string trust = "-R",
        LibCoapBuild build = LibCoapBuild.OpenSsl)
    {
        await using var child = Start(pki, uri, device, more, method, payload, trust, build);
        await child.WaitForExitAsync(TimeSpan.FromSeconds(30));
        return Parse(child.Lines);
    }

    /// <summary>As <see cref="RequestAsync"/>, and leaves it running.</summary>
    public static ChildProcess Start(
        TestPki pki, string uri, string? device = "device-1", string[]? more = null, string method = "post", string? payload = "21.5", string trust = "-R",
        LibCoapBuild build = LibCoapBuild.OpenSsl)
    {
        var program = InstalledProgram.Find(build == LibCoapBuild.OpenSsl ? "coap-client-openssl" : "coap-client-gnutls");
        string[] certificate = device is null ? [] : ["-c", pki[device + ".pem"], "-j", pki[device + ".key"]];
        string[] body = payload is null ? [] : ["-e", payload];
        return ChildProcess.Start(
            program, ["-v", "6", "-B", "20", "-m", method, .. certificate, trust, pki["ca.pem"], .. body, .. more ?? [], uri],
            new Dictionary<string, string> { ["OPENSSL_CONF"] = OpenSslFile.WithCcm8(pki) });
    }

    private static Result Parse(IReadOnlyList<string> lines)
    {
        var answers = lines.Select(line => MessageLine().Match(line)).Where(match => match.Success && match.Groups["code"].Value != "0.00").ToList();
        var alert = lines.Select(AlertOf).FirstOrDefault(alert => alert is not null);
        var output = string.Join('\n', lines);
        if (answers.Count == 0)
        {
            return new Result(null, "", null, "", alert, output);
        }

        var groups = answers[^1].Groups;
        var maxAge = MaxAge().Match(groups["options"].Value);
        return new Result(
            groups["code"].Value, groups["type"].Value, maxAge.Success ? int.Parse(maxAge.Groups[1].Value, CultureInfo.InvariantCulture) : null,
            groups["payload"].Value, alert, output);
    }

    // GnuTLS says the number, OpenSSL its words for it (RFC 5246 §7.2).
    private static int? AlertOf(string line)
    {
        var match = AlertLine().Match(line);
        if (!match.Success)
        {
            return null;
        }

        return match.Groups["number"].Success
            ? int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture)
            : match.Groups["words"].Value.ToLowerInvariant() switch
            {
                "handshake failure" => 40,
                "bad certificate" => 42,
                "unsupported certificate" => 43,
                "certificate revoked" => 44,
                "certificate expired" => 45,
                "unknown ca" => 48,
                "access denied" => 49,
                "decrypt error" => 51,
                var words => throw new InvalidOperationException($"no number for the alert '{words}'"),
            };
    }

    [GeneratedRegex(@"^v:1 t:(?<type>\w+) c:(?<code>\d\.\d\d) i:\w+ \{\w*\} \[(?<options>.*?)\](?: :: '(?<payload>.*)')?$")]
    private static partial Regex MessageLine();

    [GeneratedRegex(@"SSL3 alert read:fatal:(?<words>.+)$|Alert '(?<number>\d+)'")]
    private static partial Regex AlertLine();

    [GeneratedRegex(@"Max-Age:(\d+)")]
    private static partial Regex MaxAge();

    /// <param name="Code">As in "2.04"; null when there was no answer.</param>
    /// <param name="Type">ACK, CON or NON.</param>
    /// <param name="MaxAge">Seconds, if the answer has them.</param>
    /// <param name="Payload">The answer's payload.</param>
    /// <param name="Alert">The fatal alert it received.</param>
    /// <param name="Output">Everything it said.</param>
    internal sealed record Result(string? Code, string Type, int? MaxAge, string Payload, int? Alert, string Output);
}

/// <summary>The TLS library under libcoap.</summary>
public enum LibCoapBuild
{
    OpenSsl,
    GnuTls,
}
