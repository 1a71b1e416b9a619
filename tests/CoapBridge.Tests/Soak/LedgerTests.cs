using CoapBridge.Soak;

namespace CoapBridge.Tests.Soak;

/// <summary>What the soak finds lost, and what not.</summary>
public sealed class LedgerTests
{
    private readonly Ledger _ledger = new();

    [Fact]
    public void What_was_acknowledged_and_never_arrives_is_owed()
    {
        _ledger.Acknowledged("device-1", 7);
        Assert.Equal([("device-1", 7)], _ledger.Owed);
    }

    [Fact]
    public void Whichever_comes_first_they_cancel_out()
    {
        _ledger.Acknowledged("device-1", 1);
        _ledger.Arrived("device-1", 1, newest: 1);
        _ledger.Arrived("device-1", 2, newest: 2);
        _ledger.Acknowledged("device-1", 2);
        Assert.Empty(_ledger.Owed);
        Assert.Equal(2, _ledger.Arrivals);
    }

    [Fact]
    public void A_second_copy_pays_for_nothing_else()
    {
        _ledger.Acknowledged("device-1", 1);
        _ledger.Arrived("device-1", 1, newest: 1);
        _ledger.Arrived("device-1", 1, newest: 2);
        _ledger.Acknowledged("device-1", 2);
        Assert.Equal([("device-1", 2)], _ledger.Owed);
    }

    [Fact]
    public void Another_devices_message_of_the_same_number_is_another_one()
    {
        _ledger.Acknowledged("device-1", 1);
        _ledger.Arrived("device-2", 1, newest: 1);
        Assert.Equal([("device-1", 1)], _ledger.Owed);
    }

    [Fact]
    public void What_was_not_promised_is_not_owed()
    {
        _ledger.Arrived("device-1", 1, newest: 1);
        _ledger.Released("device-1", 1);
        Assert.Empty(_ledger.Owed);
    }
}
