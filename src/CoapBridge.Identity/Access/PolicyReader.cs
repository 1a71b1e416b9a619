using System.Text.Json;

namespace CoapBridge.Identity;

/// <summary>
/// Reads a policy file and collects every mistake with its line. Goes on after a wrong value; stops only where the text
/// is no JSON any more.
/// </summary>
internal ref struct PolicyReader
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16 };

    private readonly ReadOnlySpan<byte> _json;
    private readonly List<PolicyError> _errors = [];
    private readonly List<PolicyStatement> _statements = [];
    private Utf8JsonReader _reader;

    public PolicyReader(ReadOnlySpan<byte> json)
    {
        _json = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        _reader = new(_json, Options);
    }

    public readonly IReadOnlyList<PolicyError> Errors => _errors;

    public AccessPolicy? Read()
    {
        try
        {
            _reader.Read();
            ReadPolicy();
            _reader.Read(); // throws when something follows
        }
        catch (JsonException exception)
        {
            _errors.Add(new((int)(exception.LineNumber ?? 0) + 1, "this is not JSON (is a comma, quote or bracket missing?)"));
        }
        catch (InvalidOperationException)
        {
            Error("this text is not valid UTF-8"); // GetString on broken UTF-8
        }

        return _errors.Count == 0 ? new(_statements) : null;
    }

    private void ReadPolicy()
    {
        if (!Expect(JsonTokenType.StartObject, "a policy is an object { \"Version\": \"1\", \"Statement\": [ … ] }"))
        {
            return;
        }

        var line = Line();
        var seen = new HashSet<string>();
        while (NextKey(seen, "the policy") is { } key)
        {
            switch (key)
            {
                case "Version":
                    if (ReadString("Version must be \"1\"") is { } version && version != "1")
                    {
                        Error($"Version \"{version}\" is not known, only \"1\" is");
                    }

                    break;
                case "Statement":
                    ReadStatements();
                    break;
                default:
                    UnknownKey(key, "the policy", "Version, Statement");
                    break;
            }
        }

        Require(seen, line, "the policy", "Version", "Statement");
    }

    private void ReadStatements()
    {
        _reader.Read();
        if (!Expect(JsonTokenType.StartArray, "Statement must be a list [ { … } ]"))
        {
            return;
        }

        var number = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            number++;
            if (Expect(JsonTokenType.StartObject, $"statement #{number} must be an object"))
            {
                ReadStatement($"#{number}");
            }
        }
    }

    private void ReadStatement(string place)
    {
        var line = Line();
        var label = place;
        var isDeny = false;
        var actions = 0;
        var resources = new List<ResourcePattern>();
        var seen = new HashSet<string>();
        while (NextKey(seen, $"statement {label}") is { } key)
        {
            switch (key)
            {
                case "Sid":
                    label = ReadString($"Sid of statement {place} must be a text that is not empty") is { Length: > 0 } sid ? sid : place;
                    break;
                case "Effect":
                    isDeny = ReadEffect(label);
                    break;
                case "Action":
                    foreach (var (text, at) in ReadStrings($"Action of statement {label}"))
                    {
                        actions |= ParseAction(text, at, label);
                    }

                    break;
                case "Resource":
                    foreach (var (text, at) in ReadStrings($"Resource of statement {label}"))
                    {
                        if (ResourcePattern.TryParse(text, out var fault) is { } resource)
                        {
                            resources.Add(resource);
                        }
                        else
                        {
                            _errors.Add(new(at, $"{fault} (statement {label})"));
                        }
                    }

                    break;
                case "Condition" or "NotAction" or "NotResource" or "Principal":
                    Error($"not yet available: {key} in statement {label}");
                    SkipValue();
                    break;
                default:
                    UnknownKey(key, $"statement {label}", "Sid, Effect, Action, Resource");
                    break;
            }
        }

        Require(seen, line, $"statement {label}", "Effect", "Action", "Resource");
        _statements.Add(new(label, isDeny, actions, [.. resources]));
    }

    private bool ReadEffect(string label)
    {
        var effect = ReadString($"Effect of statement {label} must be \"Allow\" or \"Deny\"");
        if (effect is not (null or "Allow" or "Deny"))
        {
            Error($"Effect \"{effect}\" of statement {label} must be \"Allow\" or \"Deny\"");
        }

        return effect == "Deny";
    }

    private readonly int ParseAction(string text, int line, string label)
    {
        var place = Array.IndexOf(Enum.GetNames<PolicyAction>(), text);
        if (place < 0)
        {
            _errors.Add(new(line, $"action \"{text}\" of statement {label} is not known, only {string.Join(", ", Enum.GetNames<PolicyAction>())} are"));
            return 0;
        }

        return 1 << (int)Enum.GetValues<PolicyAction>()[place];
    }

    private string? ReadString(string demand)
    {
        _reader.Read();
        return Expect(JsonTokenType.String, demand) ? _reader.GetString() : null;
    }

    private List<(string Text, int Line)> ReadStrings(string what)
    {
        var texts = new List<(string, int)>();
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.String)
        {
            texts.Add((_reader.GetString()!, Line()));
            return texts;
        }

        if (!Expect(JsonTokenType.StartArray, $"{what} must be a text or a list of texts"))
        {
            return texts;
        }

        var line = Line();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (Expect(JsonTokenType.String, $"{what} must hold only texts"))
            {
                texts.Add((_reader.GetString()!, Line()));
            }
        }

        if (texts.Count == 0)
        {
            _errors.Add(new(line, $"{what} must not be empty"));
        }

        return texts;
    }

    private string? NextKey(HashSet<string> seen, string where)
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName)
        {
            return null;
        }

        var key = _reader.GetString()!;
        if (!seen.Add(key))
        {
            Error($"\"{key}\" is twice in {where}");
        }

        return key;
    }

    private void UnknownKey(string key, string where, string known)
    {
        Error($"unknown key \"{key}\" in {where}; known: {known}");
        SkipValue();
    }

    private void SkipValue()
    {
        _reader.Read();
        _reader.Skip();
    }

    private bool Expect(JsonTokenType type, string demand)
    {
        if (_reader.TokenType == type)
        {
            return true;
        }

        Error(demand);
        _reader.Skip();
        return false;
    }

    private readonly void Require(HashSet<string> seen, int line, string where, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (!seen.Contains(key))
            {
                _errors.Add(new(line, $"{where} lacks \"{key}\""));
            }
        }
    }

    private readonly void Error(string text) => _errors.Add(new(Line(), text));

    private readonly int Line() => 1 + _json[..(int)Math.Min(_reader.TokenStartIndex, _json.Length)].Count((byte)'\n');
}
