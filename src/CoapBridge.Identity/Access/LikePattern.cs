namespace CoapBridge.Identity;

/// <summary>A text in which <c>*</c> stands for any characters and <c>?</c> for exactly one. Letter case matters.</summary>
internal static class LikePattern
{
    /// <summary>Time grows with the product of both lengths at worst, and both are short.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int at = 0, star = -1, resume = 0;
        for (var i = 0; i < text.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                resume = i;
            }
            else if (at < pattern.Length && (pattern[at] == '?' || pattern[at] == text[i]))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }
}
