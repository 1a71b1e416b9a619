using CoapBridge.Gateway;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class StatelessRepliesTests
{
    private readonly StatelessReplies _replies = new();

    [Fact]
    public void Replies_leave_in_order_and_a_full_store_offers_no_room()
    {
        var room = 0;
        while (TryPut((byte)room))
        {
            room++;
        }

        Assert.Equal(128, room);
        for (var number = 0; number < room; number++)
        {
            Assert.Equal(number, Take());
        }

        Assert.Null(Take());
    }

    [Fact]
    public void Room_that_was_claimed_and_not_committed_is_not_used()
    {
        _replies.Claim().Fill(1);
        Assert.Null(Take());
    }

    [Fact]
    public void Room_is_used_again_and_again()
    {
        for (var number = 0; number < 1000; number++)
        {
            Assert.True(TryPut((byte)number));
            Assert.True(TryPut((byte)(number + 1)));
            Assert.Equal((byte)number, Take());
            Assert.Equal((byte)(number + 1), Take());
        }
    }

    private bool TryPut(byte value)
    {
        var claimed = _replies.Claim();
        if (claimed.IsEmpty)
        {
            return false;
        }

        Assert.Equal(StatelessReplies.MaximumLength, claimed.Length);
        claimed[..2].Fill(value);
        _replies.Commit(Path(value), 2);
        return true;
    }

    private int? Take()
    {
        var buffer = new byte[StatelessReplies.MaximumLength];
        if (!_replies.TryTake(buffer, out var path, out var length))
        {
            return null;
        }

        Assert.Equal(2, length);
        Assert.Equal(Path(buffer[0]), path);
        Assert.Equal(buffer[0], buffer[1]);
        return buffer[0];
    }

    private static NetworkPath Path(byte number) => new(PeerAddress.FromIPv4(number, 1), default);
}
