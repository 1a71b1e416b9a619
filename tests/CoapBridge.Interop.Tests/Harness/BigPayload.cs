namespace CoapBridge.Interop.Tests.Harness;

/// <summary>5,000 characters that show where a block is missing, doubled or in the wrong place.</summary>
internal static class BigPayload
{
    public const int Length = 5_000;

    /// <param name="word">Tells it from others; at most 40 characters.</param>
    public static string Of(string word)
    {
        var numbers = string.Concat(Enumerable.Range(0, Length / 4).Select(number => $"{number:d4}"));
        return string.Concat(word, " ", numbers)[..Length];
    }
}
