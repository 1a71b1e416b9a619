namespace CoapBridge.Status;

/// <summary>
/// What a warning of the log means. The sentence is the same each time, so that it can be counted; what differs from time to time
/// is the detail.
/// </summary>
internal static class ProblemWords
{
    public static (string What, string? Detail, string? Remedy) Of(ProblemEntry line) => line.Event switch
    {
        "warning" => (Sentence(line["what"] ?? line.Text), null, line["remedy"]),
        "upstream_away" => ($"The broker {line["host"]}:{line["port"]} cannot be reached: {line["problem"]}.", null, line["remedy"]),
        "upstream_refused" => ($"The broker {line["host"]} refuses the gateway.", Joined(line["reason"], line["detail"]), line["remedy"]),
        "upstream_lost" => (
            $"The connection to the broker {line["host"]} ended.", Joined(End(line["end"]), line["reason"], line["detail"]),
            line["remedy"] ?? "the gateway connects again by itself; if it happens often, the broker's log says why"),
        "upstream_blocked" => ("The broker takes no messages for now, and counts as away.", line["reason"], line["remedy"]),
        "upstream_unroutable" => ("The broker drops messages that no queue is bound for.", $"the last one: {line["key"]}", line["remedy"]),
        "upstream_publish_refused" => ("The broker will not have a message.", Joined(line["code"], line["detail"]), line["remedy"]),
        "upstream_commands_wait" => ($"Commands cannot be fetched from the queue {line["queue"]}.", line["problem"], line["remedy"]),
        "upstream_renewal_refused" => ("The broker does not take the gateway's new certificate; the one before is in use towards it.", null, line["remedy"]),
        "outbox_not_stored" => ("The file of the outbox cannot be written.", line["problem"], line["remedy"]),
        "outbox_damaged" => (
            "The file of the outbox was damaged. Its commands and stored messages are lost.", $"set aside as {line["SetAside"]}",
            "look at the disk; what is left in the file may be read with sqlite3"),
        "outbox_quarantined" => (
            $"The broker does not take some messages: {line["reason"]}. They are set aside.", $"the last one is {line["id"]}",
            "`coapbridge outbox list` shows them; the broker's rules for topics may be too narrow"),
        "outbox_order" => ($"On an operator's order, stored messages were changed: {line["action"]}.", $"{line["messages"]} messages", null),
        "otlp_not_sent" => ("Metrics do not reach the collector.", line["problem"], line["remedy"]),
        "admin_socket_refused" => ("Somebody who may not tried to open admin.sock.", $"user id {line["uid"]}", line["remedy"]),
        "commands_not_stored" => ("Commands for devices cannot be stored.", line["problem"], line["remedy"]),
        "commands_refused" => ($"The broker does not let the gateway subscribe to {line["filter"]}.", line["reason"], line["remedy"]),
        "revoked" => (
            $"Devices that were connected are not accepted any more: {RefusalWords.Of(line["reason"] ?? "").What}.",
            $"the last one: {line["device"]} at {line["peer"]}", RefusalWords.Of(line["reason"] ?? "").Remedy),
        "no_room" => (
            "A device found no room: there are as many connections as Listen:MaxConnections, all in use.", $"the last one: {line["device"]} at {line["peer"]}",
            "raise Listen:MaxConnections"),
        "device_lines_suppressed" => (
            "So much happened to devices that lines of the log were left out.", $"{line["lines"]} the last time",
            "the numbers at /metrics are complete; look there at what goes up"),
        "connections_discarded" => (
            $"The connections of the run before could not be used: {Words(line["reason"])}.", null, "nothing: the devices shake hands again by themselves"),
        "connections_not_saved" => (
            "The connections could not be saved for the next run.", line["problem"], "make room and give the service the right to write in State:Directory"),
        "state_unusable" => ("State:Directory cannot be used, so connections do not outlive a restart.", line["problem"], line["remedy"]),
        "reload_failed" => (
            "Changed files or settings cannot be used; what was loaded before is in force.", line["problem"],
            "repair what the detail names; the gateway looks again by itself, or at SIGHUP"),
        "restart_needed" => ($"These settings have changed and need a restart: {line["keys"]}.", null, "systemctl restart coapbridge; devices stay connected"),
        "unhandled_exception" or "failed" => (
            "A mistake in CoapBridge itself was caught.", Joined(line["where"], line.Exception?.GetType().Name, line.Exception?.Message),
            "please report it, with the log line"),
        _ => (Sentence(line["what"] ?? Words(line.Event)), Joined(line["problem"], line["reason"], line["detail"]), line["remedy"]),
    };

    private static string End(string? end) => end switch
    {
        "ServerDisconnect" => "the broker ended it",
        "TransportLost" => "without a word from the broker",
        "ServerFault" => "the broker broke the rules of MQTT",
        "ConnackTimeout" => "the broker did not answer CONNECT",
        "PingTimeout" => "the broker did not answer a ping",
        _ => Words(end),
    };

    private static string Words(string? word) => (word ?? "").Replace('_', ' ');

    private static string? Joined(params ReadOnlySpan<string?> parts)
    {
        var joined = string.Join("; ", parts.ToArray().Where(part => !string.IsNullOrEmpty(part)));
        return joined.Length > 0 ? joined : null;
    }

    private static string Sentence(string text)
    {
        var end = text.EndsWith('.') || text.Length == 0 ? "" : ".";
        return text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..] + end;
    }
}
