using System.Text;
using CoapBridge.Identity;
using static CoapBridge.Tests.Identity.Mint;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity;

/// <summary>ATTACKS F19, F20, F23; REQUIREMENTS 9.30 to 9.32.</summary>
public sealed class DeviceNameTests
{
    [Theory]
    [InlineData("device-1")]
    [InlineData("A")]
    [InlineData("00-11-22-33-44-55-66-77")]
    [InlineData("urn:dev:mac:0024befffe804ff1")]
    [InlineData("a_b.c")]
    public void Names_of_the_grammar_are_kept_as_they_are(string name)
    {
        Assert.Equal(name, JudgeRaw(raw => raw.Subject = Name(name)).Device?.Name);
        Assert.True(DeviceName.IsValid(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("#")]
    [InlineData("a/b")]
    [InlineData("$SYS")]
    [InlineData("a/b/../c")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("victim\0x")]
    [InlineData("a\r\nhandshake result=accepted")]
    [InlineData("a\u001b[31m")]
    [InlineData("a\u007f")]
    [InlineData("a\u202eb")]
    [InlineData("\ufeffa")]
    [InlineData("a b")]
    [InlineData("*")]
    [InlineData("*.example")]
    [InlineData("gerät")]
    public void Other_names_are_refused_and_cannot_forge_a_log_line(string name)
    {
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name(name)));
        Assert.False(DeviceName.IsValid(name));
    }

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        AssertAccepted(JudgeRaw(raw => raw.Subject = Name(new string('a', 64))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name(new string('a', 65))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name(new string('a', 7000))));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Subject = Name(new string('a', 64 * 1024 - 1))));
    }

    [Theory]
    [InlineData(0x0C, true)] // UTF8String
    [InlineData(0x13, true)] // PrintableString
    [InlineData(0x14, false)] // TeletexString
    [InlineData(0x16, false)] // IA5String
    [InlineData(0x1E, false)] // BMPString
    [InlineData(0x04, false)]
    public void The_CN_is_a_UTF8String_or_a_PrintableString(byte tag, bool accepted)
    {
        var verdict = JudgeRaw(raw => raw.Subject = Name("ab", tag));
        Assert.Equal(accepted ? null : RefusalReason.Name, verdict.Reason);
    }

    [Fact]
    public void Invalid_UTF8_and_an_underscore_in_a_PrintableString_are_refused()
    {
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name((0x0C, [0x61, 0xC0, 0x80]))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name((0x0C, [0x61, 0xFF]))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name("a_b", 0x13)));
    }

    [Fact]
    public void There_is_exactly_one_CN_and_it_stands_alone()
    {
        var cn = Attribute("550403", 0x0C, "a"u8.ToArray());
        var unit = Attribute("55040B", 0x0C, "b"u8.ToArray());
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Name((0x0C, "a"u8.ToArray()), (0x0C, "b"u8.ToArray()))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, cn, unit))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, unit))));
        AssertRefused(RefusalReason.Name, JudgeRaw(raw => raw.Subject = [0x30, 0]));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, unit, cn)))); // SET OF out of order
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Subject = Tlv(0x30, new byte[] { 0x31, 0 }.AsSpan())));
        AssertAccepted(JudgeRaw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, unit), Tlv(0x31, cn))));
    }

    [Fact]
    public void A_subject_is_shown_escaped_and_short()
    {
        var verdict = JudgeRaw(raw => raw.Subject = Tlv(0x30,
            Tlv(0x31, Attribute("55040A", 0x0C, Encoding.UTF8.GetBytes("Acme, \"Ltd\" ü"))), Tlv(0x31, Attribute("550403", 0x0C, "x\n"u8.ToArray()))));
        Assert.Equal("CN=x\\0a,O=Acme\\2c \\22Ltd\\22 \\c3\\bc", verdict.Subject);
        Assert.Equal(256, JudgeRaw(raw => raw.Subject = Name(new string('a', 500))).Subject.Length);
        Assert.Equal("1.3.6.1.4.1.311=x", JudgeRaw(raw => raw.Subject = Tlv(0x30, Tlv(0x31, Attribute("2B0601040182 37".Replace(" ", "", StringComparison.Ordinal), 0x0C, "x"u8.ToArray())))).Subject);
    }

    [Fact]
    public void Names_in_the_SAN_do_not_matter_to_the_CN()
    {
        var san = Extension("551D11", false, Tlv(0x30, Tlv(0x82, "other"u8)));
        Assert.Equal("device-1", JudgeRaw(raw => raw.Extensions.Add(san)).Device?.Name);
    }

    [Theory]
    [InlineData(DeviceNameSource.SanDns, "dns-7", "dns:dns-7")]
    [InlineData(DeviceNameSource.SanDns, "dns-7", "dns:dns-7 uri:urn:dev:x ip:127.0.0.1")]
    [InlineData(DeviceNameSource.SanDns, null, "dns:dns-7 dns:dns-8")]
    [InlineData(DeviceNameSource.SanDns, null, "dns:dns-7 dns:dns-7")]
    [InlineData(DeviceNameSource.SanDns, null, "dns:*.example")]
    [InlineData(DeviceNameSource.SanDns, null, "dns:.example")]
    [InlineData(DeviceNameSource.SanDns, null, "uri:urn:dev:x")]
    [InlineData(DeviceNameSource.SanDns, null, "")]
    [InlineData(DeviceNameSource.SanUri, "urn:dev:mac:0024befffe804ff1", "uri:urn:dev:mac:0024befffe804ff1 dns:a dns:b")]
    [InlineData(DeviceNameSource.SanUri, null, "uri:urn:dev:x uri:urn:dev:y")]
    [InlineData(DeviceNameSource.SanUri, null, "uri:https://example/device-1")]
    [InlineData(DeviceNameSource.SanUri, null, "dns:device-1")]
    [InlineData(DeviceNameSource.CommonName, "device-1", "dns:other uri:urn:dev:x")]
    public void One_field_names_the_device_and_the_others_are_ignored(DeviceNameSource source, string? name, string names)
    {
        var entries = names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split(':', 2)).Select(parts => parts[0] switch
        {
            "dns" => Tlv(0x82, Encoding.ASCII.GetBytes(parts[1])),
            "uri" => Tlv(0x86, Encoding.ASCII.GetBytes(parts[1])),
            _ => Tlv(0x87, [127, 0, 0, 1]),
        }).ToArray();
        var raw = new RawCertificate { Issuer = CaName() };
        if (entries.Length > 0)
        {
            raw.Extensions.Add(Extension("551D11", false, Tlv(0x30, entries)));
        }

        using var key = OpenCaKey();
        var verdict = Judge(Anchors, new DevicePolicySettings { Name = source }, raw.Sign(key));
        Assert.Equal(name, verdict.Device?.Name);
        Assert.Equal(name is null ? RefusalReason.Name : null, verdict.Reason);
    }

    [Fact]
    public void A_reserved_host_is_reserved_with_a_dot_at_its_end_too()
    {
        var settings = new DevicePolicySettings { Name = DeviceNameSource.SanDns, ReservedNames = ["broker.example"] };
        AssertRefused(RefusalReason.ReservedName, Judge(Anchors, settings, Ca.Issue(Device with { DnsNames = ["Broker.Example."] }).Der));
        AssertAccepted(Judge(Anchors, settings, Ca.Issue(Device with { DnsNames = ["broker2.example"] }).Der));
        var gateway = Ca.Issue(new() { CommonName = "x", DnsNames = ["gateway.example"] });
        settings = settings with { OwnCertificates = [gateway.Der] };
        AssertRefused(RefusalReason.ReservedName, Judge(Anchors, settings, Ca.Issue(Device with { DnsNames = ["gateway.example"] }).Der));
    }
}
