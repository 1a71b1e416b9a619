using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Tests.Host;

public sealed class LogTests
{
    [Theory]
    [InlineData("key_usage", "key_usage")]
    [InlineData("[::1]:5684", "[::1]:5684")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("CN=a", "\"CN=a\"")]
    [InlineData("a\" alert=0 b=\"", "\"a\\\" alert=0 b=\\\"\"")]
    [InlineData("a\nhandshake result=accepted", "\"a\\nhandshake result=accepted\"")]
    [InlineData("a\u001b[2J\u202e\u2028\u00a0", "\"a\\u{1b}[2J\\u{202e}\\u{2028}\\u{a0}\"")]
    [InlineData("back\\slash", "\"back\\\\slash\"")]
    [InlineData("Gerät 7", "\"Gerät 7\"")]
    public void A_value_can_neither_end_its_line_nor_forge_a_key(string value, string expected) => Assert.Equal(expected, LogValue.Format(value));

    [Fact]
    public void A_long_value_is_cut() => Assert.Equal(LogValue.MaxLength + 3, LogValue.Format(new string('a', 10_000)).Length);

    [Fact]
    public void A_line_is_the_event_and_its_keys()
    {
        var line = Line(toJournal: false, logger => Log.Advice(logger, "the key is old", "roll it"));
        Assert.Matches("""^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning warning what="the key is old" remedy="roll it"\n\z""", line);
    }

    [Fact]
    public void The_journal_gets_a_priority_instead_of_time_and_level() =>
        Assert.Equal("<6>listening endpoint=0.0.0.0:5684\n", Line(toJournal: true, logger => Log.Listening(logger, "0.0.0.0:5684")));

    [Fact]
    public void A_missing_value_leaves_its_key_out_and_an_exception_stays_on_the_line()
    {
        var line = Line(toJournal: true, logger => Log.UnhandledException(logger, new InvalidOperationException("a\nb"), "shard", null));
        Assert.Equal("<3>unhandled_exception where=shard exception=\"InvalidOperationException: a\\nb\"\n", line);
    }

    [Fact]
    public void What_a_message_says_besides_its_values_is_on_the_line_too() => Assert.Equal(
        "<4>restart_needed keys=Admin:Listen remedy=\"restart to use them; everything else is in force\"\n",
        Line(toJournal: true, logger => Log.RestartNeeded(logger, "Admin:Listen")));

    [Fact]
    public void Keys_are_written_in_snake_case() =>
        Assert.Contains(" input_sha256=00ff ", Line(toJournal: true, logger => Log.UnhandledException(logger, new InvalidOperationException("x"), "shard", "00ff")), StringComparison.Ordinal);

    private static string Line(bool toJournal, Action<ILogger> write)
    {
        var logger = new FormattedLogger(new LineFormatter(toJournal, TimeProvider.System));
        write(logger);
        return logger.Text.ToString();
    }
}
