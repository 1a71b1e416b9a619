using CoapBridge.Wire;

namespace CoapBridge.Tests.Dtls.Rogue;

/// <summary>A ClientHello whose every field a test may spoil.</summary>
internal sealed record HelloBuilder
{
    public ushort Version { get; init; } = 0xFEFD;

    public byte[] Random { get; init; } = Enumerable.Repeat((byte)7, 32).ToArray();

    public byte[] SessionId { get; init; } = [];

    public byte[] Cookie { get; init; } = [];

    public ushort[] Suites { get; init; } = [0xC0AE, 0x00FF];

    public byte[] Compression { get; init; } = [0];

    public (ushort Type, byte[] Body)[] Extensions { get; init; } = Default;

    public byte[]? RawExtensions { get; init; }

    public static (ushort Type, byte[] Body)[] Default =>
        [(10, [0, 4, 0, 29, 0, 23]), (11, [1, 0]), (13, [0, 2, 4, 3]), (23, [])];

    public HelloBuilder With(ushort type, params byte[] body) =>
        this with { Extensions = [.. Extensions.Where(extension => extension.Type != type), (type, body)] };

    public HelloBuilder Without(ushort type) => this with { Extensions = [.. Extensions.Where(extension => extension.Type != type)] };

    public byte[] ToBytes()
    {
        var writer = new WireWriter(new byte[70_000]);
        writer.WriteUInt16(Version);
        writer.WriteBytes(Random);
        writer.WriteVector8(SessionId);
        writer.WriteVector8(Cookie);
        var suites = writer.OpenVector16();
        foreach (var suite in Suites)
        {
            writer.WriteUInt16(suite);
        }

        writer.Close(suites);
        writer.WriteVector8(Compression);
        if (RawExtensions is { } raw)
        {
            writer.WriteBytes(raw);
            return writer.Written.ToArray();
        }

        var block = writer.OpenVector16();
        foreach (var (type, body) in Extensions)
        {
            writer.WriteUInt16(type);
            writer.WriteVector16(body);
        }

        writer.Close(block);
        return writer.Written.ToArray();
    }
}
