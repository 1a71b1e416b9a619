using CoapBridge.State;
using CoapBridge.Storage;
using CoapBridge.Support;

namespace CoapBridge.Tests.Host;

/// <summary>Whose the outbox's file is, and what becomes of a damaged one.</summary>
public sealed class OutboxClaimTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-claim-");

    private string FilePath => Path.Combine(_folder.FullName, "state", "outbox.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Only_one_has_it_and_the_other_hears_what_to_do()
    {
        using var second = new OutboxClaim(FilePath);
        using (var first = new OutboxClaim(FilePath))
        {
            Assert.Null(first.Take());
            Assert.Null(first.Take());
            Assert.Equal("is in use by another gateway; stop that one, or give each its own Outbox:File or State:Directory", second.Take());
            Assert.Contains("in use by another gateway", Assert.Throws<IOException>(second.Open).Message, StringComparison.Ordinal);
        }

        Assert.Null(second.Take());
        second.Open().Dispose();
    }

    [Fact]
    public void What_a_crash_left_behind_is_no_claim()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath + ".lock", "1");
        using var claim = new OutboxClaim(FilePath);
        Assert.Null(claim.Take());
    }

    [Fact]
    public void A_disk_that_must_not_be_written_is_told_by_opening_and_the_claim_comes_with_it()
    {
        var obstacle = Path.GetDirectoryName(FilePath)!;
        File.WriteAllText(obstacle, "no folder");
        using var claim = new OutboxClaim(FilePath);
        Assert.Null(claim.Take());
        Assert.ThrowsAny<IOException>(claim.Open);
        File.Delete(obstacle);
        claim.Open().Dispose();
        using var second = new OutboxClaim(FilePath);
        Assert.NotNull(second.Take());
    }

    [Fact]
    public void Only_the_first_that_opens_it_looks_through_it_and_sets_a_damaged_one_aside()
    {
        using (var claim = new OutboxClaim(FilePath))
        using (claim.Open())
        {
        }

        File.WriteAllText(FilePath, "this was a database once, or would have become one");
        using var again = new OutboxClaim(FilePath);
        using var first = again.Open();
        using var second = again.Open();
        Assert.Equal("this was a database once, or would have become one", File.ReadAllText(first.SetAside!));
        Assert.Null(second.SetAside);
        using var table = new OutboxTable(second);
        Assert.Empty(table.Load());
    }

    [Fact]
    public void Its_files_are_for_their_owner_only_whatever_the_umask_is()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var claim = new OutboxClaim(FilePath);
        using var file = claim.Open();
        file.Database.Execute("CREATE TABLE t (n INTEGER)");
        Assert.Equal(
            [("outbox.db", "0600"), ("outbox.db-shm", "0600"), ("outbox.db-wal", "0600"), ("outbox.db.lock", "0600")],
            Directory.GetFiles(Path.GetDirectoryName(FilePath)!).Order(StringComparer.Ordinal).Select(one => (Path.GetFileName(one), HostFacts.ModeOf(one))));
    }

    [Fact]
    public void What_root_makes_in_the_services_folder_belongs_to_the_service()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can make files for others");
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!).FullName;
        FileOwner.Give(folder, FileOwner.Nobody);
        new StateFolder(folder).MakeKey();
        using var claim = new OutboxClaim(FilePath);
        using var file = claim.Open();
        file.Database.Execute("CREATE TABLE t (n INTEGER)");
        Assert.Equal(
            [("outbox.db", FileOwner.Nobody), ("outbox.db-shm", FileOwner.Nobody), ("outbox.db-wal", FileOwner.Nobody), ("outbox.db.lock", FileOwner.Nobody), ("state.key", FileOwner.Nobody)],
            Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(one => (Path.GetFileName(one), FileOwner.Of(one))));
    }

    [Fact]
    public void Where_there_is_too_little_room_the_log_is_carried_over_before_anything_is_refused()
    {
        using var claim = new OutboxClaim(FilePath);
        using var file = claim.Open();
        file.Database.Execute("CREATE TABLE t (n INTEGER)");
        Assert.True(file.HasRoomFor(1, 100));
        Assert.True(new FileInfo(FilePath + "-wal").Length > 0);
        Assert.False(file.HasRoomFor(1, 1L << 50));
        Assert.Equal(0, new FileInfo(FilePath + "-wal").Length);
        Assert.True(file.HasRoomFor(1, 100));
    }

    /// <summary>A write-ahead log that ends anywhere holds what was committed before, whole; nobody was answered for the rest.</summary>
    [Fact]
    public void A_log_that_was_cut_off_anywhere_opens_with_what_was_committed_before()
    {
        byte[] file, log;
        using (var claim = new OutboxClaim(FilePath))
        using (var open = claim.Open())
        {
            open.Database.Execute("CREATE TABLE t (n INTEGER)");
            for (var number = 1; number <= 20; number++)
            {
                open.Database.Execute($"INSERT INTO t VALUES ({number})");
            }

            file = File.ReadAllBytes(FilePath);
            log = ReadShared(FilePath + "-wal");
        }

        var random = new Random(7);
        var seen = new SortedSet<long>();
        for (var round = 0; round < 40; round++)
        {
            File.WriteAllBytes(FilePath, file);
            File.WriteAllBytes(FilePath + "-wal", log[..random.Next(log.Length)]);
            File.Delete(FilePath + "-shm");
            using var claim = new OutboxClaim(FilePath);
            using var open = claim.Open();
            Assert.Null(open.SetAside);
            open.Database.Execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
            var count = open.Database.Number("SELECT COUNT(*) FROM t")!.Value;
            Assert.Equal(count, open.Database.Number("SELECT COALESCE(MAX(n), 0) FROM t"));
            seen.Add(count);
        }

        Assert.True(seen.Count > 5);
    }

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
