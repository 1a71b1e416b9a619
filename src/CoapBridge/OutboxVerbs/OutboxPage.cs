using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoapBridge.Mqtt;
using CoapBridge.Options;
using CoapBridge.Status;

namespace CoapBridge.OutboxVerbs;

/// <summary>What <c>outbox list</c> prints.</summary>
internal static class OutboxPage
{
    /// <summary>For people.</summary>
    public static string ToText(OutboxListing listing, OutboxOptions options, bool quarantineOnly)
    {
        var text = new StringBuilder().Append(options.File).Append('\n');
        if (!File.Exists(options.File))
        {
            return text.Append("There is no such file: no gateway has run with this configuration yet, or its State:Directory is another one here than there (STATE_DIRECTORY in its unit?).\n").ToString();
        }

        if (!quarantineOnly)
        {
            AppendWaiting(text, listing);
        }

        AppendQuarantine(text, listing);
        var used = listing.Waiting.Sum(one => one.Bytes) + listing.Quarantine.Sum(one => one.Bytes);
        return text.Append('\n').Append($"Both count against Outbox:MaxBytes: {used} of {options.MaxBytes} bytes are used.\n").ToString();
    }

    /// <summary>For programs.</summary>
    public static string ToJson(OutboxListing listing, OutboxOptions options, bool quarantineOnly)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("file", options.File);
            json.WriteNumber("max_bytes", options.MaxBytes);
            if (!quarantineOnly)
            {
                json.WriteStartArray("waiting");
                foreach (var one in listing.Waiting)
                {
                    Write(json, one);
                }

                json.WriteEndArray();
            }

            json.WriteStartArray("quarantine");
            foreach (var one in listing.Quarantine)
            {
                Write(json, one);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    public static string Messages(long count) => count == 1 ? "1 message" : $"{count} messages";

    private static void AppendWaiting(StringBuilder text, OutboxListing listing)
    {
        text.Append('\n').Append(Messages(listing.Waiting.Sum(one => one.Messages))).Append(" waiting for the broker\n");
        if (listing.Waiting.Count > 0)
        {
            AppendTable(text, ["DEVICE", "MESSAGES", "BYTES", "OLDEST"], listing.Waiting.Select(one => new[] { one.Device, Text(one.Messages), Text(one.Bytes), Text(one.Oldest) }));
        }
    }

    private static void AppendQuarantine(StringBuilder text, OutboxListing listing)
    {
        text.Append('\n').Append(Messages(listing.Quarantine.Count)).Append(" in quarantine, which the broker did not take\n");
        if (listing.Quarantine.Count > 0)
        {
            AppendTable(
                text, ["MESSAGE ID", "DEVICE", "BYTES", "STORED", "REASON", "TOPIC"],
                listing.Quarantine.Select(one => new[] { one.Id, one.Device, Text(one.Bytes), Text(one.Stored), Explain(one.Reason), one.Topic }));
            text.Append("  → when the broker takes them now: coapbridge outbox retry --all (or --device NAME, --id MESSAGE_ID); to give them up: coapbridge outbox purge --quarantine\n");
        }
    }

    /// <summary>The name beside the broker's code.</summary>
    private static string Explain(string reason) =>
        reason.StartsWith("0x", StringComparison.Ordinal) && byte.TryParse(reason.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code)
            && Enum.IsDefined((MqttReasonCode)code) ? $"{reason} {(MqttReasonCode)code}" : reason;

    private static void Write(Utf8JsonWriter json, WaitingMessages one)
    {
        json.WriteStartObject();
        json.WriteString("device", one.Device);
        json.WriteNumber("messages", one.Messages);
        json.WriteNumber("bytes", one.Bytes);
        json.WriteString("oldest", JsonTime.Text(one.Oldest));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QuarantinedMessage one)
    {
        json.WriteStartObject();
        json.WriteString("message_id", one.Id);
        json.WriteString("device", one.Device);
        json.WriteString("topic", one.Topic);
        json.WriteNumber("bytes", one.Bytes);
        json.WriteString("stored", JsonTime.Text(one.Stored));
        json.WriteString("reason", Explain(one.Reason));
        json.WriteEndObject();
    }

    private static void AppendTable(StringBuilder text, string[] heading, IEnumerable<string[]> rows)
    {
        var all = rows.Prepend(heading).ToList();
        var widths = heading.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
        {
            text.Append("  ").Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}
