using CoapBridge.Admin;
using CoapBridge.Status;

namespace CoapBridge.Tests.Host;

public sealed class TrafficLightTests
{
    private static readonly StatusSnapshot Well = Snapshots.Well;

    [Fact]
    public void When_all_is_well_there_is_nothing_to_say() => Assert.Empty(Reasons(Well));

    [Theory]
    [InlineData("sockets", "sockets")]
    [InlineData("certificate", "certificate")]
    [InlineData("clock", "clock")]
    [InlineData("upstream", "broker")]
    public void What_readyz_misses_is_red_and_explained(string word, string expected)
    {
        var reason = Assert.Single(Reasons(Well with { Ready = false, Missing = [word] }));
        Assert.Equal(StatusLight.Red, reason.Light);
        Assert.Contains(expected, reason.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_that_is_away_is_told_with_its_last_failure_and_remedy()
    {
        var away = Well with
        {
            Missing = ["upstream"],
            Upstream = Well.Upstream with { State = "away", LastFailure = new(Snapshots.Now, "nothing listens there", "start the broker") },
        };
        Assert.Equal(
            new StatusReason(StatusLight.Red, "There is no connection to the broker broker.example:8883: nothing listens there.", "start the broker"),
            Assert.Single(Reasons(away)));
        Assert.StartsWith(
            "The broker broker.example:8883 refuses", Reasons(away with { Upstream = away.Upstream with { State = "refused" } })[0].What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_that_is_stuck_is_red() =>
        Assert.Equal((StatusLight.Red, "A part of the gateway is stuck: broker."), Word(Assert.Single(TrafficLight.Reasons(Well, [], ["broker"], faults: 0))));

    [Fact]
    public void A_mistake_of_ours_is_yellow() =>
        Assert.Equal((StatusLight.Yellow, "2 mistakes in CoapBridge itself were caught."), Word(Assert.Single(TrafficLight.Reasons(Well, [], stuck: [], faults: 2))));

    [Theory]
    [InlineData("Reload", "Changed files or settings cannot be used: the text.")]
    [InlineData("RevocationList", "The text.")]
    [InlineData("Certificate", "The gateway's own certificate: the text.")]
    [InlineData("Upstream", "The text.")]
    [InlineData("Broker", "The text.")]
    [InlineData("Outbox", "The text.")]
    public void Each_alarm_is_yellow_and_has_a_remedy(string area, string expected)
    {
        var reason = Assert.Single(TrafficLight.Reasons(Well, [new(Enum.Parse<Readiness.Area>(area), "the text")], stuck: [], faults: 0));
        Assert.Equal((StatusLight.Yellow, expected), Word(reason));
        Assert.NotNull(reason.Remedy);
    }

    [Fact]
    public void An_alarm_that_brings_its_remedy_is_told_with_that() => Assert.Equal(
        "give it room", Assert.Single(TrafficLight.Reasons(Well, [new(Readiness.Area.Upstream, "blocked", "give it room")], stuck: [], faults: 0)).Remedy);

    [Fact]
    public void A_certificate_that_is_not_valid_is_told_once()
    {
        var reasons = TrafficLight.Reasons(Well with { Missing = ["certificate"] }, [new(Readiness.Area.Certificate, "expired")], stuck: [], faults: 0);
        Assert.Equal(StatusLight.Red, Assert.Single(reasons).Light);
    }

    [Theory]
    [InlineData("device CA", 29, "The CA CN=device CA expires in 29 days.")]
    [InlineData("device and broker CA", -1, "The CA CN=device and broker CA has expired.")]
    [InlineData("broker CA", 1, "The CA of the broker, CN=broker CA, expires in 1 day.")]
    [InlineData("device CA", 30, null)]
    public void A_CA_near_its_end_is_yellow(string use, int days, string? expected)
    {
        var reasons = Reasons(Well with { Certificates = [Snapshots.Certificate("gateway", 300), Snapshots.Certificate(use, days)] });
        Assert.Equal(expected, reasons.SingleOrDefault()?.What);
    }

    [Fact]
    public void One_of_several_broker_CAs_may_end() =>
        Assert.Empty(Reasons(Well with { Certificates = [.. Well.Certificates, Snapshots.Certificate("broker CA", 3)] }));

    [Theory]
    [InlineData(9, true)]
    [InlineData(11, false)]
    public void A_revocation_list_in_the_last_tenth_of_its_life_is_yellow(int hours, bool isTold)
    {
        var now = Snapshots.Now;
        var list = new RevocationListReport("CN=Fleet CA", 3, now.AddHours(hours - 100), now.AddHours(hours), 0, true);
        Assert.Equal(isTold, Reasons(Well with { RevocationLists = [list] }).Count == 1);
        Assert.Empty(Reasons(Well with { RevocationLists = [list with { Current = false }] })); // that has an alarm of its own
    }

    [Fact]
    public void The_outbox_is_told_when_it_fills_and_when_something_is_set_aside()
    {
        Assert.Empty(Reasons(Well with { Outbox = new(5, 80, 100, 4, 0, false) }));
        Assert.Equal("The outbox is at 81 % of Outbox:MaxBytes.", Assert.Single(Reasons(Well with { Outbox = new(5, 81, 100, 4, 0, false) })).What);
        Assert.StartsWith("The outbox is full", Assert.Single(Reasons(Well with { Outbox = new(5, 100, 100, 4, 0, true) })).What, StringComparison.Ordinal);
        Assert.StartsWith("1 message is set aside", Assert.Single(Reasons(Well with { Outbox = new(0, 9, 100, null, 1, false) })).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 0, false)]
    [InlineData(10, 0, true)]
    [InlineData(10, 40, true)]
    [InlineData(10, 41, false)]
    public void Refusals_are_told_when_they_are_many_beside_those_who_are_let_in(int refused, int letIn, bool isTold)
    {
        var connections = Well.Connections with
        {
            RecentRefused = refused, RecentOk = letIn, Refusals = [Snapshots.Refusal("superseded", 99), Snapshots.Refusal("unknown_ca", refused)],
        };
        var reasons = Reasons(Well with { Connections = connections });
        Assert.Equal(isTold, reasons.Count == 1);
        Assert.All(reasons, reason => Assert.Contains("Most often: its certificate does not come from a CA of Identity:CloudCa.", reason.What, StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_gateway_is_yellow() =>
        Assert.Equal("raise Listen:MaxConnections", Assert.Single(Reasons(Well with { Connections = Well.Connections with { Live = 100_000 } })).Remedy);

    private static IReadOnlyList<StatusReason> Reasons(StatusSnapshot status) => TrafficLight.Reasons(status, [], stuck: [], faults: 0);

    private static (StatusLight Light, string What) Word(StatusReason reason) => (reason.Light, reason.What);
}
