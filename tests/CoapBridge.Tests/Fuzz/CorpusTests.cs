using CoapBridge.Fuzz;

namespace CoapBridge.Tests.Fuzz;

/// <summary>Stored sessions once more, and a short look for new ones; the long run is tests/CoapBridge.Fuzz itself.</summary>
public sealed class CorpusTests
{
    public static TheoryData<string> Targets => new(FuzzTargets.Names);

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_was_stored_passes(string name)
    {
        var target = FuzzTargets.Create(name);
        var files = Directory.GetFiles(FuzzSession.CorpusOf(target), "*.txt");
        Assert.NotEmpty(files);
        Assert.All(files, file => FuzzSession.Replay(target, FuzzSession.Read(file)));
    }

    [Theory]
    [InlineData("dtls-server")]
    [InlineData("dtls-client")]
    public void The_stored_honest_handshakes_still_complete(string name)
    {
        var target = FuzzTargets.Create(name);
        var files = Directory.GetFiles(FuzzSession.CorpusOf(target), "honest-*.txt").Order().ToArray();
        Assert.NotEmpty(files);
        Assert.NotEmpty(CoapBridge.Fuzz.Dtls.Dialogue.All); // recorded: one of the stored handshakes resumes its session
        Assert.All(files, file =>
        {
            var handshake = Assert.IsType<CoapBridge.Fuzz.Dtls.HandshakeTarget>(target, exactMatch: false);
            handshake.Begin();
            FuzzSession.Read(file).ForEach(handshake.Apply);
            Assert.True(handshake.Connection is { IsEstablished: true }, $"{file}: make the corpus anew (tests/README.md) if handshakes look otherwise now");
        });
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_short_run_finds_nothing(string name)
    {
        // The same all day, another tomorrow.
        var seed = DateOnly.FromDateTime(DateTime.UtcNow).DayNumber;
        var said = new StringWriter();
        var run = new FuzzRun(FuzzTargets.Create(name), seed, said);
        run.Run(20_000, TimeSpan.FromSeconds(20), Path.GetTempPath());
        Assert.True(run.Failures == 0, said.ToString());
        Assert.True(run.Steps > 0);
    }

    [Fact]
    public void A_session_that_fails_is_written_and_fails_again_when_it_is_replayed()
    {
        var folder = Directory.CreateTempSubdirectory("fuzz-").FullName;
        try
        {
            var run = new FuzzRun(new Fragile(), 5, TextWriter.Null);
            run.Run(10_000, TimeSpan.FromSeconds(20), folder);
            Assert.InRange(run.Failures, 1, 10);
            var steps = FuzzSession.Read(Directory.GetFiles(folder)[0]);
            Assert.Throws<InvalidOperationException>(() => FuzzSession.Replay(new Fragile(), steps));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Breaks at a byte that a good look finds.</summary>
    private sealed class Fragile : FuzzTarget
    {
        public override string Name => "fragile";

        public override void Begin()
        {
        }

        public override byte[] Next(Mutator mutator) => mutator.Mutate([1, 2, 3, 4, 5, 6], [9, 9]);

        public override void Apply(byte[] step)
        {
            if (step is [_, 0x80, ..])
            {
                throw new InvalidOperationException("broken");
            }
        }

        public override void End()
        {
        }
    }
}
