using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Two token buckets, each kept as the moment at which it will be full again; so one that is full needs no memory.
/// A request that is refused takes nothing out.
/// </summary>
internal struct RequestMeter
{
    private Instant _messagesFull;
    private Instant _bytesFull;

    /// <summary>Takes a request out of both buckets, or says which has not enough and when it will.</summary>
    /// <param name="now">The present.</param>
    /// <param name="length">Bytes of the message.</param>
    /// <param name="limits">In force now; they may change between calls.</param>
    /// <param name="wait">Until the same request would pass.</param>
    public RequestLimit TryTake(Instant now, int length, RequestLimits limits, out TimeSpan wait)
    {
        var messagesFull = Later(_messagesFull, now) + limits.TimePerMessage;
        var bytesCost = limits.TimeFor(length);
        var bytesFull = Later(_bytesFull, now) + bytesCost;

        // Out of a full bucket comes any request, also one that is larger than the bucket.
        var messagesRoom = limits.BurstTime > limits.TimePerMessage ? limits.BurstTime : limits.TimePerMessage;
        var bytesRoom = limits.BurstTime > bytesCost ? limits.BurstTime : bytesCost;
        var messagesWait = messagesFull - now - messagesRoom;
        var bytesWait = bytesFull - now - bytesRoom;
        wait = messagesWait > bytesWait ? messagesWait : bytesWait;
        if (wait > TimeSpan.Zero)
        {
            return messagesWait >= bytesWait ? RequestLimit.Messages : RequestLimit.Bytes;
        }

        _messagesFull = messagesFull;
        _bytesFull = bytesFull;
        return RequestLimit.None;
    }

    private static Instant Later(Instant one, Instant other) => one > other ? one : other;
}
