using System.Security.Cryptography;
using System.Text;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>The files of Devices:Denied and Devices:Allowed.</summary>
public sealed class DeviceListTests
{
    private static readonly IssuedCertificate Listed = Ca.Issue(Device with { SerialNumber = [0x00, 0x8A, 0xBC, 0x01] });
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Listed.Der));

    public static TheoryData<string> Entries =>
    [
        "name:device-1", "serial:8abc01", "serial:8A:BC:01", "serial:0x008ABC01", $"sha256:{Sha256}",
        $"sha256:{string.Join(':', Sha256.ToUpperInvariant().Chunk(2).Select(octet => new string(octet)))}",
        "\uFEFF# first line a comment\r\n\r\n  name: device-1   # stolen\r\nserial:01",
    ];

    [Theory]
    [MemberData(nameof(Entries))]
    public void Who_is_denied_is_kept_out_and_who_is_allowed_is_let_in(string text)
    {
        var list = Parse(text);
        var other = Ca.Issue(Device with { CommonName = "device-2" }).Der;
        var denied = new DevicePolicySettings { Denied = list };
        AssertRefused(RefusalReason.Denied, Judge(Anchors, denied, Listed.Der));
        AssertAccepted(Judge(Anchors, denied, other));
        var allowed = new DevicePolicySettings { Allowed = list };
        AssertAccepted(Judge(Anchors, allowed, Listed.Der));
        AssertRefused(RefusalReason.NotAllowed, Judge(Anchors, allowed, other));
        AssertRefused(RefusalReason.Denied, Judge(Anchors, new DevicePolicySettings { Denied = list, Allowed = list }, Listed.Der));
    }

    [Fact]
    public void The_refusal_says_which_entry_it_was()
    {
        Assert.Equal("the name device-1 is denied", Judge(Anchors, new DevicePolicySettings { Denied = Parse("name:device-1") }, Listed.Der).Detail);
        Assert.Equal("the serial number 8abc01 is denied", Judge(Anchors, new DevicePolicySettings { Denied = Parse("serial:8abc01") }, Listed.Der).Detail);
        Assert.Equal($"the certificate with SHA-256 {Sha256} is denied",
            Judge(Anchors, new DevicePolicySettings { Denied = Parse($"sha256:{Sha256}") }, Listed.Der).Detail);
        Assert.Equal("device-1 is not on the list of allowed devices", Judge(Anchors, new DevicePolicySettings { Allowed = Parse("") }, Listed.Der).Detail);
    }

    [Fact]
    public void Lists_say_nothing_to_strangers()
    {
        var forged = Listed.Der.ToArray();
        forged[^1] ^= 1;
        AssertRefused(RefusalReason.BadSignature, Judge(Anchors, new DevicePolicySettings { Denied = Parse("name:device-1") }, forged));
    }

    [Fact]
    public void Names_are_compared_with_their_case_and_entries_are_counted_once()
    {
        AssertAccepted(Judge(Anchors, new DevicePolicySettings { Denied = Parse("name:Device-1") }, Listed.Der));
        Assert.Equal(2, Parse($"serial:8abc01\nserial:8A:BC:01\nsha256:{Sha256}\nsha256:{Sha256}").Count);
    }

    [Fact]
    public void All_mistakes_are_told_with_their_lines()
    {
        var text = $"""
            # the first line is 1
            device-1
            SHA256:{Sha256}
            sha256:{Sha256[1..]}
            sha256:{Sha256[1..]}g
            sha256:+{Sha256[1..]}
            serial:
            serial:00
            serial:{new string('1', 42)}
            serial:12 34
            name:a/b
            name:{new string('x', 65)}
            name:tab{'\t'}and{'\u001b'}
            name:fine
            """;
        Assert.False(DeviceList.TryParse(text, out var list, out var errors));
        Assert.Null(list);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], errors.Select(error => error.Line));
        Assert.Equal("line 2: \"device-1\" must begin with sha256:, serial: or name:", errors[0].ToString());
        Assert.Equal("line 10: \"12 34\" is no serial number: 1 to 20 octets in hex, colons between them allowed", errors[8].ToString());
        Assert.All(errors, error => Assert.DoesNotContain(error.Text, char.IsControl));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_text_is_taken_or_refused_with_lines_but_never_throws(int seed)
    {
        var random = new Random(seed);
        var good = $"name:device-1\nserial:8abc01\nsha256:{Sha256}\n# end\n";
        for (var round = 0; round < 5000; round++)
        {
            var text = new StringBuilder(good);
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                text[random.Next(text.Length)] = (char)(random.Next(4) == 0 ? random.Next(0x10000) : random.Next(128));
            }

            var taken = DeviceList.TryParse(text.ToString(0, random.Next(text.Length + 1)), out var list, out var errors);
            Assert.True(taken == (errors.Count == 0) && taken == list is not null, $"seed {seed} round {round}");
        }
    }

    [Fact]
    public void A_hundred_thousand_entries_are_held()
    {
        var list = Parse(string.Join('\n', Enumerable.Range(0, 100_000).Select(i => $"sha256:{Convert.ToHexString(SHA256.HashData(BitConverter.GetBytes(i)))}")));
        Assert.Equal(100_000, list.Count);
        AssertAccepted(Judge(Anchors, new DevicePolicySettings { Denied = list }, Listed.Der));
    }

    private static DeviceList Parse(string text)
    {
        Assert.True(DeviceList.TryParse(text, out var list, out var errors), string.Join("; ", errors));
        return list;
    }
}
