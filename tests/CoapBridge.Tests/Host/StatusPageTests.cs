using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Status;

namespace CoapBridge.Tests.Host;

public sealed class StatusPageTests
{
    private const string Hostile = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&";

    [Theory]
    [InlineData("Green", "All is well")]
    [InlineData("Yellow", "Working, but look at this")]
    [InlineData("Red", "Not ready")]
    public void The_light_is_a_headline_a_title_and_a_shape_with_a_name(string light, string headline)
    {
        var page = StatusPage.Render(Snapshots.Well with { Light = Enum.Parse<StatusLight>(light) }, refreshes: true);
        Assert.Contains($"<h1>{headline}</h1>", page, StringComparison.Ordinal);
        Assert.Contains($"<title>{headline} ", page, StringComparison.Ordinal);
        Assert.Contains($"aria-label=\"{light}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_somebody_else_wrote_becomes_markup()
    {
        var page = StatusPage.Render(Everywhere(Hostile), refreshes: true);
        Assert.Equal(Tags(StatusPage.Render(Everywhere("x"), refreshes: true)), Tags(page));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("onerror='", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`coapbridge check` says <more>", "<code>coapbridge check</code> says &lt;more&gt;")]
    [InlineData("a `<b>` and `c`", "a <code>&lt;b&gt;</code> and <code>c</code>")]
    [InlineData("one ` alone", "one ` alone")]
    [InlineData("", "")]
    public void What_is_to_be_typed_stands_out(string text, string expected)
    {
        var html = new Html();
        html.AddProse(text);
        Assert.Equal(expected, html.ToString());
    }

    [Fact]
    public void The_policy_allows_exactly_the_style_of_the_page()
    {
        var style = Regex.Match(StatusPage.Render(Snapshots.Well, refreshes: true), "<style>(.*)</style>", RegexOptions.Singleline).Groups[1].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", PageStyle.ContentSecurityPolicy);
    }

    [Fact]
    public void Nothing_comes_from_elsewhere_and_nothing_needs_what_the_policy_forbids()
    {
        var page = StatusPage.Render(Everywhere("x"), refreshes: true);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<(script|link|img|iframe|object)\b|\sstyle=|\son[a-z]+=|url\(|@import", page);
        Assert.All(Regex.Matches(page, "(href|action)=\"([^\"]*)\"").Select(match => match.Groups[2].Value), target => Assert.StartsWith("/", target, StringComparison.Ordinal));
    }

    [Fact]
    public void Who_reads_it_may_stop_it_from_loading_again()
    {
        var page = StatusPage.Render(Snapshots.Well with { Devices = Snapshots.Well.Devices with { Filter = "a&b", Page = 2, Pages = 3 } }, refreshes: true);
        Assert.Contains("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/?device=a%26b&amp;page=2&amp;refresh=off\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", StatusPage.Render(Snapshots.Well, refreshes: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_says_everything_and_can_be_read_back()
    {
        var status = Everywhere("Gerät <1>");
        var json = StatusJson.Write(status);
        Assert.Contains("\"light\": \"yellow\"", json, StringComparison.Ordinal);
        Assert.Contains("\"daysLeft\": 300", json, StringComparison.Ordinal);
        Assert.Equal(json, StatusJson.Write(StatusJson.Read(json)!));
    }

    [Fact]
    public void Json_has_times_as_the_log_has_them()
    {
        var json = StatusJson.Write(Snapshots.Well with { Time = Snapshots.Now.ToOffset(TimeSpan.FromHours(2)).AddTicks(12_345_678) });
        Assert.Contains("\"time\": \"2026-11-22T09:30:01.234Z\"", json, StringComparison.Ordinal);
        Assert.Contains("\"lastHeard\": \"2026-11-22T09:29:53.000Z\"", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(61, "1 min")]
    [InlineData(3_600, "1 h")]
    [InlineData(11_540, "3 h 12 min")]
    [InlineData(90_000, "1 d 1 h")]
    [InlineData(100 * 86_400 + 7_200, "100 d")]
    public void Times_are_said_by_their_two_largest_units(long seconds, string expected) => Assert.Equal(expected, PageWords.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1_023, "1023 B")]
    [InlineData(1_536, "1.5 KiB")]
    [InlineData(268_435_456, "256 MiB")]
    public void Bytes_are_said_in_binary_units(long bytes, string expected) => Assert.Equal(expected, PageWords.Bytes(bytes));

    [Theory]
    [InlineData(null, null, null, null, 1, 100)]
    [InlineData(" ", "0", "0", null, 1, 1)]
    [InlineData(" ce-2 ", "3", "5000", "ce-2", 3, 1_000)]
    [InlineData("a", "-9", "many", "a", 1, 100)]
    public void A_question_that_makes_no_sense_is_none(string? device, string? page, string? size, string? name, int number, int length) =>
        Assert.Equal(new DeviceQuestion(name, number, length), DeviceQuestion.Of(device, page, size));

    /// <summary>Whatever ends a handshake by our own decision has a sentence of its own.</summary>
    [Fact]
    public void Every_reason_for_a_refusal_is_explained()
    {
        string[] others = ["time_out", "superseded", "evicted", "stopping", "peer_alert", "forgeries"];
        var words = Enum.GetValues<RefusalReason>().Select(reason => reason.ToWord())
            .Concat(Enum.GetValues<DtlsFault>().Where(fault => fault is not (DtlsFault.None or DtlsFault.ServerSignature)).Select(fault => fault.ToWord()))
            .Concat(others);
        var unknown = RefusalWords.Of("something else");
        Assert.All(words, word => Assert.NotEqual((word, unknown), (word, RefusalWords.Of(word))));
    }

    private static List<string> Tags(string page) => [.. Regex.Matches(page, "<[^>]*>").Select(tag => Regex.Replace(tag.Value, "\"[^\"]*\"", "\"\""))];

    /// <summary>The text wherever there is one that a device, a broker, a certificate or a file could have chosen.</summary>
    private static StatusSnapshot Everywhere(string text) => Snapshots.Well with
    {
        Light = StatusLight.Yellow,
        Gateway = text,
        Reasons = [new(StatusLight.Yellow, text, text)],
        Upstream = new("away", text, text, Snapshots.Now, Snapshots.Now.AddSeconds(9), Snapshots.Now, 0, new(Snapshots.Now, text, text)),
        Connections = Snapshots.Well.Connections with { Refusals = [new(text, 2, 1, text, text, Snapshots.Now, text, text)] },
        Certificates = [new("gateway", text, text, Snapshots.Now.AddDays(300), 300)],
        RevocationLists = [new(text, 1, Snapshots.Now, Snapshots.Now, 0, true)],
        Devices = new(text, 9, 5, 2, 3, false, [Snapshots.Device(text) with { Address = text }]),
        Problems = [new(StatusLight.Red, text, text, text, text, Snapshots.Now, Snapshots.Now, 4)],
        Configuration = new(text, 3, new(Snapshots.Now, text, text)),
        Version = text,
    };
}
