namespace CoapBridge.Proof.Judging;

/// <summary>
/// Compares what devices were told with what is at the broker: nothing that was answered 2.04 is lost; a message that came
/// twice has one message id, and no other has the same; the messages of a device's Keep routes came first in the order in
/// which it sent them, whatever it was told of them.
/// </summary>
internal static class Judge
{
    /// <param name="posted">All devices' requests, each device's in order.</param>
    /// <param name="arrivals">What the broker took, in order.</param>
    /// <returns>A sentence for each fault; none: all is well.</returns>
    public static List<string> Examine(IEnumerable<Posted> posted, IEnumerable<Arrival> arrivals)
    {
        var faults = new List<string>();
        var byMessage = arrivals.Select((arrival, place) => (arrival, place)).ToLookup(one => (one.arrival.Device, one.arrival.Number));
        var requests = posted.ToList();
        var known = requests.Select(one => (one.Device, one.Number)).ToHashSet();
        foreach (var group in byMessage)
        {
            var name = $"{group.Key.Device} {group.Key.Number}";
            if (!known.Contains(group.Key))
            {
                faults.Add($"invented: {name} arrived and was never sent");
            }

            var ids = group.Select(one => one.arrival.MessageId).Distinct().ToList();
            if (ids.Count > 1)
            {
                faults.Add($"two ids: {name} arrived as {string.Join(" and ", ids)}");
            }
        }

        foreach (var shared in byMessage.SelectMany(group => group.Select(one => one.arrival)).Distinct().GroupBy(arrival => arrival.MessageId).Where(group => group.Count() > 1))
        {
            faults.Add($"one id: {shared.Key} is that of {string.Join(" and ", shared.Select(one => $"{one.Device} {one.Number}"))}");
        }

        faults.AddRange(requests.Where(one => one.Answer == Posted.Success && !byMessage.Contains((one.Device, one.Number)))
            .Select(one => $"lost: {one.Device} {one.Number} was answered 2.04 ({(one.IsKept ? "kept" : "not kept")})"));
        foreach (var device in requests.Where(one => one.IsKept).GroupBy(one => one.Device))
        {
            faults.AddRange(Disorder(device.Key, device.Where(one => byMessage.Contains((one.Device, one.Number)))
                .Select(one => (one.Number, Place: byMessage[(one.Device, one.Number)].Min(arrival => arrival.place)))));
        }

        return faults;
    }

    private static IEnumerable<string> Disorder(string device, IEnumerable<(int Number, int Place)> firsts)
    {
        (int Number, int Place) last = (0, -1);
        foreach (var one in firsts.OrderBy(first => first.Number))
        {
            if (one.Place < last.Place)
            {
                yield return $"order: {device} {one.Number} arrived before {last.Number}";
            }

            last = one.Place > last.Place ? one : last;
        }
    }
}
