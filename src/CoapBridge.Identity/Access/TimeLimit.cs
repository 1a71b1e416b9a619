using System.Globalization;

namespace CoapBridge.Identity;

/// <summary>A limit in a condition: a time of every day, or one moment. Both in UTC unless the text says otherwise.</summary>
internal readonly record struct TimeLimit
{
    public const string Forms = "a time of day in UTC like \"18:30\", or a date like \"2027-01-31\" or \"2027-01-31T18:30:00Z\"";

    private readonly TimeSpan? _ofDay;
    private readonly DateTimeOffset _moment;

    private TimeLimit(TimeSpan? ofDay, DateTimeOffset moment)
    {
        _ofDay = ofDay;
        _moment = moment;
    }

    public static TimeLimit? TryParse(string text)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var culture = CultureInfo.InvariantCulture;
        return TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], culture, DateTimeStyles.None, out var time) ? new(time.ToTimeSpan(), default)
            : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"], culture, utc, out var moment)
                ? new(null, moment)
                : null;
    }

    public bool IsAfter(DateTimeOffset time) => Compare(time) > 0;

    public bool IsBefore(DateTimeOffset time) => Compare(time) < 0;

    private int Compare(DateTimeOffset time) => _ofDay?.CompareTo(time.UtcDateTime.TimeOfDay) ?? _moment.CompareTo(time);
}
