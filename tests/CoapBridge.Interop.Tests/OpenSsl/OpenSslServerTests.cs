using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Support;

namespace CoapBridge.Interop.Tests.OpenSsl;

/// <summary>Our client and <c>openssl s_server</c>.</summary>
public sealed class OpenSslServerTests : IDisposable
{
    private readonly TestParty _server = new("server");
    private readonly TestParty _device = new("device");

    public void Dispose()
    {
        _server.Dispose();
        _device.Dispose();
    }

    [Theory]
    [InlineData(true, 1232, 0)]
    [InlineData(false, 1232, 0)]
    [InlineData(true, 300, 300)]
    public void It_connects_talks_and_closes(bool cookies, int maximum, int mtu)
    {
        var port = ForeignProgram.FreePort();
        using var server = ForeignProgram.Start(
            "openssl",
            ["s_server", "-dtls1_2", "-accept", $"127.0.0.1:{port}", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", "-Verify", "1",
                "-cert", _server.CertificateFile, "-key", _server.KeyFile, .. cookies ? new[] { "-listen" } : [],
                .. mtu > 0 ? new[] { "-mtu", $"{mtu}" } : []]);
        server.WaitFor("ACCEPT");
        using var peer = UdpPeer.Connect(_device.Settings with { MaximumDatagram = maximum }, port);
        var completed = Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
        Assert.Equal("CN=server", completed.Peer.Identity);
        Assert.True(completed.ExtendedMasterSecret);
        peer.Send("from the client\n");
        server.WaitFor("from the client");
        Assert.Matches("CN ?= ?device", server.Said);
        server.Say("from the server");
        Assert.Equal("from the server\n", peer.NextText());

        // Told to quit, s_server closes the socket before its own close_notify; so it is ours that is tried.
        peer.Close();
        server.WaitFor("DONE");
    }

    [Fact]
    public void It_resumes_our_session()
    {
        var port = ForeignProgram.FreePort();
        using var server = ForeignProgram.Start(
            "openssl", "s_server", "-dtls1_2", "-accept", $"127.0.0.1:{port}", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", "-Verify", "1",
            "-cert", _server.CertificateFile, "-key", _server.KeyFile);
        server.WaitFor("ACCEPT");
        DtlsEvent.HandshakeCompleted first;
        using (var peer = UdpPeer.Connect(_device.Settings, port))
        {
            first = Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
            peer.Close();
            server.WaitFor("DONE");
        }

        using var again = UdpPeer.Connect(_device.Settings, port, first.Session);
        Assert.True(Assert.IsType<DtlsEvent.HandshakeCompleted>(again.NextEvent()).IsResumed);
        again.Send("from the client\n");
        server.WaitFor("from the client");
        Assert.Contains("Reused session-id", server.Said, StringComparison.Ordinal);
    }
}
