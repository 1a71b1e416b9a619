using System.Text.Json;

namespace CoapBridge.Identity;

/// <summary>
/// Reads <c>"Condition": { "StringEquals": { "cert:Issuer.CN": ["a", "b"] }, … }</c>. All operators and all keys must hold;
/// of several values one is enough.
/// </summary>
internal static class ConditionReader
{
    private const string Operators = "StringEquals, StringLike, IpAddress, DateLessThan, DateGreaterThan";

    public static void Read(ref PolicyTokens json, string label, List<PolicyCondition> conditions)
    {
        json.Advance();
        if (!json.Expect(JsonTokenType.StartObject, $"Condition of statement {label} must be an object {{ \"StringEquals\": {{ … }} }}"))
        {
            return;
        }

        var line = json.Line;
        var seen = new HashSet<string>();
        while (json.NextKey(seen, $"the Condition of statement {label}") is { } name)
        {
            if (Operators.Split(", ").Contains(name))
            {
                ReadOperator(ref json, name, label, conditions);
            }
            else
            {
                json.Error($"condition operator \"{name}\" of statement {label} is not known, only {Operators} are");
                json.SkipValue();
            }
        }

        if (seen.Count == 0)
        {
            json.Errors.Add(new(line, $"Condition of statement {label} must not be empty"));
        }
    }

    private static void ReadOperator(ref PolicyTokens json, string name, string label, List<PolicyCondition> conditions)
    {
        json.Advance();
        if (!json.Expect(JsonTokenType.StartObject, $"{name} of statement {label} must be an object {{ \"key\": \"value\" }}"))
        {
            return;
        }

        var start = json.Line;
        var seen = new HashSet<string>();
        while (json.NextKey(seen, $"{name} of statement {label}") is { } key)
        {
            var before = json.Errors.Count;
            var line = json.Line;
            var values = json.ReadStrings($"{name} {key} of statement {label}");
            if (json.Errors.Count == before && Compile(name, key, line, values, label, json.Errors) is { } condition)
            {
                conditions.Add(condition);
            }
        }

        if (seen.Count == 0)
        {
            json.Errors.Add(new(start, $"{name} of statement {label} must not be empty"));
        }
    }

    private static PolicyCondition? Compile(
        string name, string key, int line, List<(string Text, int Line)> values, string statement, List<LineError> errors)
    {
        var label = $"{name} {key}";
        switch (name)
        {
            case "IpAddress" when key == PolicyCondition.AddressKey:
                const string ranges = "must be an address or a range like 10.0.0.0/8 or fd00::/8, with zeros after the prefix";
                return new PolicyCondition.OfAddress(label, All(values, AddressRange.TryParse, ranges, statement, errors));
            case "DateLessThan" or "DateGreaterThan" when key == PolicyCondition.TimeKey:
                var limits = All(values, TimeLimit.TryParse, $"must be {TimeLimit.Forms}", statement, errors);
                return new PolicyCondition.OfTime(label, name == "DateLessThan", limits);
            case "StringEquals" or "StringLike" when PolicyVariable.TryParse(key) is { } variable:
                return CompileText(label, variable, name == "StringLike", values, statement, errors);
            default:
                errors.Add(new(line, $"{name} of statement {statement} takes no key \"{key}\"; known: {KeysOf(name)}"));
                return null;
        }
    }

    private static PolicyCondition.OfText CompileText(
        string label, PolicyVariable variable, bool isLike, List<(string Text, int Line)> values, string statement, List<LineError> errors)
    {
        var texts = new List<string>();
        foreach (var (text, line) in values)
        {
            if (text.Contains("${", StringComparison.Ordinal))
            {
                errors.Add(new(line, $"value \"{text}\" of {label}: variables stand in resources and as keys, not in values (statement {statement})"));
            }

            // A serial is written in many ways; compared is its number.
            texts.Add(variable.IsSerial && !isLike ? SerialNumber.TryParse(text) ?? text : text);
        }

        return new(label, variable, isLike, [.. texts]);
    }

    private static string KeysOf(string name) => name switch
    {
        "IpAddress" => PolicyCondition.AddressKey,
        "DateLessThan" or "DateGreaterThan" => PolicyCondition.TimeKey,
        _ => PolicyVariable.Known,
    };

    private static T[] All<T>(
        List<(string Text, int Line)> values, Func<string, T?> parse, string demand, string statement, List<LineError> errors)
        where T : struct
    {
        var parsed = new List<T>();
        foreach (var (text, line) in values)
        {
            if (parse(text) is { } value)
            {
                parsed.Add(value);
            }
            else
            {
                errors.Add(new(line, $"value \"{text}\" {demand} (statement {statement})"));
            }
        }

        return [.. parsed];
    }
}
