using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host;

/// <summary>What an owner's mail does when an inbox is full.</summary>
public class PatientMailTests
{
    private static readonly Instant _now = new(123_456_789);

    private readonly List<int> _taken = [];
    private readonly PatientMail<int> _mail;
    private int _room;

    public PatientMailTests() => _mail = new PatientMail<int>(TryPost);

    [Fact]
    public void What_finds_room_does_not_wait()
    {
        _room = 1;
        _mail.Post(1);
        Assert.Equal([1], _taken);
        Assert.False(_mail.IsWaiting);
        Assert.Null(_mail.RetryDue(_now));
    }

    [Fact]
    public void What_finds_none_comes_later_in_order_and_nothing_overtakes_it()
    {
        _mail.Post(1);
        _room = 2;
        _mail.Post(2);
        _mail.Post(3);
        Assert.Empty(_taken);
        Assert.Equal(_now + TimeSpan.FromMilliseconds(10), _mail.RetryDue(_now));
        _mail.Retry();
        Assert.Equal([1, 2], _taken);
        Assert.True(_mail.IsWaiting);
        _room = 1;
        _mail.Retry();
        Assert.Equal([1, 2, 3], _taken);
        Assert.False(_mail.IsWaiting);
    }

    private bool TryPost(int mail)
    {
        if (_room == 0)
        {
            return false;
        }

        _room--;
        _taken.Add(mail);
        return true;
    }
}
