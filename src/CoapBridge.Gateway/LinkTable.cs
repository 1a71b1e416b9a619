namespace CoapBridge.Gateway;

/// <summary>
/// Links by something that each of them knows itself, so that a slot is one reference: of a million idle links the tables are
/// a part that counts. Open addressing; what is removed leaves no mark, because those behind it move up.
/// </summary>
/// <typeparam name="TKey">What a link is found by.</typeparam>
/// <typeparam name="TBy">How to ask a link for it.</typeparam>
internal sealed class LinkTable<TKey, TBy>(ulong seed)
    where TBy : ILinkKey<TKey>
{
    private const int SmallestSize = 16;

    private DeviceLink?[] _slots = new DeviceLink?[SmallestSize];

    public int Count { get; private set; }

    public IEnumerable<DeviceLink> Links => _slots.OfType<DeviceLink>();

    /// <summary>Places that a link may stand in; it changes with the table's size.</summary>
    public int SlotCount => _slots.Length;

    /// <summary>For whoever looks at all of them in portions; null when nobody stands there.</summary>
    public DeviceLink? InSlot(int slot) => _slots[slot];

    public DeviceLink? Find(in TKey key) => _slots[SlotOf(key)];

    /// <summary>Whoever had this key before is not found any more.</summary>
    public void Put(DeviceLink link)
    {
        // At most four of five slots are used.
        if (Count * 5 >= _slots.Length * 4)
        {
            Resize(_slots.Length * 2);
        }

        ref var slot = ref _slots[SlotOf(TBy.KeyOf(link))];
        Count += slot is null ? 1 : 0;
        slot = link;
    }

    /// <summary>Nothing happens when it is not this link that was found by this key; its own key may be another one by now.</summary>
    public void Remove(in TKey key, DeviceLink link)
    {
        var mask = _slots.Length - 1;
        var hole = Home(key);
        while (!ReferenceEquals(_slots[hole], link))
        {
            if (_slots[hole] is null)
            {
                return;
            }

            hole = (hole + 1) & mask;
        }

        _slots[hole] = null;
        Count--;
        for (var at = (hole + 1) & mask; _slots[at] is { } next; at = (at + 1) & mask)
        {
            // It moves into the hole unless its search begins behind that.
            if (((at - Home(TBy.KeyOf(next))) & mask) >= ((at - hole) & mask))
            {
                (_slots[hole], _slots[at]) = (next, null);
                hole = at;
            }
        }

        if (_slots.Length > SmallestSize && Count * 8 < _slots.Length)
        {
            Resize(_slots.Length / 2);
        }
    }

    /// <summary>Where a link with this key stands, or would.</summary>
    private int SlotOf(in TKey key)
    {
        var at = Home(key);
        while (_slots[at] is { } link && !TBy.Has(link, key))
        {
            at = (at + 1) & (_slots.Length - 1);
        }

        return at;
    }

    private int Home(in TKey key) => (int)(TBy.Hash(seed, key) & (ulong)(_slots.Length - 1));

    private void Resize(int size)
    {
        var old = _slots;
        _slots = new DeviceLink?[size];
        foreach (var link in old.OfType<DeviceLink>())
        {
            _slots[SlotOf(TBy.KeyOf(link))] = link;
        }
    }
}
