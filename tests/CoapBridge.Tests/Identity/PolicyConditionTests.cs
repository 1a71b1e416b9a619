using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Identity;
using CoapBridge.Wire;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>PRODUCT.md, "Access policy": variables and conditions.</summary>
public sealed class PolicyConditionTests
{
    private static readonly DeviceIdentity Plant = Admit("Plant 7", "00ABCDEF01");

    [Theory]
    [InlineData("a/${device}", "a/device-1", true)]
    [InlineData("a/${cert:Serial}/b", "a/abcdef01/b", true)]
    [InlineData("a/${cert:Serial}/b", "a/00abcdef01/b", false)]
    [InlineData("a/${cert:Subject.O}", "a/Plant 7", true)]
    [InlineData("a/x${cert:Subject.O}-${device}", "a/xPlant 7-device-1", true)]
    [InlineData("a/${cert:Subject.O}", "a/Plant 8", false)]
    [InlineData("a/${cert:Issuer.CN}", "a/CA", true)]
    [InlineData("a/${cert:Issuer.O}", "a/CA", false)] // the issuer has no O
    [InlineData("a/${cert:Issuer.O}", "a/", false)]
    [InlineData("a/${cert:Subject.CN}", "a/device-1", true)]
    public void Variables_stand_for_what_the_certificate_says(string resource, string topic, bool allowed)
    {
        var policy = Allow(resource);
        Assert.Equal(allowed, policy.Decide(new(Plant, PolicyAction.Publish, topic)).IsAllowed);
        Assert.Equal(allowed && resource.Contains("${device}", StringComparison.Ordinal) && !resource.Contains("cert", StringComparison.Ordinal),
            policy.Decide(new("device-1", PolicyAction.Publish, topic)).IsAllowed);
    }

    [Theory]
    [InlineData("a*b", "a/x/b")]
    [InlineData("*", "a/x")]
    [InlineData("a/b", "a/a/b")]
    [InlineData("${device}", "a/device-1")]
    public void The_value_of_a_variable_is_never_a_pattern(string organization, string topic)
    {
        var device = Admit(organization);
        Assert.False(Allow("a/${cert:Subject.O}").Decide(new(device, PolicyAction.Publish, topic)).IsAllowed);
    }

    [Theory]
    [InlineData("two", true)]
    [InlineData("control\u0001", true)]
    [InlineData("hidden\u202Eright", true)]
    [InlineData("fine", false)]
    public void A_variable_without_one_plain_value_never_helps_the_device(string organization, bool unresolved)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddOrganizationName(organization);
        if (organization == "two")
        {
            builder.AddOrganizationName("three");
        }

        builder.AddCommonName("device-1");
        var device = Judge(Ca.Issue(Device with { Subject = builder.Build() }).Der).Device!;
        var topic = $"a/{organization}";
        Assert.Equal(!unresolved, Allow("a/${cert:Subject.O}").Decide(new(device, PolicyAction.Publish, topic)).IsAllowed);
        var denies = Parse("""
            { "Effect": "Allow", "Action": "Publish", "Resource": "*" },
            { "Sid": "not-here", "Effect": "Deny", "Action": "Publish", "Resource": "a/${cert:Subject.O}x" }
            """);
        Assert.Equal(!unresolved, denies.Decide(new(device, PolicyAction.Publish, topic)).IsAllowed);
        Assert.True(denies.Decide(new(device, PolicyAction.Publish, "b/c")).IsAllowed);
        Assert.True(denies.Decide(new(device, PolicyAction.Publish, "a/b/c")).IsAllowed);
        var unless = Parse("""
            { "Effect": "Allow", "Action": "Publish", "Resource": "*" },
            { "Effect": "Deny", "Action": "Publish", "Resource": "*", "Condition": { "StringEquals": { "cert:Subject.O": "nobody" } } }
            """);
        Assert.Equal(!unresolved, unless.Decide(new(device, PolicyAction.Publish, topic)).IsAllowed);
    }

    [Theory]
    [InlineData("StringEquals", "cert:Issuer.CN", "\"CA\"", true)]
    [InlineData("StringEquals", "cert:Issuer.CN", "\"ca\"", false)]
    [InlineData("StringEquals", "cert:Issuer.CN", "[\"x\", \"CA\"]", true)]
    [InlineData("StringEquals", "cert:Serial", "\"AB:CD:EF:01\"", true)]
    [InlineData("StringEquals", "cert:Serial", "\"0x00abcdef01\"", true)]
    [InlineData("StringEquals", "cert:Serial", "\"abcdef02\"", false)]
    [InlineData("StringEquals", "device", "\"device-*\"", false)]
    [InlineData("StringLike", "device", "\"device-*\"", true)]
    [InlineData("StringLike", "device", "\"device-?\"", true)]
    [InlineData("StringLike", "device", "\"device-??\"", false)]
    [InlineData("StringLike", "device", "\"*-*\"", true)]
    [InlineData("StringLike", "device", "\"*d*e*1\"", true)]
    [InlineData("StringLike", "device", "\"*2*\"", false)]
    [InlineData("StringLike", "cert:Subject.O", "[\"Plant ?\", \"x\"]", true)]
    [InlineData("StringLike", "cert:Subject.OU", "\"*\"", false)]
    [InlineData("IpAddress", "SourceIp", "\"10.1.0.0/16\"", true)]
    [InlineData("IpAddress", "SourceIp", "\"10.1.2.3\"", true)]
    [InlineData("IpAddress", "SourceIp", "\"10.1.2.2\"", false)]
    [InlineData("IpAddress", "SourceIp", "[\"fd00::/8\", \"10.1.2.0/30\"]", true)]
    [InlineData("IpAddress", "SourceIp", "\"::/0\"", false)]
    [InlineData("IpAddress", "SourceIp", "\"0.0.0.0/0\"", true)]
    [InlineData("DateLessThan", "CurrentTime", "\"12:01\"", true)]
    [InlineData("DateLessThan", "CurrentTime", "\"12:00\"", false)]
    [InlineData("DateGreaterThan", "CurrentTime", "\"11:59:59\"", true)]
    [InlineData("DateGreaterThan", "CurrentTime", "\"12:00:00\"", false)]
    [InlineData("DateLessThan", "CurrentTime", "\"2026-06-02\"", true)]
    [InlineData("DateLessThan", "CurrentTime", "\"2026-06-01T14:00:01+02:00\"", true)]
    [InlineData("DateLessThan", "CurrentTime", "\"2026-06-01T12:00:00Z\"", false)]
    public void A_condition_narrows_a_statement(string name, string key, string values, bool met)
    {
        var request = new PolicyRequest(Plant, PolicyAction.Publish, "a")
        {
            Address = PeerAddress.From(IPAddress.Parse("10.1.2.3"), 4711),
            Time = Now,
        };
        var condition = $$"""{ "{{name}}": { "{{key}}": {{values}} } }""";
        Assert.Equal(met, Conditional("Allow", condition).Decide(request).IsAllowed);
        var knows = key != "cert:Subject.OU"; // what is not known denies
        Assert.Equal(!met && knows, Conditional("Deny", condition).Decide(request).IsAllowed);
        var elsewhere = request with { Address = null, Time = null };
        if (key is "SourceIp" or "CurrentTime")
        {
            Assert.False(Conditional("Allow", condition).Decide(elsewhere).IsAllowed);
            Assert.False(Conditional("Deny", condition).Decide(elsewhere).IsAllowed);
        }
    }

    [Theory]
    [InlineData("fd00:1::/32", "fd00:1:2::3", true)]
    [InlineData("fd00:1::/32", "fd00:2::3", false)]
    [InlineData("fe80::/10", "fe80::1%3", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.9.9.9", true)]
    public void Ranges_of_both_families_are_told_apart(string range, string address, bool contains)
    {
        var policy = Conditional("Allow", $$"""{ "IpAddress": { "SourceIp": "{{range}}" } }""");
        var request = new PolicyRequest("d", PolicyAction.Publish, "a") { Address = PeerAddress.From(IPAddress.Parse(address), 1) };
        Assert.Equal(contains, policy.Decide(request).IsAllowed);
    }

    [Fact]
    public void All_operators_and_all_keys_must_hold()
    {
        var policy = Conditional("Allow", """{ "StringEquals": { "cert:Issuer.CN": "CA", "device": "device-1" }, "DateLessThan": { "CurrentTime": "13:00" } }""");
        var request = new PolicyRequest(Plant, PolicyAction.Publish, "a") { Time = Now };
        Assert.True(policy.Decide(request).IsAllowed);
        Assert.False(policy.Decide(request with { Time = Now.AddHours(1) }).IsAllowed);
        Assert.False(policy.Decide(new("device-1", PolicyAction.Publish, "a") { Time = Now }).IsAllowed);
    }

    [Fact]
    public void Mistakes_in_conditions_are_told_all_at_once_with_their_lines()
    {
        const string json = """
            { "Version": "1", "Statement": [
              { "Sid": "s", "Effect": "Allow", "Action": "Publish", "Resource": "a", "Condition": {
                "StringNotEquals": { "device": "x" },
                "StringEquals": { "aws:SourceIp": "10.0.0.1", "device": "${cert:Serial}" },
                "IpAddress": { "SourceIp": ["10.0.0.1/8", "010.0.0.1", "fe80::1%2", "::ffff:1.2.3.4", "10.0.0.0/33", "x"], "device": "x" },
                "DateLessThan": { "CurrentTime": ["24:00", "2026-13-01", "2026-01-01T00:00:00"] },
                "DateGreaterThan": {},
                "StringLike": { "device": [] },
                "StringLike": 7 } },
              { "Sid": "t", "Effect": "Allow", "Action": "Publish", "Resource": "a", "Condition": {} },
              { "Sid": "u", "Effect": "Allow", "Action": "Publish", "Resource": "a", "Condition": [] } ] }
            """;
        Assert.Null(AccessPolicy.TryParse(Encoding.UTF8.GetBytes(json), out var errors));
        const string range = "must be an address or a range like 10.0.0.0/8 or fd00::/8, with zeros after the prefix (statement s)";
        const string time = "must be a time of day in UTC like \"18:30\", or a date like \"2027-01-31\" or \"2027-01-31T18:30:00Z\" (statement s)";
        Assert.Equal(
            [
                "line 3: condition operator \"StringNotEquals\" of statement s is not known, only StringEquals, StringLike, IpAddress, DateLessThan, DateGreaterThan are",
                "line 4: StringEquals of statement s takes no key \"aws:SourceIp\"; known: device, cert:Serial, and cert:Subject.… or cert:Issuer.… with CN, O, OU, C, L or ST",
                "line 4: value \"${cert:Serial}\" of StringEquals device: variables stand in resources and as keys, not in values (statement s)",
                $"line 5: value \"10.0.0.1/8\" {range}",
                $"line 5: value \"010.0.0.1\" {range}",
                $"line 5: value \"fe80::1%2\" {range}",
                $"line 5: value \"::ffff:1.2.3.4\" {range}",
                $"line 5: value \"10.0.0.0/33\" {range}",
                $"line 5: value \"x\" {range}",
                "line 5: IpAddress of statement s takes no key \"device\"; known: SourceIp",
                $"line 6: value \"24:00\" {time}",
                $"line 6: value \"2026-13-01\" {time}",
                $"line 6: value \"2026-01-01T00:00:00\" {time}",
                "line 7: DateGreaterThan of statement s must not be empty",
                "line 8: StringLike device of statement s must not be empty",
                "line 9: \"StringLike\" is twice in the Condition of statement s",
                "line 9: StringLike of statement s must be an object { \"key\": \"value\" }",
                "line 10: Condition of statement t must not be empty",
                "line 11: Condition of statement u must be an object { \"StringEquals\": { … } }",
            ],
            errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Every_statement_says_what_it_thinks_of_a_request()
    {
        var policy = Parse("""
            { "Sid": "own", "Effect": "Allow", "Action": "Publish", "Resource": "devices/${device}/*" },
            { "Sid": "plant", "Effect": "Allow", "Action": "Publish", "Resource": "plants/${cert:Subject.O}/t" },
            { "Sid": "night", "Effect": "Deny", "Action": "Publish", "Resource": "*", "Condition": { "DateGreaterThan": { "CurrentTime": "22:00" } } },
            { "Effect": "Allow", "Action": "Get", "Resource": "*" }
            """);
        Assert.Equal(
            [
                "d may Publish devices/d/t: statement own allows it",
                "statement own (Allow) allows",
                "statement plant (Allow) is not about this topic, only about plants/${cert:Subject.O}/t",
                "statement night (Deny) does not apply: its condition DateGreaterThan CurrentTime is not met",
                "statement #4 (Allow) is not about Publish",
            ],
            policy.Explain(new("d", PolicyAction.Publish, "devices/d/t") { Time = Now }));
        Assert.Equal(
            [
                "d may not Publish plants/x/t: statement night denies it",
                "statement own (Allow) is not about this topic, only about devices/${device}/*",
                "statement plant (Allow) does not apply: a variable in its resource has no value for this device",
                "statement night (Deny) denies: its condition DateGreaterThan CurrentTime asks for what is not known of this device",
                "statement #4 (Allow) is not about Publish",
            ],
            policy.Explain(new("d", PolicyAction.Publish, "plants/x/t")));
    }

    [Fact]
    public void A_decision_without_certificate_variables_allocates_nothing()
    {
        var policy = Parse("""
            { "Effect": "Deny", "Action": "Publish", "Resource": "secret/*", "Condition": { "StringLike": { "device": "x*" }, "IpAddress": { "SourceIp": "10.0.0.0/8" } } },
            { "Effect": "Allow", "Action": ["Publish", "Retain"], "Resource": ["a/b", "devices/${device}/*"] }
            """);
        var request = new PolicyRequest(Plant, PolicyAction.Publish, "devices/device-1/t") { Address = default(PeerAddress), Time = Now };
        var allowed = policy.Decide(request).IsAllowed;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            allowed &= policy.Decide(request).IsAllowed;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(allowed);
    }

    private static DeviceIdentity Admit(string organization, string? serial = null)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName("device-1");
        builder.AddOrganizationName(organization);
        var leaf = Ca.Issue(Device with { Subject = builder.Build(), SerialNumber = serial is null ? null : Convert.FromHexString(serial) });
        var verdict = Judge(leaf.Der);
        AssertAccepted(verdict);
        return verdict.Device!;
    }

    private static AccessPolicy Allow(string resource) =>
        Parse($$"""{ "Effect": "Allow", "Action": "Publish", "Resource": "{{resource}}" }""");

    private static AccessPolicy Conditional(string effect, string condition) =>
        Parse($$"""
            { "Effect": "{{effect}}", "Action": "Publish", "Resource": "*", "Condition": {{condition}} }
            {{(effect == "Deny" ? ", { \"Effect\": \"Allow\", \"Action\": \"Publish\", \"Resource\": \"*\" }" : "")}}
            """);

    private static AccessPolicy Parse(string statements)
    {
        var policy = AccessPolicy.TryParse(Encoding.UTF8.GetBytes($$"""{ "Version": "1", "Statement": [ {{statements}} ] }"""), out var errors);
        Assert.Empty(errors);
        return policy!;
    }
}
