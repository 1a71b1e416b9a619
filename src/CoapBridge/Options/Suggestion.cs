namespace CoapBridge.Options;

/// <summary>Finds the known key that a mistyped one probably meant.</summary>
internal static class Suggestion
{
    /// <summary>The nearest known key, or null when none is near.</summary>
    public static string? For(string key, IEnumerable<string> known)
    {
        var name = key[(key.LastIndexOf(':') + 1)..];
        var keys = known.ToList();
        var (nearest, distance) = keys.Select(one => (one, Distance(key, one))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        if (distance == 1)
        {
            return nearest;
        }

        // The right name in the wrong section is the most common slip but for a letter.
        if (keys.Find(one => one.EndsWith(":" + name, StringComparison.OrdinalIgnoreCase)) is { } elsewhere)
        {
            return elsewhere;
        }

        return distance <= Math.Max(2, key.Length / 4) ? nearest : null;
    }

    /// <summary>Edits (insert, delete, replace) between two keys, without regard to case.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replace = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
