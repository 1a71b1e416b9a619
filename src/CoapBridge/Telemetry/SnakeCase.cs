using System.Text;

namespace CoapBridge.Telemetry;

/// <summary>Our names as logs and metrics write them.</summary>
internal static class SnakeCase
{
    public static string Of(string name)
    {
        var word = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && word.Length > 0)
            {
                word.Append('_');
            }

            word.Append(char.ToLowerInvariant(letter));
        }

        return word.ToString();
    }
}
