using System.Text;
using CoapBridge.Coap;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>Observers of topics (RFC 7641): one subscription for all, the last value first, the end told.</summary>
public class ObserveTests
{
    private const string Topic = "devices/meter-7/x";

    private static readonly string[] Path = ["ps", "devices", "meter-7", "x"];

    private readonly Relayed _relay = new(RouteTests.Everything);

    public ObserveTests() => _relay.TakeSubscriptions();

    [Fact]
    public void The_last_value_comes_first_then_each_change()
    {
        var first = Register(1, "21.5");
        Assert.Equal((CoapCode.Content, true, 86_400u), (first.Code, first.Observe, first.MaxAge));
        Assert.Equal("21.5", Text(first));
        _relay.Deliver(Topic, "22", retain: true);
        var told = Assert.Single(_relay.TakeNotifications());
        Assert.Equal(("22", true), (Text(told.Answer), told.Confirmable));
        Assert.Equal(new Token([1]), told.Token);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void The_quality_of_the_message_says_whether_it_must_be_acknowledged(int quality, bool confirmable)
    {
        Register(1, "0");
        _relay.Deliver(Topic, "1", retain: true, quality);
        Assert.Equal(confirmable, Assert.Single(_relay.TakeNotifications()).Confirmable);
    }

    [Fact]
    public void A_thousand_observers_need_one_subscription()
    {
        var clients = Enumerable.Range(0, 1_000).Select(_ => Relayed.NewClient()).ToList();
        foreach (var client in clients)
        {
            _relay.HandleRequest(client, RawRequest.Observe(1, Path));
        }

        Assert.Single(_relay.TakeSubscriptions());
        _relay.Settle(Topic, "0");
        Assert.Equal(1_000, _relay.TakeAnswers().Count(answer => answer.Observe));
        _relay.Deliver(Topic, "1", retain: true);
        Assert.Equal(1_000, _relay.TakeNotifications().Select(told => told.Client).Distinct().Count());

        foreach (var client in clients.Take(999))
        {
            _relay.Uplink.HandleClientGone(_relay.Now, client);
        }

        _relay.Deliver(Topic, "2", retain: true);
        Assert.Same(clients[999], Assert.Single(_relay.TakeNotifications()).Client);
        _relay.Uplink.HandleObserverGone(_relay.Now, clients[999], new Token([1]));
        _relay.Now += StateCache.Linger;
        _relay.HandleTimeout();
        Assert.False(Assert.Single(_relay.TakeSubscriptions()).Wanted);
    }

    [Fact]
    public void Nobody_observes_what_has_no_value()
    {
        _relay.Send(RawRequest.Observe(1, Path));
        _relay.Settle(Topic);
        var answer = _relay.TakeAnswer();
        Assert.Equal((CoapCode.NotFound, false), (answer.Code, answer.Observe));
        _relay.Deliver(Topic, "1", retain: true);
        Assert.Empty(_relay.TakeNotifications());
    }

    [Fact]
    public void The_end_of_a_value_ends_its_observers_with_404()
    {
        Register(1, "0");
        _relay.Deliver(Topic, "", retain: true);
        Assert.Equal(CoapCode.NotFound, Assert.Single(_relay.TakeNotifications()).Answer.Code);
        _relay.Deliver(Topic, "1", retain: true);
        Assert.Empty(_relay.TakeNotifications());
    }

    [Fact]
    public void A_delete_through_the_gateway_ends_observers_too()
    {
        Register(1, "0");
        var publish = _relay.Send(RawRequest.To(Path) with { Method = CoapCode.Delete, Payload = [] })!.Value;
        _relay.Acknowledge(publish);
        Assert.Equal(CoapCode.Deleted, _relay.TakeAnswer().Code);
        Assert.Equal(CoapCode.NotFound, Assert.Single(_relay.TakeNotifications()).Answer.Code);
    }

    [Fact]
    public void A_message_that_is_not_retained_is_told_but_is_not_the_value()
    {
        Register(1, "0");
        _relay.Deliver(Topic, "ping", retain: false);
        _relay.Deliver(Topic, "ping", retain: false);
        Assert.Equal(["ping", "ping"], _relay.TakeNotifications().Select(told => Text(told.Answer)));
        Assert.Equal("0", Text(_relay.Answered(RawRequest.Get(Path))));
    }

    [Theory]
    [InlineData("0", new string[0])]
    [InlineData("1", new[] { "2.05" })]
    [InlineData(null, new[] { "4.04" })]
    public void A_broker_that_restarts_is_told_only_by_what_it_changed(string? after, string[] codes)
    {
        Register(1, "0");
        _relay.TakeSubscriptions();
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Away));
        _relay.Uplink.HandleUpstream(new UpstreamStatus(UpstreamState.Connected));
        Assert.Empty(_relay.TakeSubscriptions());
        _relay.Settle(Topic, after);
        Assert.Equal(codes, _relay.TakeNotifications().Select(told => told.Answer.Code.ToString()));
    }

    [Fact]
    public void A_value_that_comes_again_unchanged_is_not_told()
    {
        Register(1, "0");
        _relay.Deliver(Topic, "0", retain: true);
        Assert.Empty(_relay.TakeNotifications());
    }

    [Fact]
    public void A_registration_under_the_same_token_replaces_the_one_before()
    {
        Register(1, "0");
        _relay.Send(RawRequest.Observe(1, "ps", "devices", "meter-7", "y"));
        _relay.Settle("devices/meter-7/y", "5");
        Assert.True(_relay.TakeAnswer().Observe);
        _relay.Deliver(Topic, "1", retain: true);
        Assert.Empty(_relay.TakeNotifications());
        _relay.Deliver("devices/meter-7/y", "6", retain: true);
        Assert.Equal("6", Text(Assert.Single(_relay.TakeNotifications()).Answer));
    }

    [Fact]
    public void Two_tokens_are_two_observers()
    {
        Register(1, "0");
        Assert.True(_relay.Answered(RawRequest.Observe(2, Path)).Observe);
        _relay.Deliver(Topic, "1", retain: true);
        Assert.Equal(2, _relay.TakeNotifications().Select(told => told.Token).Distinct().Count());
        _relay.Uplink.HandleObserverGone(_relay.Now, _relay.Device, new Token([1]));
        _relay.Uplink.HandleObserverGone(_relay.Now, _relay.Device, new Token([1]));
        _relay.Deliver(Topic, "2", retain: true);
        Assert.Equal(new Token([2]), Assert.Single(_relay.TakeNotifications()).Token);
    }

    /// <summary>ATTACKS K05.</summary>
    [Theory]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 2 })]
    [InlineData(new byte[] { 255, 255, 255 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    public void Other_values_of_observe_register_nobody(byte[] value)
    {
        Register(9, "0");
        var answer = _relay.Answered(RawRequest.Get(Path) with { Options = [(OptionNumber.Observe, value)] });
        Assert.Equal((CoapCode.Content, false), (answer.Code, answer.Observe));
    }

    [Fact]
    public void Observe_on_a_put_means_nothing()
    {
        Register(9, "0");
        var put = _relay.Send(RawRequest.To(Path) with { Method = CoapCode.Put, Options = [(OptionNumber.Observe, [])] });
        _relay.Acknowledge(put!.Value);
        Assert.False(_relay.TakeAnswer().Observe);
    }

    [Fact]
    public void An_observer_that_takes_one_format_hears_406_when_another_comes()
    {
        _relay.Send(RawRequest.Observe(1, Path) with { Options = [(OptionNumber.Observe, []), (OptionNumber.Accept, [50])] });
        _relay.Deliver(Topic, "{}", retain: true, adapt: message => message with { ContentType = "application/json" });
        Assert.True(_relay.TakeAnswer().Observe);
        _relay.Deliver(Topic, "x", retain: true, adapt: message => message with { ContentType = "application/cbor" });
        Assert.Equal(CoapCode.NotAcceptable, Assert.Single(_relay.TakeNotifications()).Answer.Code);
        _relay.Deliver(Topic, "{1}", retain: true, adapt: message => message with { ContentType = "application/json" });
        Assert.Empty(_relay.TakeNotifications());
    }

    [Fact]
    public void A_policy_that_no_longer_allows_it_ends_the_observer_at_the_next_message()
    {
        Register(1, "0");
        _relay.Uplink.HandleSettings(Relayed.Settings(Relayed.DefaultPolicy));
        _relay.Deliver(Topic, "secret", retain: true);
        var told = Assert.Single(_relay.TakeNotifications());
        Assert.Equal((CoapCode.Forbidden, null), (told.Answer.Code, told.Answer.Content));
    }

    private Answer Register(byte token, string held)
    {
        _relay.Send(RawRequest.Observe(token, Path));
        _relay.Settle(Topic, held);
        return _relay.TakeAnswer();
    }

    private static string Text(Answer answer) => Encoding.UTF8.GetString(answer.Content!.Payload.Span);
}
