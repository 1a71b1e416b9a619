using System.Globalization;

namespace CoapBridge.Proof.Judging;

/// <summary>One PUBLISH that the broker took, in the order in which it took them; a duplicate is another one.</summary>
/// <param name="Device">As its topic says.</param>
/// <param name="Number">As its payload says.</param>
/// <param name="MessageId">Its user property message_id.</param>
internal sealed record Arrival(string Device, int Number, string MessageId)
{
    /// <summary>Null when it is none of ours, or is not as it was posted.</summary>
    /// <param name="topic">devices/NAME/…</param>
    /// <param name="messageId">Its user property.</param>
    /// <param name="payload">At least its first three words.</param>
    /// <param name="length">Of the whole payload.</param>
    public static Arrival? TryRead(string topic, string messageId, string payload, int length)
    {
        var levels = topic.Split('/');
        var words = payload.Split(' ', 4);
        return levels.Length >= 3 && words.Length == 4 && messageId.Length > 0
            && words[0] == levels[1]
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && Math.Max(size, words[0].Length + words[1].Length + words[2].Length + 3) == length
                ? new Arrival(words[0], number, messageId) : null;
    }
}
