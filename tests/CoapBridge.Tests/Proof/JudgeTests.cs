using CoapBridge.Proof.Brokers;
using CoapBridge.Proof.Judging;

namespace CoapBridge.Tests.Proof;

/// <summary>A proof that cannot fail proves nothing: the judge finds each fault that there may be.</summary>
public sealed class JudgeTests
{
    private static readonly Posted[] Requests =
    [
        Kept(1, "2.04"), Kept(2, "2.04"), Kept(3, null), Other(4, "2.04"), Kept(5, "5.03"), Kept(6, "2.04"),
        new("b", 1, true, 20, "2.04"),
    ];

    private static readonly Arrival[] Arrivals = [A(1), A(2), new("b", 1, "b1"), A(4), A(6)];

    [Fact]
    public void Nothing_is_wrong_with_what_is_right() => Assert.Empty(Judge.Examine(Requests, Arrivals));

    [Fact]
    public void A_copy_with_the_same_id_is_no_fault_and_may_come_late() => Assert.Empty(Judge.Examine(Requests, [.. Arrivals, A(1), A(2)]));

    [Fact]
    public void What_was_refused_or_not_answered_may_arrive_in_its_place() =>
        Assert.Empty(Judge.Examine(Requests, [A(1), A(2), A(3), new("b", 1, "b1"), A(5), A(4), A(6)]));

    [Theory]
    [InlineData(2, "lost: a 2 was answered 2.04 (kept)")]
    [InlineData(4, "lost: a 4 was answered 2.04 (not kept)")]
    public void A_lost_message_is_found(int number, string fault) =>
        Assert.Equal([fault], Judge.Examine(Requests, Arrivals.Where(arrival => arrival != A(number))));

    [Fact]
    public void A_message_that_overtook_another_is_found() =>
        Assert.Equal(["order: a 2 arrived before 1"], Judge.Examine(Requests, [A(2), A(1), new("b", 1, "b1"), A(4), A(6)]));

    [Fact]
    public void One_that_nobody_promised_to_deliver_must_not_come_late_either() =>
        Assert.Equal(["order: a 6 arrived before 3"], Judge.Examine(Requests, [.. Arrivals, A(3)]));

    [Fact]
    public void Messages_of_other_routes_and_of_other_devices_have_no_order() =>
        Assert.Empty(Judge.Examine(Requests, [A(4), new("b", 1, "b1"), A(1), A(2), A(6)]));

    [Fact]
    public void A_duplicate_with_another_id_is_found() =>
        Assert.Equal(["two ids: a 2 arrived as a2 and x"], Judge.Examine(Requests, [.. Arrivals, A(2) with { MessageId = "x" }]));

    [Fact]
    public void Two_messages_with_one_id_are_found() =>
        Assert.Equal(["one id: a1 is that of a 1 and a 2"], Judge.Examine(Requests, [A(1), A(2) with { MessageId = "a1" }, new("b", 1, "b1"), A(4), A(6)]));

    [Fact]
    public void A_message_that_nobody_sent_is_found() =>
        Assert.Equal(["invented: c 1 arrived and was never sent"], Judge.Examine(Requests, [.. Arrivals, new("c", 1, "c1")]));

    [Fact]
    public void An_arrival_is_read_from_what_was_posted_and_from_nothing_else()
    {
        var payload = System.Text.Encoding.ASCII.GetString(Posted.Payload("a", 7, 40));
        Assert.Equal(40, payload.Length);
        Assert.Equal(new Arrival("a", 7, "id"), Arrival.TryRead("devices/a/e", "id", payload, payload.Length));
        Assert.Null(Arrival.TryRead("devices/b/e", "id", payload, payload.Length));
        Assert.Null(Arrival.TryRead("devices/a/e", "id", payload, payload.Length - 1));
        Assert.Null(Arrival.TryRead("devices/a/e", "", payload, payload.Length));
        Assert.Null(Arrival.TryRead("devices/a/e", "id", "hello", 5));
    }

    [Fact]
    public void A_line_of_the_journal_that_a_kill_cut_off_counts_for_nothing_and_the_next_one_does()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var journal = new Journal(path))
            {
                journal.Append("devices/a/e", "id", Posted.Payload("a", 1, 40));
                journal.Flush();
            }

            File.AppendAllText(path, "devices/a/e\tid2\t40\ta 2 40 xx");
            using (var journal = new Journal(path))
            {
                journal.Append("devices/a/e", "id3", Posted.Payload("a", 3, 40));
                journal.Flush();
            }

            Assert.Equal([new Arrival("a", 1, "id"), new Arrival("a", 3, "id3")], Journal.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Posted Kept(int number, string? answer) => new("a", number, true, 20, answer);

    private static Posted Other(int number, string? answer) => new("a", number, false, 20, answer);

    private static Arrival A(int number) => new("a", number, $"a{number}");
}
