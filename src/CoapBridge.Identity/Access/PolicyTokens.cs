using System.Text.Json;

namespace CoapBridge.Identity;

/// <summary>
/// Walks the JSON of a policy file and collects every mistake with its line. Goes on after a wrong value.
/// </summary>
internal ref struct PolicyTokens
{
    private static readonly JsonReaderOptions Options =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16 };

    private readonly ReadOnlySpan<byte> _json;
    private readonly List<LineError> _errors = [];
    private Utf8JsonReader _reader;

    public PolicyTokens(ReadOnlySpan<byte> json)
    {
        _json = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        _reader = new(_json, Options);
    }

    public readonly List<LineError> Errors => _errors;

    /// <summary>The line of the present token, from 1.</summary>
    public readonly int Line => 1 + _json[..(int)Math.Min(_reader.TokenStartIndex, _json.Length)].Count((byte)'\n');

    /// <summary>To the next token. Throws a JsonException where the text is no JSON any more.</summary>
    public void Advance() => _reader.Read();

    /// <summary>To the next element of a list; false at its end.</summary>
    public bool NextElement() => _reader.Read() && _reader.TokenType != JsonTokenType.EndArray;

    /// <summary>The next key of an object; null at its end.</summary>
    public string? NextKey(HashSet<string> seen, string where)
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

    /// <summary>Is the present token of this type? If not, it is skipped with all that is in it.</summary>
    public bool Expect(JsonTokenType type, string demand)
    {
        if (_reader.TokenType == type)
        {
            return true;
        }

        Error(demand);
        _reader.Skip();
        return false;
    }

    public string? ReadString(string demand)
    {
        _reader.Read();
        return Expect(JsonTokenType.String, demand) ? _reader.GetString() : null;
    }

    /// <summary>One text or a list of them, each with its line.</summary>
    public List<(string Text, int Line)> ReadStrings(string what)
    {
        var texts = new List<(string, int)>();
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.String)
        {
            texts.Add((_reader.GetString()!, Line));
            return texts;
        }

        if (!Expect(JsonTokenType.StartArray, $"{what} must be a text or a list of texts"))
        {
            return texts;
        }

        var line = Line;
        var elements = 0;
        while (NextElement())
        {
            elements++;
            if (Expect(JsonTokenType.String, $"{what} must hold only texts"))
            {
                texts.Add((_reader.GetString()!, Line));
            }
        }

        if (elements == 0)
        {
            _errors.Add(new(line, $"{what} must not be empty"));
        }

        return texts;
    }

    public void UnknownKey(string key, string where, string known)
    {
        Error($"unknown key \"{key}\" in {where}; known: {known}");
        SkipValue();
    }

    public void SkipValue()
    {
        _reader.Read();
        _reader.Skip();
    }

    public readonly void Require(HashSet<string> seen, int line, string where, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (!seen.Contains(key))
            {
                _errors.Add(new(line, $"{where} lacks \"{key}\""));
            }
        }
    }

    public readonly void Error(string text) => _errors.Add(new(Line, text));
}
