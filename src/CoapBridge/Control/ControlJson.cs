using System.Text.Json.Serialization;
using CoapBridge.Outbox;
using CoapBridge.Relay;

namespace CoapBridge.Control;

/// <summary>What goes over the socket: one line of JSON as the question, one as the answer.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, RespectRequiredConstructorParameters = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(OutboxOrder))]
[JsonSerializable(typeof(OutboxAnswer))]
internal sealed partial class ControlJson : JsonSerializerContext;
