using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>Routes are configuration: compiled with every mistake named, found by the bytes of a path.</summary>
public class RouteTests
{
    [Theory]
    [InlineData("", "Path", "segment \"\"")]
    [InlineData("/t", "Path", "segment \"\"")]
    [InlineData("t//x", "Path", "segment \"\"")]
    [InlineData("t/../x", "Path", "segment \"..\"")]
    [InlineData("t/+", "Path", "segment \"+\"")]
    [InlineData("t/a{b}", "Path", "segment \"a{b}\"")]
    [InlineData("{x}/t", "Path", "must begin with a segment of text")]
    [InlineData("{*x}", "Path", "must begin with a segment of text")]
    [InlineData("t/{*sub}/x", "Path", "{*sub} must be the last segment")]
    [InlineData("t/{x}/{x}", "Path", "{x} stands twice")]
    [InlineData("t/{device}", "Path", "{device} must have a name")]
    [InlineData("t/{}", "Path", "{} must have a name")]
    [InlineData("time", "Path", "the gateway's own")]
    [InlineData(".well-known/core", "Path", "the gateway's own")]
    [InlineData("cr/{id}", "Path", "the gateway's own")]
    public void A_path_that_is_no_template_is_refused(string path, string key, string problem) =>
        AssertRefused(new RouteEntry(path, RouteKind.Publish, "a"), key, problem);

    [Theory]
    [InlineData("", "must not be empty")]
    [InlineData("$SYS/{x}", "must not begin with '$'")]
    [InlineData("a//{x}", "level \"\"")]
    [InlineData("a/+/{x}", "level \"+\"")]
    [InlineData("a/#", "level \"#\"")]
    [InlineData("a", "must use {x} of the path")]
    [InlineData("a/{y}", "has {y}, which the path does not have; there are {prefix}, {device}, {x}")]
    [InlineData("a/{x}/{x}", "has {x} twice")]
    [InlineData("a/{x}{device}", "at most one placeholder")]
    [InlineData("a/}x{", "at most one placeholder")]
    [InlineData("a/{x", "at most one placeholder")]
    public void A_topic_that_is_no_template_is_refused(string topic, string problem) =>
        AssertRefused(new RouteEntry("t/{x}", RouteKind.Publish, topic), "Topic", problem);

    [Fact]
    public void The_rest_of_a_path_is_a_whole_level() =>
        AssertRefused(new RouteEntry("t/{*x}", RouteKind.Publish, "a/b{x}"), "Topic", "must have {x} as a whole level");

    [Theory]
    [InlineData("c/{x}", "{device}/{x}/#", "Path", "must be text only")]
    [InlineData("c", "{device}/c", "Topic", "must end with /#")]
    [InlineData("c", "all/c/#", "Topic", "must hold {device}")]
    public void Commands_have_a_plain_path_and_a_topic_of_the_device_alone(string path, string topic, string key, string problem) =>
        AssertRefused(new RouteEntry(path, RouteKind.Commands, topic), key, problem);

    [Fact]
    public void Settings_that_a_kind_would_not_obey_are_refused()
    {
        AssertRefused(new RouteEntry("a/{*x}", RouteKind.State, "{x}") { Retains = true }, "Retain", "is for Publish only");
        AssertRefused(new RouteEntry("a", RouteKind.Publish, "a") { AsRequests = true }, "AsRequests", "is for Commands only");
        AssertRefused(new RouteEntry("c", RouteKind.Commands, "{device}/c/#") { Quality = QualityOfService.AtMostOnce }, "Qos", "is not for Commands");
        RouteEntry[] two = [new("c", RouteKind.Commands, "{device}/c/#"), new("d", RouteKind.Commands, "{device}/d/#")];
        Assert.False(RouteTable.TryCompile(two, "devices", out _, out var errors));
        Assert.Equal((1, "Kind"), (Assert.Single(errors).Index, errors[0].Key));
    }

    [Fact]
    public void Two_routes_with_the_same_paths_are_refused()
    {
        RouteEntry[] entries = [new("t/{x}/y", RouteKind.Publish, "a/{x}"), new("t/{z}/y", RouteKind.Publish, "b/{z}")];
        Assert.False(RouteTable.TryCompile(entries, "devices", out _, out var errors));
        Assert.Equal((1, "Path"), (Assert.Single(errors).Index, errors[0].Key));
    }

    [Fact]
    public void The_most_particular_route_is_found()
    {
        RouteEntry[] entries =
        [
            new("t/{*rest}", RouteKind.Publish, "rest/{rest}"), new("t/{x}", RouteKind.Publish, "one/{x}"), new("t/a", RouteKind.Publish, "a"),
            new("t/{x}/b", RouteKind.Publish, "x-b/{x}"), new("t/a/{y}", RouteKind.Publish, "a-y/{y}"),
        ];
        Assert.True(RouteTable.TryCompile(entries, "devices", out var table, out _));
        var relay = new Relayed(Everything, routes: table);
        Assert.Equal("rest", relay.Published(RawRequest.To("t")).Topic);
        Assert.Equal("a", relay.Published(RawRequest.To("t", "a")).Topic);
        Assert.Equal("one/b", relay.Published(RawRequest.To("t", "b")).Topic);
        Assert.Equal("a-y/b", relay.Published(RawRequest.To("t", "a", "b")).Topic);
        Assert.Equal("x-b/c", relay.Published(RawRequest.To("t", "c", "b")).Topic);
        Assert.Equal("rest/c/d", relay.Published(RawRequest.To("t", "c", "d")).Topic);
        Assert.Equal(CoapCode.NotFound, relay.Refused(RawRequest.To("T", "a")).Code);
    }

    [Fact]
    public void A_topic_is_made_of_prefix_device_and_path()
    {
        RouteEntry[] entries = [new("m/{meter}/{*rest}", RouteKind.Publish, "{prefix}/v-{device}/{rest}/m-{meter}-x")];
        Assert.True(RouteTable.TryCompile(entries, "a/b", out var table, out _));
        var relay = new Relayed(Everything, routes: table);
        Assert.Equal("a/b/v-meter-7/p/q/m-9-x", relay.Published(RawRequest.To("m", "9", "p", "q")).Topic);
        Assert.Equal("a/b/v-meter-7/m-9-x", relay.Published(RawRequest.To("m", "9")).Topic);
        Assert.Equal(CoapCode.NotFound, relay.Refused(RawRequest.To("m")).Code);
    }

    [Fact]
    public void No_topic_begins_with_a_dollar_sign_though_the_policy_allows_everything()
    {
        Assert.True(RouteTable.TryCompile([new("x/{*topic}", RouteKind.Publish, "{topic}")], "devices", out var table, out _));
        var relay = new Relayed(Everything, routes: table);
        Assert.Equal(CoapCode.BadRequest, relay.Refused(RawRequest.To("x", "$SYS", "broker")).Code);
        Assert.Equal(CoapCode.BadRequest, relay.Refused(RawRequest.To("x", "$share", "g", "t")).Code);
        Assert.Equal(CoapCode.BadRequest, relay.Refused(RawRequest.To("x")).Code);
        Assert.Equal("a/$b", relay.Published(RawRequest.To("x", "a", "$b")).Topic);
    }

    [Fact]
    public void A_topic_beyond_the_brokers_limits_is_refused_to_who_asks_for_it()
    {
        Assert.True(RouteTable.TryCompile([new("t/{*sub}", RouteKind.Publish, "{device}/{sub}")], "devices", out var table, out _, new TopicLimits(3, 20)));
        var relay = new Relayed(Everything, routes: table);
        Assert.Equal("meter-7/a/b", relay.Published(RawRequest.To("t", "a", "b")).Topic);
        Assert.Equal(CoapCode.BadRequest, relay.Refused(RawRequest.To("t", "a", "b", "c")).Code);
        Assert.Equal("meter-7/123456789012", relay.Published(RawRequest.To("t", "123456789012")).Topic);
        Assert.Equal(CoapCode.BadRequest, relay.Refused(RawRequest.To("t", "1234567890123")).Code);
        Assert.Equal(CoapCode.BadRequest, relay.Refused(RawRequest.To("t", "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc")).Code);
    }

    [Fact]
    public void A_property_bag_says_what_properties_would_and_no_path_escapes_it()
    {
        RouteEntry entry = new("t/{*sub}", RouteKind.Publish, "devices/g/messages/events/{properties}");
        Assert.True(RouteTable.TryCompile([entry], "devices", out var table, out _));
        var relay = new Relayed(Everything, routes: table);
        var message = relay.Published(RawRequest.To("t", "a b", "x=1&device=other", "?") with { ContentFormat = 50, Payload = "{}"u8.ToArray() });
        Assert.StartsWith("devices/g/messages/events/device=meter-7&gateway=gateway-1&cert_sha256=", message.Topic, StringComparison.Ordinal);
        Assert.Contains("&path=%2Ft%2Fa%2520b%2Fx%253D1%2526device%253Dother%2F%253F&message_id=", message.Topic, StringComparison.Ordinal);
        Assert.EndsWith("&%24.ct=application%2Fjson&%24.ce=utf-8", message.Topic, StringComparison.Ordinal);
        var bag = PropertyBag.Read(message.Topic.Split('/')[^1]);
        Assert.Equal(message.UserProperties.ToDictionary(one => one.Name, one => one.Value)["message_id"], bag[PropertyBag.MessageId]);
        Assert.Equal("meter-7", bag["device"]);

        // The policy is asked about the topic without the bag.
        relay = new Relayed("""{ "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Publish", "Resource": "devices/g/messages/events" } ] }""", routes: table);
        Assert.NotNull(relay.Send(RawRequest.To("t")));
        Assert.False(RouteTable.TryCompile([entry with { Kind = RouteKind.State }], "devices", out _, out var errors));
        Assert.Equal("Topic", Assert.Single(errors).Key);
        Assert.False(RouteTable.TryCompile([entry with { Topic = "a/{properties}/b" }], "devices", out _, out errors));
        Assert.Contains("as the last level", Assert.Single(errors).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_a_route_are_obeyed()
    {
        var entry = new RouteEntry("m", RouteKind.Publish, "devices/{device}/m") { Retains = true, Expiry = 30, MaximumBody = 4, ContentFormats = [50, 60] };
        Assert.True(RouteTable.TryCompile([entry], "devices", out var table, out _));
        var relay = new Relayed(routes: table);
        var message = relay.Published(RawRequest.To("m") with { ContentFormat = 50 });
        Assert.Equal((true, 30u), (message.Retain, message.MessageExpiryInterval));
        Assert.Equal(7u, relay.Published(RawRequest.To("m") with { ContentFormat = 50, MaxAge = 7 }).MessageExpiryInterval);
        Assert.Equal(CoapCode.UnsupportedContentFormat, relay.Refused(RawRequest.To("m") with { ContentFormat = 0 }).Code);
        Assert.Equal(CoapCode.UnsupportedContentFormat, relay.Refused(RawRequest.To("m")).Code);
        relay.Published(RawRequest.To("m") with { Payload = [] });
        var tooLarge = relay.Refused(RawRequest.To("m") with { ContentFormat = 60, Payload = new byte[5] });
        Assert.Equal((CoapCode.RequestEntityTooLarge, 4u), (tooLarge.Code, tooLarge.Size1));

        const string publishOnly = """
            { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": ["Publish"], "Resource": ["*"] } ] }
            """;
        Assert.Equal(CoapCode.Forbidden, new Relayed(publishOnly, routes: table).Refused(RawRequest.To("m") with { ContentFormat = 50 }).Code);
    }

    /// <summary>ATTACKS I09, I19: RFC 9175 §2.3.</summary>
    [Fact]
    public void A_route_that_demands_freshness_takes_only_the_echo_of_this_connection_of_the_last_minute()
    {
        Assert.True(RouteTable.TryCompile([new RouteEntry("m", RouteKind.Publish, "devices/{device}/m") { DemandsEcho = true }], "devices", out var table, out _));
        var relay = new Relayed(routes: table);
        var challenge = relay.Refused(RawRequest.To("m"));
        Assert.Equal((CoapCode.Unauthorized, 8), (challenge.Code, challenge.Echo.Length));
        var echo = challenge.Echo.ToArray();

        relay.Published(WithEcho(echo));
        foreach (var wrong in new[] { new byte[8], echo[..7], [.. echo, 0], new byte[40], new byte[41], [] })
        {
            Assert.Equal(CoapCode.Unauthorized, relay.Refused(WithEcho(wrong)).Code);
        }

        var other = new Relayed(routes: table);
        other.Refused(RawRequest.To("m"));
        relay.Now += Freshness.Lifetime;
        var again = relay.Refused(WithEcho(echo));
        Assert.Equal(CoapCode.Unauthorized, again.Code);
        Assert.NotEqual(echo, again.Echo.ToArray());
    }

    [Fact]
    public void The_time_is_text_or_cbor_and_goes_with_any_answer_on_demand()
    {
        var relay = new Relayed();
        var time = RawRequest.To("time") with { Method = CoapCode.Get, Payload = [] };
        Assert.Equal(CoapCode.ServiceUnavailable, relay.Answered(time).Code);

        var utc = DateTimeOffset.FromUnixTimeMilliseconds(1_763_786_000_123);
        relay.Uplink.HandleTimeOfDay(relay.Now, utc);
        relay.Now += TimeSpan.FromSeconds(2);
        Assert.Equal("1763786002", Text(relay.Answered(time)));
        Assert.Equal("1763786002", Text(relay.Answered(time with { Options = [(OptionNumber.Accept, [])] })));
        var cbor = relay.Answered(time with { Options = [(OptionNumber.Accept, [60])] });
        Assert.Equal("1B" + 1_763_786_002L.ToString("X16", null), Convert.ToHexString(cbor.Content!.Payload.Span));
        Assert.Equal(CoapCode.NotAcceptable, relay.Answered(time with { Options = [(OptionNumber.Accept, [50])] }).Code);
        Assert.Equal(CoapCode.MethodNotAllowed, relay.Answered(time with { Method = CoapCode.Post }).Code);

        var publish = relay.Send(RawRequest.To("t") with { Options = [((OptionNumber)65000, [])] })!.Value;
        relay.Uplink.HandleReceipt(relay.Now, new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged));
        Assert.Equal(1_763_786_002_123, relay.TakeAnswer().ServerTime);
        Assert.Null(relay.Answered(time).ServerTime);
    }

    [Fact]
    public void Well_known_core_lists_what_the_device_may_use()
    {
        RouteEntry[] entries =
        [
            new("t/{*sub}", RouteKind.Publish, "{prefix}/{device}/t/{sub}"), new("x/{*sub}", RouteKind.Publish, "other/{sub}"),
            new("j", RouteKind.Publish, "{prefix}/{device}/j") { ContentFormats = [50] },
        ];
        Assert.True(RouteTable.TryCompile(entries, "devices", out var table, out _));
        var relay = new Relayed(routes: table);
        var core = RawRequest.To(".well-known", "core") with { Method = CoapCode.Get, Payload = [] };
        var answer = relay.Answered(core);
        Assert.Equal((CoapCode.Content, 40u), (answer.Code, answer.Content!.Format));
        var links = Text(answer).Split(',');
        Assert.Equal(["</j>;rt=\"publish\";ct=\"50\"", "</t>;rt=\"publish\"", "</time>;ct=\"0 60\""], links.Order(StringComparer.Ordinal));
        Assert.Equal(CoapCode.NotAcceptable, relay.Answered(core with { Options = [(OptionNumber.Accept, [50])] }).Code);
        Assert.Equal(CoapCode.MethodNotAllowed, relay.Answered(core with { Method = CoapCode.Put }).Code);
    }

    internal const string Everything = """
        { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": ["Publish", "Retain", "Get", "Observe", "Command", "Call"], "Resource": ["*"] } ] }
        """;

    private static RawRequest WithEcho(byte[] echo) => RawRequest.To("m") with { Options = [(OptionNumber.Echo, echo)] };

    private static string Text(Answer answer) => Encoding.UTF8.GetString(answer.Content!.Payload.Span);

    private static void AssertRefused(RouteEntry entry, string key, string problem)
    {
        Assert.False(RouteTable.TryCompile([entry], "devices", out var table, out var errors));
        Assert.Null(table);
        Assert.Contains(errors, error => error.Key == key && error.Problem.Contains(problem, StringComparison.Ordinal));
    }
}
