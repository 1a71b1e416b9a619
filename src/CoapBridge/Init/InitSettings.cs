using System.Text.Encodings.Web;
using System.Text.Json;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Init;

/// <summary>The configuration that <c>init</c> puts together, and its text.</summary>
/// <param name="path">Where it will be; relative paths in it are relative to its folder.</param>
internal sealed class InitSettings(string path)
{
    private readonly string _folder = Path.GetDirectoryName(path)!;
    private readonly Dictionary<string, string> _settings = new()
    {
        ["Upstream:Host"] = "localhost",
    };

    /// <summary>What the broker speaks; the keys of its section are <c>Upstream:…</c> here.</summary>
    public bool IsAmqp { get; set; }

    /// <summary>The broker's section.</summary>
    public string Section => IsAmqp ? "Upstream:Amqp" : "Upstream:Mqtt";

    public string this[string key]
    {
        get => _settings[key];
        set => _settings[key] = value;
    }

    /// <summary>A path as a person gave it, relative to where that person is, as the configuration has it.</summary>
    public string PathFor(string given)
    {
        if (Pkcs11Key.IsUri(given))
        {
            return given;
        }

        var full = Path.GetFullPath(given);
        return full.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full[(_folder.Length + 1)..] : full;
    }

    /// <summary>What is known so far, the rest being defaults.</summary>
    public BridgeOptions Read(ICollection<OptionsError> errors)
    {
        var layer = _settings.Select(one => new Setting(
            one.Key.StartsWith("Upstream:", StringComparison.Ordinal) ? Section + one.Key["Upstream".Length..] : one.Key, one.Value, "init")).ToList();
        return Sections.Read(new SettingsReader([layer], errors), path, stateDirectory: null);
    }

    public string ToJson() => $$"""
        // CoapBridge, written by "coapbridge init". What is not here has its default; the README lists every key.
        // Unknown keys are errors. Paths are relative to this file.
        {
          // The gateway's own certificate, used to both sides.
          "Identity": {
            "Certificate": {{Text("Identity:Certificate")}},
            "PrivateKey": {{Text("Identity:PrivateKey")}},
            // Whose devices are let in; also the broker's, unless ServerCa is set.
            "CloudCa": {{Text("Identity:CloudCa")}}
          },
          "Listen": { "Endpoints": [{{string.Join(", ", _settings["Listen:Endpoints"].Split(',', StringSplitOptions.TrimEntries).Select(Quote))}}] },
          "Upstream": {
            "{{(IsAmqp ? "Amqp" : "Mqtt")}}": {
              // The name that the broker's certificate must carry.
              "Host": {{Text("Upstream:Host")}},
              "Port": {{_settings["Upstream:Port"]}},{{(IsAmqp ? Exchange() : "")}}
              // A CA for the broker alone; null: CloudCa.
              "ServerCa": {{(_settings.ContainsKey("Upstream:ServerCa") ? Text("Upstream:ServerCa") : "null")}},
              // One per gateway: {{(IsAmqp ? "it names the queue of commands" : "two with the same throw each other out")}}.
              "ClientId": {{Text("Upstream:ClientId")}}
            }
          },
          // Health and metrics; plain HTTP, so keep it on loopback.
          "Admin": { "Listen": "127.0.0.1:9464" }
        }

        """;

    private string Exchange() => $"""

              "VirtualHost": {Text("Upstream:VirtualHost")},
              // A topic exchange that is there.
              "Exchange": {Text("Upstream:Exchange")},
        """;

    private string Text(string key) => Quote(_settings[key]);

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
