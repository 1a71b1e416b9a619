using System.Text.Json;

namespace CoapBridge.Identity;

/// <summary>The grammar of a policy file. Every mistake is collected; it stops only where the text is no JSON any more.</summary>
internal static class PolicyReader
{
    public static List<PolicyStatement> Read(ReadOnlySpan<byte> text, out List<LineError> errors)
    {
        var json = new PolicyTokens(text);
        errors = json.Errors;
        var statements = new List<PolicyStatement>();
        try
        {
            json.Advance();
            ReadPolicy(ref json, statements);
            json.Advance(); // throws when something follows
        }
        catch (JsonException exception)
        {
            errors.Add(new((int)(exception.LineNumber ?? 0) + 1, "this is not JSON (is a comma, quote or bracket missing?)"));
        }
        catch (InvalidOperationException)
        {
            json.Error("this text is not valid UTF-8"); // GetString on broken UTF-8
        }

        return statements;
    }

    private static void ReadPolicy(ref PolicyTokens json, List<PolicyStatement> statements)
    {
        if (!json.Expect(JsonTokenType.StartObject, "a policy is an object { \"Version\": \"1\", \"Statement\": [ … ] }"))
        {
            return;
        }

        var line = json.Line;
        var seen = new HashSet<string>();
        while (json.NextKey(seen, "the policy") is { } key)
        {
            switch (key)
            {
                case "Version":
                    if (json.ReadString("Version must be \"1\"") is { } version && version != "1")
                    {
                        json.Error($"Version \"{version}\" is not known, only \"1\" is");
                    }

                    break;
                case "Statement":
                    ReadStatements(ref json, statements);
                    break;
                default:
                    json.UnknownKey(key, "the policy", "Version, Statement");
                    break;
            }
        }

        json.Require(seen, line, "the policy", "Version", "Statement");
    }

    private static void ReadStatements(ref PolicyTokens json, List<PolicyStatement> statements)
    {
        json.Advance();
        if (!json.Expect(JsonTokenType.StartArray, "Statement must be a list [ { … } ]"))
        {
            return;
        }

        var number = 0;
        while (json.NextElement())
        {
            number++;
            if (json.Expect(JsonTokenType.StartObject, $"statement #{number} must be an object"))
            {
                statements.Add(ReadStatement(ref json, $"#{number}"));
            }
        }
    }

    private static PolicyStatement ReadStatement(ref PolicyTokens json, string place)
    {
        var line = json.Line;
        var label = place;
        var isDeny = false;
        var actions = 0;
        var resources = new List<ResourcePattern>();
        var conditions = new List<PolicyCondition>();
        var seen = new HashSet<string>();
        while (json.NextKey(seen, $"statement {label}") is { } key)
        {
            switch (key)
            {
                case "Sid":
                    label = json.ReadString($"Sid of statement {place} must be a text that is not empty") is { Length: > 0 } sid ? sid : place;
                    break;
                case "Effect":
                    isDeny = ReadEffect(ref json, label);
                    break;
                case "Action":
                    actions |= ReadActions(ref json, label);
                    break;
                case "Resource":
                    ReadResources(ref json, label, resources);
                    break;
                case "Condition":
                    ConditionReader.Read(ref json, label, conditions);
                    break;
                case "NotAction" or "NotResource" or "Principal":
                    json.Error($"{key} in statement {label} is not part of these policies; name the actions and resources themselves");
                    json.SkipValue();
                    break;
                default:
                    json.UnknownKey(key, $"statement {label}", "Sid, Effect, Action, Resource, Condition");
                    break;
            }
        }

        json.Require(seen, line, $"statement {label}", "Effect", "Action", "Resource");
        return new(label, isDeny, actions, [.. resources], [.. conditions]);
    }

    private static bool ReadEffect(ref PolicyTokens json, string label)
    {
        var effect = json.ReadString($"Effect of statement {label} must be \"Allow\" or \"Deny\"");
        if (effect is not (null or "Allow" or "Deny"))
        {
            json.Error($"Effect \"{effect}\" of statement {label} must be \"Allow\" or \"Deny\"");
        }

        return effect == "Deny";
    }

    private static int ReadActions(ref PolicyTokens json, string label)
    {
        var names = Enum.GetNames<PolicyAction>();
        var actions = 0;
        foreach (var (text, line) in json.ReadStrings($"Action of statement {label}"))
        {
            var place = Array.IndexOf(names, text);
            if (place < 0)
            {
                json.Errors.Add(new(line, $"action \"{text}\" of statement {label} is not known, only {string.Join(", ", names)} are"));
                continue;
            }

            actions |= 1 << (int)Enum.GetValues<PolicyAction>()[place];
        }

        return actions;
    }

    private static void ReadResources(ref PolicyTokens json, string label, List<ResourcePattern> resources)
    {
        foreach (var (text, line) in json.ReadStrings($"Resource of statement {label}"))
        {
            if (ResourcePattern.TryParse(text, out var fault) is { } resource)
            {
                resources.Add(resource);
            }
            else
            {
                json.Errors.Add(new(line, $"{fault} (statement {label})"));
            }
        }
    }
}
