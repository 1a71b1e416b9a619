namespace CoapBridge.Options;

/// <summary>An HTTP proxy on the way to the broker: <c>http://[user:password@]host:port</c>.</summary>
/// <param name="Host">DNS name or IP address.</param>
/// <param name="Port">1 to 65,535.</param>
/// <param name="Credentials"><c>user:password</c>, or null. Never told.</param>
internal sealed record ProxyOptions(string Host, int Port, string? Credentials)
{
    private const string Problem = "must be http://host:port or http://user:password@host:port";

    public static Checked<ProxyOptions?> Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/" && uri.Fragment.Length == 0
            && HasPort(text) && Rule.Host(uri.IdnHost).Problem is null
            ? new(new ProxyOptions(uri.IdnHost, uri.Port, uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null))
            : new(null, Problem);

    public override string ToString() => $"http://{Host}:{Port}"; // without what is secret

    /// <summary>Said, not left to a default that nobody remembers.</summary>
    private static bool HasPort(string text) => text.LastIndexOf(':') > text.LastIndexOf(']') && char.IsAsciiDigit(text.TrimEnd('/')[^1]);
}
