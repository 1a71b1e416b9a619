using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace CoapBridge.Identity;

/// <summary>
/// Devices that an operator has named, to keep them out or to let in only them (keys <c>Devices:Denied</c>,
/// <c>Devices:Allowed</c>). A text file with one entry a line; <c>#</c> begins a comment:
/// <code>
/// sha256:9f86d081…      # the whole certificate, as 64 hex digits
/// serial:0A:1B:2C       # a serial number, of any CA
/// name:sensor-17        # the device's name
/// </code>
/// Immutable, for any number of threads.
/// </summary>
public sealed class DeviceList
{
    private readonly HashSet<Sha256> _certificates = [];
    private readonly HashSet<string> _serials = [];
    private readonly HashSet<string> _names = [];

    private DeviceList()
    {
    }

    /// <summary>How many different entries there are.</summary>
    public int Count => _certificates.Count + _serials.Count + _names.Count;

    /// <summary>False when a line is wrong; <paramref name="errors"/> then has every one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DeviceList? list, out IReadOnlyList<LineError> errors)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = new DeviceList();
        var found = new List<LineError>();
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').AsSpan().EnumerateLines())
        {
            number++;
            var comment = line.IndexOf('#');
            var entry = (comment < 0 ? line : line[..comment]).Trim();
            if (!entry.IsEmpty && read.Add(entry.ToString()) is { } problem)
            {
                found.Add(new(number, problem));
            }
        }

        errors = found;
        list = found.Count == 0 ? read : null;
        return list is not null;
    }

    /// <summary>What of a certificate is on the list, for people; null when nothing is.</summary>
    internal string? Find(Certificate leaf, string name) =>
        _names.Contains(name) ? $"the name {name}"
        : _serials.Count > 0 && SerialNumber.ToText(leaf.SerialNumber.Span) is var serial && _serials.Contains(serial) ? $"the serial number {serial}"
        : _certificates.Count > 0 && Sha256.Of(leaf.Encoded.Span) is var hash && _certificates.Contains(hash) ? $"the certificate with SHA-256 {hash}"
        : null;

    /// <summary>Null when the entry was taken, otherwise what is wrong.</summary>
    private string? Add(string entry)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        var value = entry[(colon + 1)..].Trim();
        switch (colon < 0 ? "" : entry[..colon])
        {
            case "sha256":
                if (Sha256.TryParse(value) is not { } hash)
                {
                    return $"\"{Shown(value)}\" is no SHA-256 of a certificate: 64 hex digits, colons between octets allowed";
                }

                _certificates.Add(hash);
                return null;
            case "serial":
                if (SerialNumber.TryParse(value) is not { } serial)
                {
                    return $"\"{Shown(value)}\" is no serial number: 1 to 20 octets in hex, colons between them allowed";
                }

                _serials.Add(serial);
                return null;
            case "name":
                if (!DeviceName.IsValid(value))
                {
                    return $"\"{Shown(value)}\" is no device name: 1 to 64 letters, digits and . _ : - (no dot first)";
                }

                _names.Add(value);
                return null;
            default:
                return $"\"{Shown(entry)}\" must begin with sha256:, serial: or name:";
        }
    }

    // Whoever reads the log sees a text that an editor may have put together from anything.
    private static string Shown(string text) =>
        new([.. text.Take(80).Select(one => char.IsControl(one) || char.IsSurrogate(one) ? '?' : one)]);

    /// <summary>32 octets as a value.</summary>
    private readonly record struct Sha256(UInt128 High, UInt128 Low)
    {
        public static Sha256 Of(ReadOnlySpan<byte> octets)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(octets, hash);
            return new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
        }

        public static Sha256? TryParse(string text)
        {
            var digits = text.Replace(":", "", StringComparison.Ordinal);
            const NumberStyles hex = NumberStyles.AllowHexSpecifier;
            return digits.Length == 64
                && UInt128.TryParse(digits.AsSpan(0, 32), hex, CultureInfo.InvariantCulture, out var high)
                && UInt128.TryParse(digits.AsSpan(32), hex, CultureInfo.InvariantCulture, out var low)
                ? new(high, low) : null;
        }

        public override string ToString() => $"{High:x32}{Low:x32}";
    }
}
