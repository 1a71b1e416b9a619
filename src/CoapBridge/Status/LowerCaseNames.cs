using System.Text.Json;
using System.Text.Json.Serialization;

namespace CoapBridge.Status;

/// <summary>An enum's names as <c>/status.json</c> writes them.</summary>
internal sealed class LowerCaseNames<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
