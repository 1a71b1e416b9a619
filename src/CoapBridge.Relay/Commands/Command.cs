using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>A command of the cloud for a device (PRODUCT.md, "Commands"). Immutable.</summary>
/// <param name="Id">Eight hex digits, unique among the commands of its device; the <c>{id}</c> of <c>/cr/{id}</c>.</param>
/// <param name="Device">For whom.</param>
/// <param name="Name">The topic levels after the route's; empty when there are none.</param>
/// <param name="Content">What it says.</param>
/// <param name="Ends">When it, or once the device has it the chance to reply, is over.</param>
public sealed record Command(string Id, string Device, string Name, Content Content, Instant Ends)
{
    /// <summary>Where the reply goes, perhaps with <see cref="CommandSource.StatusPlace"/>; null: nobody waits for one.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>What the reply must carry.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>The device has it; only its reply is still expected.</summary>
    public bool IsTaken { get; init; }

    /// <summary>Where a reply with this status goes; null when the cloud wants a number and the status is none.</summary>
    /// <param name="status">A word, a number, or a response code like 2.04, which is 204 then; empty: 200.</param>
    public string? ReplyTopic(string status)
    {
        if (ResponseTopic?.Contains(CommandSource.StatusPlace, StringComparison.Ordinal) != true)
        {
            return ResponseTopic;
        }

        var number = status.Length == 0 ? "200" : status.Replace(".", "", StringComparison.Ordinal);
        return number.Length <= 9 && number.All(char.IsAsciiDigit) ? ResponseTopic.Replace(CommandSource.StatusPlace, number, StringComparison.Ordinal) : null;
    }

    /// <summary>As a response or a notification.</summary>
    /// <param name="code">2.04 or 2.05.</param>
    /// <param name="withFormat">
    /// False in notifications: all of an observation have one Content-Format (RFC 7641 §4.2), and those of commands differ.
    /// </param>
    public Answer ToAnswer(Coap.CoapCode code, bool withFormat) => new(code, MaxAge: 0)
    {
        Content = Content with
        {
            Format = withFormat ? Content.Format : null,
            LocationPath = [RouteTable.CommandReplySegment, Id],
            LocationQuery = Name.Length > 0 ? [$"n={Name}"] : [],
        },
    };
}
