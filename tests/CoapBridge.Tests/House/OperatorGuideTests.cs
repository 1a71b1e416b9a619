using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using CoapBridge.Telemetry;
using CoapBridge.Tests.Host;
using CoapBridge.Tools.Demo;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Tests.House;

/// <summary>The log lines that the READMEs show to operators are those that the product writes.</summary>
public sealed partial class OperatorGuideTests
{
    private static readonly string[] Guides = ["README.md", Path.Combine("config", "README.md")];

    private static readonly MethodInfo[] LogMethods =
        [.. typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.GetCustomAttribute<LoggerMessageAttribute>() is not null)];

    private static readonly string[] Literals =
    [
        .. HouseRulesTests.SourceFiles("src").SelectMany(file => Literal().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct(),
    ];

    // What is in braces may be anything, but not everything.
    private static readonly Regex[] Sentences =
    [
        .. Literals.Where(text => Hole().Replace(text, "").Count(char.IsAsciiLetter) > 5)
            .Select(text => new Regex("^" + string.Join(".*", Hole().Split(text).Select(Regex.Escape)) + "$")),
    ];

    private static readonly string[] LongLiterals = [.. Literals.Where(text => text.Length > 30 && !text.Contains('{', StringComparison.Ordinal))];

    public static TheoryData<string> Lines => new(Guides.Select(guide => File.ReadAllText(Path.Combine(HouseRulesTests.Root, guide)))
        .SelectMany(text => LogBlock().Matches(text)).SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_that_is_shown_is_one_that_the_product_writes(string line)
    {
        var shown = GatewayLogLine.TryParse(line) ?? throw new InvalidOperationException("not a log line");
        var methods = LogMethods.Where(method => method.GetCustomAttribute<LoggerMessageAttribute>()!.EventName == shown.Event).ToList();
        Assert.NotEmpty(methods);
        Assert.Contains(line, methods.Select(method => Write(method, shown)));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void What_it_says_in_sentences_is_said_in_the_source(string line)
    {
        var shown = GatewayLogLine.TryParse(line)!;
        var fixedParts = string.Concat(LogMethods.Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()!.Message));

        // What the operating system, SQLite or RabbitMQ say are their words.
        string[] foreign = ["database or disk is full", "No space left on device", "Permission denied"];
        var sentences = shown.Values.Where(value => value.Key is "problem" or "remedy" or "what" or "detail").Select(value => value.Value)
            .Where(text => text.Contains(' ', StringComparison.Ordinal) && !foreign.Contains(text) && !text.StartsWith("ACCESS_REFUSED - ", StringComparison.Ordinal)
                && !fixedParts.Contains($"=\"{text}\"", StringComparison.Ordinal));
        Assert.All(sentences, text => Assert.True(
            Array.Exists(Sentences, sentence => sentence.IsMatch(text)) || Array.Exists(LongLiterals, literal => text.Contains(literal, StringComparison.Ordinal)),
            $"nothing in src says \"{text}\""));
    }

    /// <summary>The line that a log method writes when it is given the values of another.</summary>
    private static string Write(MethodInfo method, GatewayLogLine shown)
    {
        var template = method.GetCustomAttribute<LoggerMessageAttribute>()!.Message;
        var logger = new FormattedLogger(new LineFormatter(toJournal: true, TimeProvider.System));
        method.Invoke(null, [.. method.GetParameters().Select(parameter => parameter.ParameterType switch
        {
            var type when type == typeof(ILogger) => logger,
            var type when type == typeof(Exception) => null,
            var type => Convert(shown[Regex.Match(template, $@"(?i)(\w+)=\{{{parameter.Name}\}}").Groups[1].Value], type),
        })]);
        var exception = shown["exception"] is null ? "" : ExceptionPart().Match(shown.Text).Value;
        return Priority().Replace(logger.Text.ToString().TrimEnd('\n'), "") + exception;
    }

    private static object? Convert(string? value, Type type) => value is null
        ? (type == typeof(string) || Nullable.GetUnderlyingType(type) is not null ? null : Activator.CreateInstance(type))
        : System.Convert.ChangeType(value, Nullable.GetUnderlyingType(type) ?? type, CultureInfo.InvariantCulture);

    [GeneratedRegex("(?s)```log\n(.*?)```")]
    private static partial Regex LogBlock();

    [GeneratedRegex("\\$?\"((?:[^\"\\\\\n]|\\\\.)*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();

    [GeneratedRegex("^<[0-7]>")]
    private static partial Regex Priority();

    [GeneratedRegex(" exception=.*$")]
    private static partial Regex ExceptionPart();
}
