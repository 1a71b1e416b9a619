using System.Collections;
using CoapBridge.Identity;
using CoapBridge.Options;
using CoapBridge.Tests.House;

namespace CoapBridge.Tests.Host;

/// <summary>The files of config/profiles, read as the gateway reads them: a key that has gone would fail here.</summary>
public sealed class ProfileTests
{
    private static readonly string Folder = Path.Combine(HouseRulesTests.Root, "config", "profiles");

    public static TheoryData<string> Profiles => 
        [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(name => !name.EndsWith("-policy", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_profile_has_no_mistake_and_a_page(string profile)
    {
        var errors = new List<OptionsError>();
        var options = OptionsLoader.Load(Path.Combine(Folder, $"{profile}.json"), new Hashtable(), [], errors);
        Assert.Empty(errors);
        var first = File.ReadLines(Path.Combine(Folder, $"{profile}.json")).First();
        Assert.True(File.Exists(Path.Combine(Folder, first[(first.LastIndexOf(' ') + 1)..])), $"{profile}.json names no page: {first}");
        if (options.Devices.Policy is { } policy)
        {
            Assert.NotNull(AccessPolicy.TryParse(File.ReadAllBytes(policy), out var faults));
            Assert.Empty(faults);
        }
    }

    [Fact]
    public void The_index_links_every_page_and_every_page_is_linked()
    {
        var index = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(Directory.GetFiles(Folder), file => Assert.Contains(Path.GetFileName(file) is "README.md" ? "#" : $"({Path.GetFileName(file)})", index, StringComparison.Ordinal));
    }
}
