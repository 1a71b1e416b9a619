using System.Text;
using CoapBridge.Identity;

namespace CoapBridge.Tests.Identity;

/// <summary>PRODUCT.md, "Access policy".</summary>
public sealed class AccessPolicyTests
{
    [Theory]
    [InlineData("devices/${device}/*", "devices/d1/t", true)]
    [InlineData("devices/${device}/*", "devices/d1/t/a/b", true)]
    [InlineData("devices/${device}/*", "devices/d1", false)]
    [InlineData("devices/${device}/*", "devices/d1/", false)]
    [InlineData("devices/${device}/*", "devices/d2/t", false)]
    [InlineData("devices/${device}/*", "devices/d11/t", false)]
    [InlineData("devices/${device}/*", "devices/D1/t", false)]
    [InlineData("devices/${device}", "devices/d1", true)]
    [InlineData("devices/${device}", "devices/d1/t", false)]
    [InlineData("devices/x-${device}-${device}/t", "devices/x-d1-d1/t", true)]
    [InlineData("devices/x-${device}-${device}/t", "devices/x-d1-d2/t", false)]
    [InlineData("devices/x-${device}-${device}/t", "devices/x-d1-d1x/t", false)]
    [InlineData("a/*/c", "a/b/c", true)]
    [InlineData("a/*/c", "a/b/b/c", false)]
    [InlineData("a/*/c", "a//c", false)]
    [InlineData("a/*/*", "a/b", false)]
    [InlineData("a/*/*", "a/b/c/d", true)]
    [InlineData("*", "anything/at/all", true)]
    [InlineData("*/b", "a/b", true)]
    [InlineData("*/b", "a/a/b", false)]
    [InlineData("a", "a", true)]
    [InlineData("a", "a/b", false)]
    [InlineData("a/b", "a", false)]
    public void Resources_are_compared_by_whole_levels(string resource, string topic, bool allowed)
    {
        var policy = Parse($$"""{ "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Publish", "Resource": "{{resource}}" } ] }""");
        Assert.Equal(allowed, policy.Decide(new("d1", PolicyAction.Publish, topic)).IsAllowed);
        Assert.False(policy.Decide(new("d1", PolicyAction.Retain, topic)).IsAllowed);
    }

    [Fact]
    public void Nothing_is_allowed_unless_said_and_Deny_wins_wherever_it_stands()
    {
        var policy = Parse("""
            { "Version": "1", "Statement": [
              { "Effect": "Deny", "Action": ["Retain"], "Resource": ["a/secret", "a/other"] },
              { "Sid": "all", "Effect": "Allow", "Action": ["Publish", "Retain"], "Resource": "a/*" },
              { "Sid": "late", "Effect": "Deny", "Action": "Publish", "Resource": "a/closed" } ] }
            """);
        Assert.Equal("d may Publish a/b: statement all allows it", policy.Decide(new("d", PolicyAction.Publish, "a/b")).Explanation);
        Assert.Equal("d may not Get a/b: no statement allows it", policy.Decide(new("d", PolicyAction.Get, "a/b")).Explanation);
        Assert.Equal("d may not Retain a/other: statement #1 denies it", policy.Decide(new("d", PolicyAction.Retain, "a/other")).Explanation);
        Assert.Equal((false, "late"), (policy.Decide(new("d", PolicyAction.Publish, "a/closed")).IsAllowed, policy.Decide(new("d", PolicyAction.Publish, "a/closed")).Statement));
        Assert.True(policy.Decide(new("d", PolicyAction.Publish, "a/secret")).IsAllowed);
        Assert.False(Parse("""{ "Version": "1", "Statement": [] }""").Decide(new("d", PolicyAction.Publish, "a")).IsAllowed);
    }

    [Fact]
    public void The_shipped_policy_gives_each_device_its_own_topics_and_nothing_else()
    {
        var policy = AccessPolicy.TryParse(File.ReadAllBytes(Path.Combine(Root(), "config", "policy.json")), out var errors);
        Assert.Empty(errors);
        foreach (var action in Enum.GetValues<PolicyAction>())
        {
            Assert.True(policy!.Decide(new("device-1", action, "devices/device-1/t")).IsAllowed);
            Assert.False(policy.Decide(new("device-1", action, "devices/device-2/t")).IsAllowed);
            Assert.False(policy.Decide(new("device-1", action, "gateways/gateway-1/status")).IsAllowed);
        }
    }

    [Fact]
    public void The_policy_of_the_README_is_one()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));
        var start = readme.IndexOf("```json", readme.IndexOf("### Who may do what", StringComparison.Ordinal), StringComparison.Ordinal) + 7;
        var policy = AccessPolicy.TryParse(Encoding.UTF8.GetBytes(readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)]), out var errors);
        Assert.Empty(errors);
        Assert.NotNull(policy);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_with_their_lines()
    {
        const string json = """
            { "Version": "2",
              "Id": { "x": [1] },
              "Statement": [
                { "Sid": "one", "Effect": "allow", "Action": ["Publish", "publish"], "Resource": "a/+/b",
                  "Condition": { "StringEquals": { "cert:Issuer.CN": "x" } } },
                { "Effect": "Allow", "Action": [],
                  "Resource": ["a//b", "a/b*", "a/${cert:Serial2}", "a/${device", 7] },
                { "Effect": "Allow", "Effect": "Deny", "NotAction": "Get", "Resource": "" },
                "x" ] }
            """;
        Assert.Null(AccessPolicy.TryParse(Encoding.UTF8.GetBytes(json), out var errors));
        Assert.Equal(
            [
                "line 1: Version \"2\" is not known, only \"1\" is",
                "line 2: unknown key \"Id\" in the policy; known: Version, Statement",
                "line 4: Effect \"allow\" of statement one must be \"Allow\" or \"Deny\"",
                "line 4: action \"publish\" of statement one is not known, only Publish, Retain, Get, Observe, Command, Call are",
                "line 4: resource \"a/+/b\": + and # are not wildcards here, use * (statement one)",
                "line 6: Action of statement #2 must not be empty",
                "line 7: Resource of statement #2 must hold only texts",
                "line 7: resource \"a//b\" has an empty level (statement #2)",
                "line 7: resource \"a/b*\": a * must be a whole level (statement #2)",
                "line 7: variable ${cert:Serial2} is not known; known: device, cert:Serial, and cert:Subject.… or cert:Issuer.… with CN, O, OU, C, L or ST (statement #2)",
                "line 7: resource level \"${device\" has ${ without } (statement #2)",
                "line 8: \"Effect\" is twice in statement #3",
                "line 8: NotAction in statement #3 is not part of these policies; name the actions and resources themselves",
                "line 8: a resource must not be empty (statement #3)",
                "line 8: statement #3 lacks \"Action\"",
                "line 9: statement #4 must be an object",
            ],
            errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{ \"Version\": \"1\", \"Statement\": [] } x")]
    [InlineData("{ \"Version\": \"1\", \"Statement\": {} }")]
    [InlineData("{ \"Version\": 1, \"Statement\": [] }")]
    public void What_is_no_policy_is_refused(string json)
    {
        Assert.Null(AccessPolicy.TryParse(Encoding.UTF8.GetBytes(json), out var errors));
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void Every_prefix_and_every_stirred_octet_is_refused_or_read_but_never_throws()
    {
        var json = File.ReadAllBytes(Path.Combine(Root(), "config", "policy.json"));
        var end = json.AsSpan().LastIndexOf((byte)'}');
        for (var length = 0; length <= end; length++)
        {
            Assert.Null(AccessPolicy.TryParse(json.AsSpan(0, length), out var errors));
            Assert.NotEmpty(errors);
        }

        for (var i = 0; i < json.Length; i++)
        {
            foreach (var octet in new byte[] { 0x00, 0xFF, (byte)'"', (byte)'\\', (byte)'{', (byte)']', (byte)'1' })
            {
                var stirred = json.ToArray();
                stirred[i] = octet;
                Assert.Equal(AccessPolicy.TryParse(stirred, out var errors) is null, errors.Count > 0);
            }
        }
    }

    private static AccessPolicy Parse(string json)
    {
        var policy = AccessPolicy.TryParse(Encoding.UTF8.GetBytes(json), out var errors);
        Assert.Empty(errors);
        return policy!;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "CoapBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
