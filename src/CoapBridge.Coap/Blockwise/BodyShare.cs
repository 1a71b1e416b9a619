namespace CoapBridge.Coap;

/// <summary>What one peer has in the <see cref="BodyStore"/>: the bodies that it sends and fetches.</summary>
internal sealed class BodyShare
{
    private readonly List<HeldBody> _bodies = [];

    public int Count => _bodies.Count;

    /// <summary>Bytes of memory.</summary>
    public long Cost { get; private set; }

    /// <summary>The one that was used least recently, except one; null when there is no other.</summary>
    public HeldBody? Oldest(HeldBody? except) => _bodies.Find(body => body != except);

    public RequestBody? FindRequest(CoapCode method, ReadOnlySpan<byte> key)
    {
        foreach (var body in _bodies)
        {
            if (body is RequestBody request && request.Matches(method, key))
            {
                return request;
            }
        }

        return null;
    }

    public ResponseBody? FindResponse(int key)
    {
        foreach (var body in _bodies)
        {
            if (body is ResponseBody response && response.Key == key)
            {
                return response;
            }
        }

        return null;
    }

    public HeldBody[] All() => [.. _bodies];

    /// <summary>Least recently used first.</summary>
    public void Add(HeldBody body)
    {
        _bodies.Add(body);
        Cost += body.Cost;
    }

    public void Remove(HeldBody body)
    {
        _bodies.Remove(body);
        Cost -= body.Cost;
    }
}
