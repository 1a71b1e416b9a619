using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;

namespace CoapBridge.Tests.Relay;

/// <summary>Requests become messages as PRODUCT.md's tables say.</summary>
public class TranslationTests
{
    private readonly Relayed _relay = new();

    [Fact]
    public void A_post_becomes_a_message_with_its_origin()
    {
        var publish = _relay.Send(RawRequest.To("t", "attic", "north"));
        Assert.NotNull(publish);
        var message = publish.Value.Message;

        Assert.Equal(3, publish.Value.Shard);
        Assert.Equal("devices/meter-7/t/attic/north", message.Topic);
        Assert.Equal("21.5"u8.ToArray(), message.Payload.ToArray());
        Assert.False(message.Retain);
        Assert.Null(message.MessageExpiryInterval);
        Assert.Null(message.ContentType);
        Assert.False(message.PayloadIsUtf8);
        var names = message.UserProperties.Select(property => property.Name);
        var values = message.UserProperties.Select(property => property.Value);
        Assert.Equal(["device", "gateway", "cert_sha256", "path", "message_id"], names);
        Assert.Equal(["meter-7", "gateway-1", Relayed.Meter.CertificateSha256, "/t/attic/north"], values.Take(4));
        Assert.Matches("^[0-9a-f]{32}$", message.UserProperties[4].Value);
    }

    [Fact]
    public void Each_request_has_a_ticket_and_a_message_id_of_its_own()
    {
        var sent = Enumerable.Range(0, 50).Select(_ => _relay.Send(RawRequest.To("t"))!.Value).ToList();
        Assert.Equal(50, sent.Select(publish => publish.Ticket).Distinct().Count());
        Assert.Equal(50, sent.Select(publish => publish.Message.UserProperties[4].Value).Distinct().Count());
    }

    [Theory]
    [InlineData("t", MessageType.Confirmable, null, QualityOfService.AtLeastOnce)]
    [InlineData("t", MessageType.NonConfirmable, null, QualityOfService.AtMostOnce)]
    [InlineData("t", MessageType.Confirmable, "qos=0", QualityOfService.AtMostOnce)]
    [InlineData("t", MessageType.NonConfirmable, "qos=1", QualityOfService.AtLeastOnce)]
    [InlineData("e", MessageType.NonConfirmable, null, QualityOfService.AtLeastOnce)]
    [InlineData("e", MessageType.Confirmable, "qos=1", QualityOfService.AtLeastOnce)]
    public void The_quality_of_service_follows_route_type_and_query(
        string route, MessageType type, string? query, QualityOfService quality) =>
        Assert.Equal(
            quality, _relay.Published(RawRequest.To(route) with { Type = type, Query = query is null ? [] : [query] }).QualityOfService);

    [Theory]
    [InlineData("retain=1", true)]
    [InlineData("retain=0", false)]
    [InlineData("retain", null)]
    [InlineData("retain=2", null)]
    [InlineData("qos=2", null)]
    [InlineData("qos=", null)]
    [InlineData("qos=01", null)]
    [InlineData("expiry=", null)]
    [InlineData("expiry=-1", null)]
    [InlineData("expiry=+1", null)]
    [InlineData("expiry=4294967296", null)]
    [InlineData("expiry=4294967295", false)]
    [InlineData("QOS=9", false)]
    [InlineData("color=red", false)]
    [InlineData("=", false)]
    [InlineData("", false)]
    public void Known_query_keys_have_their_values_and_others_are_ignored(string query, bool? retain)
    {
        var request = RawRequest.To("t") with { Query = [query] };
        if (retain is { } expected)
        {
            Assert.Equal(expected, _relay.Published(request).Retain);
        }
        else
        {
            var answer = _relay.Refused(request);
            Assert.Equal(CoapCode.BadRequest, answer.Code);
            Assert.StartsWith("bad-query: ", answer.Diagnostic, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bad_value_is_refused_though_a_good_one_follows() =>
        Assert.Equal(CoapCode.BadRequest, _relay.Refused(RawRequest.To("t") with { Query = ["qos=7", "qos=1"] }).Code);

    [Fact]
    public void An_event_with_quality_0_is_refused() =>
        Assert.Equal(CoapCode.BadRequest, _relay.Refused(RawRequest.To("e") with { Query = ["qos=0"] }).Code);

    [Fact]
    public void The_expiry_is_the_querys_or_the_max_age()
    {
        Assert.Equal(60u, _relay.Published(RawRequest.To("t") with { MaxAge = 60 }).MessageExpiryInterval);
        Assert.Equal(5u, _relay.Published(RawRequest.To("t") with { MaxAge = 60, Query = ["expiry=5"] }).MessageExpiryInterval);
    }

    [Theory]
    [InlineData(0u, "text/plain;charset=utf-8", true)]
    [InlineData(42u, "application/octet-stream", false)]
    [InlineData(50u, "application/json", true)]
    [InlineData(60u, "application/cbor", false)]
    [InlineData(110u, "application/senml+json", true)]
    [InlineData(112u, "application/senml+cbor", false)]
    [InlineData(65_000u, null, false)]
    public void A_content_format_becomes_a_content_type_or_a_property(uint format, string? mediaType, bool isText)
    {
        var message = _relay.Published(RawRequest.To("t") with { ContentFormat = format });
        Assert.Equal((mediaType, isText), (message.ContentType, message.PayloadIsUtf8));
        Assert.Equal(
            mediaType is null ? ["65000"] : [],
            message.UserProperties.Where(property => property.Name == "content_format").Select(property => property.Value));
    }

    [Fact]
    public void Text_that_is_no_utf8_is_not_said_to_be() =>
        Assert.False(_relay.Published(RawRequest.To("t") with { ContentFormat = 50, Payload = [0xC3, 0x28] }).PayloadIsUtf8);

    /// <summary>ATTACKS I11: no segment says anything else in MQTT than it did in CoAP.</summary>
    [Theory]
    [InlineData("a/b")]
    [InlineData("+")]
    [InlineData("a+")]
    [InlineData("#")]
    [InlineData("a#b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("a\nb")]
    [InlineData("a\u007F")]
    [InlineData("a\u0085")]
    [InlineData("\uFFFE")]
    [InlineData("\uFDD0")]
    [InlineData("\U0001FFFF")]
    public void A_segment_that_cannot_be_a_topic_level_is_refused(string segment)
    {
        foreach (var request in new[] { RawRequest.To("t", segment), RawRequest.To("t", segment, "x"), RawRequest.To("t", "x", segment) })
        {
            var answer = _relay.Refused(request);
            Assert.Equal(CoapCode.BadRequest, answer.Code);
            Assert.StartsWith("bad-path: ", answer.Diagnostic, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("C0AF")]
    [InlineData("FF")]
    [InlineData("E28C")]
    [InlineData("EDA080")]
    [InlineData("F4908080")]
    public void A_segment_that_is_no_utf8_is_refused(string hex) =>
        Assert.Equal(CoapCode.BadRequest, _relay.Refused(new RawRequest("t"u8.ToArray(), Convert.FromHexString(hex))).Code);

    [Theory]
    [InlineData("%2e%2e", "/t/%252e%252e")]
    [InlineData("$SYS", "/t/%24SYS")]
    [InlineData("a b", "/t/a%20b")]
    [InlineData("Zähler", "/t/Z%C3%A4hler")]
    [InlineData("a?b&c=d", "/t/a%3Fb%26c%3Dd")]
    [InlineData("...", "/t/...")]
    [InlineData("\U0001F321", "/t/%F0%9F%8C%A1")]
    public void Other_segments_pass_as_they_are_and_the_path_property_is_percent_encoded(string segment, string path)
    {
        var message = _relay.Published(RawRequest.To("t", segment));
        Assert.Equal("devices/meter-7/t/" + segment, message.Topic);
        Assert.Equal(path, message.UserProperties[3].Value);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("T")]
    [InlineData("tt")]
    [InlineData("")]
    public void An_unknown_resource_is_404(string first) => Assert.Equal(CoapCode.NotFound, _relay.Refused(RawRequest.To(first)).Code);

    [Fact]
    public void No_path_is_404() => Assert.Equal(CoapCode.NotFound, _relay.Refused(new RawRequest()).Code);

    [Fact]
    public void Other_methods_are_405()
    {
        foreach (var method in new[] { CoapCode.Get, CoapCode.Put, CoapCode.Delete, CoapCode.Fetch, CoapCode.Patch })
        {
            Assert.Equal(CoapCode.MethodNotAllowed, _relay.Refused(RawRequest.To("t") with { Method = method }).Code);
        }
    }

    [Fact]
    public void The_payload_is_a_copy()
    {
        var bytes = RawRequest.To("t").ToBytes();
        CoapMessage.TryParse(bytes, out var request, out _);
        _relay.Uplink.HandleRequest(_relay.Now, _relay.Device, request, request.Payload, default);
        bytes.AsSpan().Fill(0xDD);
        Assert.True(_relay.Uplink.TryTakePublish(out var publish));
        Assert.Equal("21.5", Encoding.UTF8.GetString(publish.Message.Payload.Span));
    }

    [Fact]
    public void The_policy_decides_and_a_retained_message_needs_both_rights()
    {
        const string only = """
            { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": ["Publish"], "Resource": ["devices/${device}/t/*"] } ] }
            """;
        var relay = new Relayed(only);
        relay.Published(RawRequest.To("t", "a"));
        Assert.Equal(CoapCode.Forbidden, relay.Refused(RawRequest.To("e", "a")).Code);
        Assert.Equal(CoapCode.Forbidden, relay.Refused(RawRequest.To("t", "a") with { Query = ["retain=1"] }).Code);
    }
}
