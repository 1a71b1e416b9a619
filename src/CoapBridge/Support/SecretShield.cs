using System.Text.RegularExpressions;
using CoapBridge.Options;

namespace CoapBridge.Support;

/// <summary>
/// Takes secrets out of any text: the values that the configuration gives to secret keys or to keys that nobody knows, wherever
/// they turn up, and whatever looks like a key, a PIN or a password.
/// </summary>
internal sealed partial class SecretShield
{
    private const string Hidden = "(hidden)";

    /// <summary>Shorter ones are words, numbers and ports.</summary>
    private const int ShortestSecret = 4;

    private readonly List<string> _secrets;

    /// <param name="settings">What the sources set.</param>
    /// <param name="unknown">Keys that mean nothing here: a password may stand under a mistyped one.</param>
    public SecretShield(IEnumerable<Setting> settings, IReadOnlySet<string> unknown) =>
        _secrets =
        [
            .. settings.Where(setting => setting.Value is { Length: > 0 } value && (unknown.Contains(setting.Key) || SecretText.Hide(setting.Key, value) != value))
                .SelectMany(setting => PartsOf(setting.Value!)).Where(part => part.Length >= ShortestSecret).Distinct().OrderByDescending(part => part.Length),
        ];

    public string Clean(string text)
    {
        text = _secrets.Aggregate(text, (cleaned, secret) => cleaned.Replace(secret, Hidden, StringComparison.Ordinal));
        text = PrivateKey().Replace(text, Hidden);
        text = Pin().Replace(text, $"pin-value={Hidden}");
        return UserInformation().Replace(text, $"://{Hidden}@");
    }

    /// <summary>The value, and what is secret by itself in it.</summary>
    private static IEnumerable<string> PartsOf(string value)
    {
        yield return value;
        if (Pin().Match(value) is { Success: true } pin)
        {
            yield return pin.Groups[1].Value;
            yield return Uri.UnescapeDataString(pin.Groups[1].Value);
        }

        if (UserInformation().Match(value) is { Success: true } user)
        {
            yield return user.Groups[1].Value;
            foreach (var part in user.Groups[1].Value.Split(':'))
            {
                yield return part;
                yield return Uri.UnescapeDataString(part);
            }
        }
    }

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", RegexOptions.Singleline)]
    private static partial Regex PrivateKey();

    [GeneratedRegex("pin-value=([^;&?\\s\"]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Pin();

    [GeneratedRegex("://([^/@\\s\"]+)@")]
    private static partial Regex UserInformation();
}
