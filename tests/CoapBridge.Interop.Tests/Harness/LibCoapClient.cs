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


        // It shows messages on standard output, which it flushes only when payload follows.
        return ChildProcess.Start(
            InstalledProgram.Find("stdbuf"), ["-oL", program, "-v", "6", "-B", "20", "-m", method, .. certificate, trust, pki["ca.pem"], .. body, .. more ?? [], uri],
            new Dictionary<string, string> { ["OPENSSL_CONF"] = OpenSslFile.WithCcm8(pki) });
    }

    /// <summary>The answer in a line of its output; null when there is none.</summary>
    public static Answer? AnswerIn(string line)
    {
        var match = MessageLine().Match(line);
        return match.Success && match.Groups["code"].Value is var code && code[0] != '0'
            ? new Answer(code, match.Groups["type"].Value, match.Groups["options"].Value, match.Groups["payload"].Value) : null;
    }

    /// <summary>Waits for an answer, from the given line on; those that observe get several.</summary>
    public static async Task<Answer> WaitForAsync(ChildProcess client, Func<Answer, bool> fits, int from = 0) =>
        AnswerIn(await client.WaitForLineAsync(line => AnswerIn(line) is { } answer && fits(answer), TimeSpan.FromSeconds(20), from))!;

    private static Result Parse(IReadOnlyList<string> lines)
    {
        var answer = lines.Select(AnswerIn).LastOrDefault(answer => answer is not null);
        var alert = lines.Select(AlertOf).FirstOrDefault(alert => alert is not null);
        return new Result(answer?.Code, answer?.Type ?? "", answer?.MaxAge, answer?.Payload ?? "", alert, string.Join('\n', lines)) { ETag = answer?.ETag };
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

    [GeneratedRegex(@"\b(?<name>[A-Za-z-]+):(?<value>[^,]*)")]
    private static partial Regex Option();

    /// <param name="Code">As in "2.04"; null when there was no answer.</param>
    /// <param name="Type">ACK, CON or NON.</param>
    /// <param name="MaxAge">Seconds, if the answer has them.</param>
    /// <param name="Payload">The answer's payload.</param>
    /// <param name="Alert">The fatal alert it received.</param>
    /// <param name="Output">Everything it said.</param>
    internal sealed record Result(string? Code, string Type, int? MaxAge, string Payload, int? Alert, string Output)
    {
        /// <summary>As libcoap shows it: hexadecimal after 0x.</summary>
        public string? ETag { get; init; }
    }

    /// <param name="Code">As in "2.05".</param>
    /// <param name="Type">ACK, CON or NON.</param>
    /// <param name="Options">As libcoap shows them.</param>
    /// <param name="Payload">The text of it.</param>
    internal sealed record Answer(string Code, string Type, string Options, string Payload)
    {
        public int? MaxAge => this["Max-Age"] is { } seconds ? int.Parse(seconds, CultureInfo.InvariantCulture) : null;

        /// <summary>The sequence number of a notification.</summary>
        public int? Observe => this["Observe"] is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : null;

        public string? ETag => this["ETag"];

        /// <summary>As a relative URI, such as <c>/cr/1?n=reboot</c>.</summary>
        public string Location => string.Concat(All("Location-Path").Select(segment => $"/{segment}"))
            + (All("Location-Query").ToList() is { Count: > 0 } query ? $"?{string.Join('&', query)}" : "");

        private IEnumerable<string> All(string option) =>
            Option().Matches(Options).Where(match => match.Groups["name"].Value == option).Select(match => match.Groups["value"].Value.Trim());

        private string? this[string option] => All(option).FirstOrDefault();
    }
}

/// <summary>The TLS library under libcoap.</summary>
public enum LibCoapBuild
{
    OpenSsl,
    GnuTls,
}
