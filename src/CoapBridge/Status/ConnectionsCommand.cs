using System.Net;
using System.Text;
using System.Text.Json;
using CoapBridge.Admin;
using CoapBridge.Options;

namespace CoapBridge.Status;

/// <summary><c>coapbridge connections</c>: who is connected to the gateway that runs, asked at its admin address.</summary>
internal static class ConnectionsCommand
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <returns>0: listed; 1: the gateway does not answer; 2: configuration.</returns>
    public static async Task<int> ExecuteAsync(
        string? nameContains, bool asJson, Func<ICollection<OptionsError>, BridgeOptions> readOptions, TextWriter output, TextWriter complaints, CancellationToken stop)
    {
        var errors = new List<OptionsError>();
        var admin = readOptions(errors).Admin.Listen;
        if (errors.Count > 0)
        {
            errors.ForEach(error => complaints.WriteLine(error.ToString()));
            return 2;
        }

        try
        {
            var devices = await AskAsync(admin, nameContains, stop).ConfigureAwait(false);
            await output.WriteAsync(asJson ? StatusJson.Write(devices) : Table(devices)).ConfigureAwait(false);
            return 0;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException)
        {
            await complaints.WriteLineAsync(Explain(exception, admin)).ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>All pages as one.</summary>
    private static async Task<DevicesReport> AskAsync(IPEndPoint admin, string? nameContains, CancellationToken stop)
    {
        using var client = new HttpClient { Timeout = _patience };
        var list = new List<DeviceRow>();
        for (var page = 1; ; page++)
        {
            var query = $"/status.json?size={DeviceQuestion.MaximumSize}&page={page}&device={Uri.EscapeDataString(nameContains ?? "")}";
            var answer = await client.GetStringAsync(AdminAddress.Of(admin, query), stop).ConfigureAwait(false);
            var devices = StatusJson.Read(answer)?.Devices ?? throw new JsonException("no devices");
            list.AddRange(devices.List);
            if (page >= devices.Pages)
            {
                return devices with { Page = 1, Pages = 1, List = [.. list.DistinctBy(device => (device.Device, device.Address))] };
            }
        }
    }

    private static string Table(DevicesReport devices)
    {
        var now = DateTimeOffset.UtcNow;
        List<string[]> rows =
        [
            ["DEVICE", "ADDRESS", "CONNECTED", "HEARD", "MESSAGES", "CERTIFICATE"],
            .. devices.List.Select(device => new[]
            {
                device.Device, device.Address, PageWords.Ago(now, device.Since), PageWords.Ago(now, device.LastHeard),
                PageWords.Number(device.Messages), PageWords.Days(device.CertificateDaysLeft) + (device.Refused ? ", not accepted any more" : ""),
            }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in devices.List.Count > 0 ? rows : [])
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        }

        return text.AppendLine(Summary(devices)).ToString();
    }

    private static string Summary(DevicesReport devices)
    {
        var whose = devices.Filter is { } filter ? $" with '{filter}' in the name" : "";
        var count = devices.Count == 0 ? $"No connection{whose}." : $"{PageWords.Count(devices.Count, "connection")}{whose}.";
        var rest = devices.Count > devices.List.Count && devices.Complete ? $" {PageWords.Number(devices.List.Count)} are listed; a part of a name finds others." : "";
        return devices.Complete ? count + rest : count + " A shard was too busy to answer in time: its devices are missing.";
    }

    private static string Explain(Exception exception, IPEndPoint admin) => exception switch
    {
        HttpRequestException { StatusCode: HttpStatusCode.ServiceUnavailable } => $"coapbridge: the gateway at {admin} is starting; ask again in a moment",
        HttpRequestException { StatusCode: not null } or JsonException =>
            $"coapbridge: something else answers at {admin}, the Admin:Listen of this configuration; is it the configuration of the gateway that runs?",
        TaskCanceledException => $"coapbridge: the gateway at {admin} does not answer within {_patience.TotalSeconds} s; see its log",
        _ => $"coapbridge: no gateway answers at {admin}, the Admin:Listen of this configuration ({exception.Message}); "
            + "start it, or name the configuration that it runs with by --config",
    };
}
