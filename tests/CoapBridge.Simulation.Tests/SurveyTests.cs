using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>What an operator sees of the connections, without a device noticing.</summary>
public class SurveyTests
{
    private const int Devices = 60;

    private static readonly byte[] Nothing = [];

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public void It_names_everybody_in_portions_and_wakes_nobody(int places)
    {
        var (world, devices) = Connected(1);
        world.AssertChanged(devices[4].Post("/t", "awake"));
        var resting = world.Shards.Sum(shard => shard.RestingCount);
        Assert.InRange(resting, Devices - 2, Devices);

        var surveys = Complete(world, places, null);
        Assert.Equal(Devices, surveys.Sum(survey => survey.Count));
        Assert.Equal(devices.Select(device => device.Name).Order(), surveys.SelectMany(survey => survey.Found).Select(found => found.Device).Order());
        Assert.Equal(resting, world.Shards.Sum(shard => shard.RestingCount));

        var spoke = surveys.SelectMany(survey => survey.Found).Single(found => found.Device == devices[4].Name);
        Assert.Equal((devices[4].Path.Remote, 1L, false), (spoke.Address, spoke.Messages, spoke.IsRefused));
        Assert.InRange(world.Now - spoke.LastHeard, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.InRange(world.Now - spoke.Since, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(12));
        Assert.True(spoke.CertificateEnd > world.TimeOfDay);
        world.AssertChanged(devices[7].Post("/t", "still here"));
    }

    [Fact]
    public void It_finds_a_part_of_a_name_in_any_case_and_counts_beyond_its_limit()
    {
        var (world, _) = Connected(2);
        var surveys = Complete(world, 8, "DEVICE-1", limit: 2);
        Assert.Equal(11, surveys.Sum(survey => survey.Count)); // 1 and 10 to 19
        Assert.All(surveys, survey => Assert.InRange(survey.Found.Count, 0, 2));
        Assert.All(surveys.SelectMany(survey => survey.Found), found => Assert.StartsWith("device-1", found.Device, StringComparison.Ordinal));
        Assert.Equal(0, Complete(world, 8, "nobody").Sum(survey => survey.Count));
    }

    [Fact]
    public void Without_a_name_it_looks_at_no_more_than_it_reports()
    {
        var (world, _) = Connected(3);
        var survey = new ConnectionSurvey(null, 3);
        Assert.True(world.Shards[0].Continue(world.Now, survey, 1_000));
        Assert.Equal((3, world.Shards[0].ConnectionCount), (survey.Found.Count, survey.Count));
    }

    private static (Scenario World, List<SimulatedDevice> Devices) Connected(int seed)
    {
        var world = Scenario.Create(seed, new ScenarioSettings { Shards = 3 });
        var devices = Enumerable.Range(0, Devices).Select(number => world.AddConnectedDevice(connectionId: number % 2 == 0 ? Nothing : null)).ToList();
        world.RunFor(TimeSpan.FromMinutes(10));
        return (world, devices);
    }

    private static List<ConnectionSurvey> Complete(Scenario world, int places, string? name, int limit = int.MaxValue) => [.. world.Shards.Select(shard =>
    {
        var survey = new ConnectionSurvey(name, limit);
        for (var portions = 0; !shard.Continue(world.Now, survey, places); portions++)
        {
            Assert.InRange(portions, 0, 1_000);
        }

        return survey;
    })];
}
