using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Tools.Device;

/// <summary>
/// A <c>coaps</c> URI taken apart into where to connect and what to ask (RFC 7252 §6.2, §6.4). Dot segments are refused
/// rather than resolved: a device that wants one has a mistake in its URI.
/// </summary>
public sealed record CoapUri
{
    /// <summary>RFC 7252 §6.2.</summary>
    public const int DefaultPort = 5684;

    /// <summary>RFC 7252 §5.10: of Uri-Host, Uri-Path and Uri-Query, in bytes.</summary>
    private const int MaximumOption = 255;

    private CoapUri(string host, IPAddress? address, int port, IReadOnlyList<string> path, IReadOnlyList<string> query)
    {
        Host = host;
        Address = address;
        Port = port;
        Path = path;
        Query = query;
    }

    /// <summary>What the server's certificate must name: a DNS name in lower case, or an address without brackets.</summary>
    public string Host { get; }

    /// <summary>The host as an address; null when it is a DNS name.</summary>
    public IPAddress? Address { get; }

    /// <summary>UDP port, 1 to 65535.</summary>
    public int Port { get; }

    /// <summary>One Uri-Path each, decoded.</summary>
    public IReadOnlyList<string> Path { get; }

    /// <summary>One Uri-Query each, decoded.</summary>
    public IReadOnlyList<string> Query { get; }

    /// <summary>Null, and a sentence that says what is wrong.</summary>
    public static CoapUri? TryParse(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        problem = "";
        const string scheme = "coaps://";
        if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            problem = "the URI must begin with coaps:// (CoAP over DTLS), as in coaps://127.0.0.1:5684/t";
            return null;
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            problem = "a CoAP URI has no fragment; write # as %23";
            return null;
        }

        var rest = text[scheme.Length..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        rest = end < 0 ? "" : rest[end..];
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? rest : rest[..mark];
        return TrySplitAuthority(authority, out var host, out var address, out var port, out problem)
            && TryDecode(path.Length > 1 ? path[1..].Split('/') : [], "path", out var segments, out problem)
            && TryDecode(mark < 0 ? [] : rest[(mark + 1)..].Split('&'), "query", out var query, out problem)
                ? new CoapUri(host, address, port, segments, query)
                : null;
    }

    /// <summary>
    /// Writes the options of the URI in ascending order, with Content-Format between them when there is one. Uri-Host goes
    /// along only for a DNS name, Uri-Port never: it is always the port of the datagram (RFC 7252 §6.4).
    /// </summary>
    /// <param name="options">Where they go.</param>
    /// <param name="contentFormat">Null for none.</param>
    /// <param name="observe">0 to register, 1 to deregister (RFC 7641 §2); null for none.</param>
    public void WriteOptions(ref OptionWriter options, uint? contentFormat, uint? observe = null)
    {
        if (Address is null)
        {
            options.Write(OptionNumber.UriHost, Host);
        }

        if (observe is { } registration)
        {
            options.Write(OptionNumber.Observe, registration);
        }

        foreach (var segment in Path)
        {
            options.Write(OptionNumber.UriPath, segment);
        }

        if (contentFormat is { } format)
        {
            options.Write(OptionNumber.ContentFormat, format);
        }

        foreach (var argument in Query)
        {
            options.Write(OptionNumber.UriQuery, argument);
        }
    }

    private static bool TrySplitAuthority(string authority, out string host, out IPAddress? address, out int port, out string problem)
    {
        host = "";
        address = null;
        port = DefaultPort;
        problem = "";
        var bracket = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) : -1;
        var colon = authority.IndexOf(':', Math.Max(bracket, 0));
        var name = colon < 0 ? authority : authority[..colon];
        if (colon >= 0 && colon + 1 < authority.Length
            && (!int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > ushort.MaxValue))
        {
            problem = $"\"{authority[(colon + 1)..]}\" is not a UDP port (1 to 65535); an IPv6 address stands in brackets";
            return false;
        }

        return name.StartsWith('[') ? TryReadAddress(name, out host, out address, out problem) : TryReadName(name, out host, out address, out problem);
    }

    private static bool TryReadAddress(string name, out string host, out IPAddress? address, out string problem)
    {
        // RFC 6874 §2: the zone follows %25.
        host = name.EndsWith(']') ? name[1..^1].Replace("%25", "%", StringComparison.Ordinal) : "";
        var isAddress = IPAddress.TryParse(host, out address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        problem = isAddress ? "" : $"{name} is not an IPv6 address";
        return isAddress;
    }

    private static bool TryReadName(string name, out string host, out IPAddress? address, out string problem)
    {
        address = null;
        problem = "";
        if (!TryUnescape(name, out var decoded) || decoded.Length == 0 || decoded.Contains('@', StringComparison.Ordinal))
        {
            host = "";
            problem = name.Length == 0 ? "the URI names no host" : $"\"{name}\" is not a host; a CoAP URI has no user name";
            return false;
        }

        // RFC 7252 §6.4: lower case; the certificate is compared without regard to it anyway.
        host = decoded.ToLowerInvariant();
        if (IPAddress.TryParse(host, out var parsed))
        {
            // Only four decimal numbers are an IPv4address of RFC 3986 §3.2.2; the platform reads more than that.
            address = parsed.ToString() == host ? parsed : null;
        }

        if (address is null && (parsed is not null || Identity.ServerName.TryParse(host) is null))
        {
            problem = $"\"{name}\" is neither a DNS name (letters, digits, hyphens, dots) nor an IPv4 address";
            return false;
        }

        return true;
    }

    private static bool TryDecode(string[] parts, string where, out IReadOnlyList<string> decoded, out string problem)
    {
        var list = new List<string>(parts.Length);
        decoded = list;
        problem = "";
        foreach (var part in parts)
        {
            if (!TryUnescape(part, out var text))
            {
                problem = $"\"{part}\" in the {where} has a % without two hexadecimal digits, or is not UTF-8";
                return false;
            }

            if (where == "path" && text is "." or "..")
            {
                problem = $"\"{part}\" is no segment of a CoAP path";
                return false;
            }

            if (Encoding.UTF8.GetByteCount(text) > MaximumOption)
            {
                problem = $"a part of the {where} is longer than {MaximumOption} bytes: \"{text[..20]}…\"";
                return false;
            }

            list.Add(text);
        }

        return true;
    }

    private static bool TryUnescape(string text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var bytes = new List<byte>(text.Length);
        var source = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                bytes.Add(source[i]);
            }
            else if (i + 2 < source.Length && byte.TryParse(source.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                return false;
            }
        }

        try
        {
            decoded = _strictUtf8.GetString([.. bytes]);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
