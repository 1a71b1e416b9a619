namespace CoapBridge.Options;

/// <summary>Keeps what may be a secret out of messages: a PIN in a pkcs11: URI, a key pasted as PEM, a password.</summary>
internal static class SecretText
{
    private static readonly string[] _secretKeys = ["password", "passphrase", "secret", "token", "pin", "credential"];

    /// <summary>The value, or <c>(hidden)</c>.</summary>
    public static string Hide(string key, string value)
    {
        var name = key[(key.LastIndexOf(':') + 1)..];
        var secret = value.StartsWith("pkcs11:", StringComparison.OrdinalIgnoreCase)
            || value.Contains("-----BEGIN", StringComparison.Ordinal)
            || (value.Contains("://", StringComparison.Ordinal) && value.Contains('@', StringComparison.Ordinal))
            || _secretKeys.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
        return secret ? "(hidden)" : value;
    }
}
