using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CoapBridge.Status;

/// <summary><c>/status.json</c>, written and read.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(StatusSnapshot))]
[JsonSerializable(typeof(DevicesReport))]
internal sealed partial class StatusJson : JsonSerializerContext
{
    private static readonly StatusJson _context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        Converters = { new JsonTime() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for people; it is never part of a page
    });

    public static string Write(StatusSnapshot snapshot) => JsonSerializer.Serialize(snapshot, _context.StatusSnapshot) + "\n";

    public static string Write(DevicesReport devices) => JsonSerializer.Serialize(devices, _context.DevicesReport) + "\n";

    /// <exception cref="JsonException">It is something else.</exception>
    public static StatusSnapshot? Read(string json) => JsonSerializer.Deserialize(json, _context.StatusSnapshot);
}
