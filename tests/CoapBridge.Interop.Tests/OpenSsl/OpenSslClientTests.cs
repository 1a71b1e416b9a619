using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Support;

namespace CoapBridge.Interop.Tests.OpenSsl;

/// <summary>Our server and <c>openssl s_client</c>.</summary>
public sealed class OpenSslClientTests : IDisposable
{
    private readonly TestParty _server = new("server");
    private readonly TestParty _device = new("device");

    public void Dispose()
    {
        _server.Dispose();
        _device.Dispose();
    }

    private ForeignProgram Start(int port, params string[] more) => ForeignProgram.Start(
        "openssl",
        ["s_client", "-dtls1_2", "-connect", $"127.0.0.1:{port}", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0", .. more]);

    private string[] Certificate => ["-cert", _device.CertificateFile, "-key", _device.KeyFile];

    [Theory]
    [InlineData(1232, 0)]
    [InlineData(1232, 256)]
    [InlineData(256, 0)]
    [InlineData(300, 400)]
    public void It_connects_talks_and_closes(int maximum, int mtu)
    {
        using var peer = UdpPeer.Serve(_server.Settings with { MaximumDatagram = maximum });
        using var client = Start(peer.Port, [.. Certificate, .. mtu > 0 ? new[] { "-mtu", $"{mtu}" } : []]);
        var completed = Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
        Assert.Equal("CN=device", completed.Peer.Identity);
        Assert.True(completed.ExtendedMasterSecret);
        Assert.True(mtu == 0 || peer.LargestReceived <= mtu, $"{peer.LargestReceived}");
        client.Say("from the client");
        Assert.Equal("from the client\n", peer.NextText());
        peer.Send("from the server\n");
        client.WaitFor("from the server");
        Assert.Contains("ECDHE-ECDSA-AES128-CCM8", client.Said, StringComparison.Ordinal);
        Assert.Contains("Secure Renegotiation IS supported", client.Said, StringComparison.Ordinal);

        client.Say("Q");
        Assert.Equal(CloseReason.CloseNotify, Assert.IsType<DtlsEvent.Closed>(peer.NextEvent()).Reason);
        client.WaitForEnd();
    }

    [Fact]
    public void It_hears_our_close_notify()
    {
        using var peer = UdpPeer.Serve(_server.Settings);
        using var client = Start(peer.Port, Certificate);
        Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
        peer.Close();
        client.WaitForEnd();
    }

    [Fact]
    public void It_resumes_its_session()
    {
        var file = Path.Combine(Path.GetDirectoryName(_device.CertificateFile)!, "session.pem");
        using var peer = UdpPeer.Serve(_server.Settings with { ResumesSessions = true });
        using (var first = Start(peer.Port, [.. Certificate, "-sess_out", file]))
        {
            Assert.False(Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent()).IsResumed);
            first.Say("Q");
            Assert.IsType<DtlsEvent.Closed>(peer.NextEvent());
            first.WaitForEnd();
        }

        // Without certificate and key: the session alone says who it is.
        for (var time = 0; time < 2; time++)
        {
            using var again = Start(peer.Port, "-sess_in", file);
            var completed = Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
            Assert.True(completed.IsResumed);
            Assert.Equal("CN=device", completed.Peer.Identity);
            again.WaitFor("Reused, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-CCM8");
            again.Say("from the client");
            Assert.Equal("from the client\n", peer.NextText());
            peer.Send("from the server\n");
            again.WaitFor("from the server");
            again.Say("Q");
            Assert.IsType<DtlsEvent.Closed>(peer.NextEvent());
            again.WaitForEnd();
        }
    }

    [Fact]
    public void A_session_that_the_server_has_lost_is_replaced_by_a_full_handshake()
    {
        var file = Path.Combine(Path.GetDirectoryName(_device.CertificateFile)!, "session.pem");
        using (var peer = UdpPeer.Serve(_server.Settings with { ResumesSessions = true }))
        using (var first = Start(peer.Port, [.. Certificate, "-sess_out", file]))
        {
            Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
            first.Say("Q");
            first.WaitForEnd();
        }

        using var restarted = UdpPeer.Serve(_server.Settings with { ResumesSessions = true });
        using var again = Start(restarted.Port, [.. Certificate, "-sess_in", file]);
        Assert.False(Assert.IsType<DtlsEvent.HandshakeCompleted>(restarted.NextEvent()).IsResumed);
        again.WaitFor("New, TLSv1.2");
    }

    [Fact]
    public void It_is_not_renegotiated_with()
    {
        using var peer = UdpPeer.Serve(_server.Settings);
        using var client = Start(peer.Port, Certificate);
        Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
        client.Say("R");
        client.WaitFor("RENEGOTIATING");
        Assert.False(peer.Events.TryTake(out _, TimeSpan.FromMilliseconds(500)));
    }

    [Fact]
    public void Without_a_certificate_it_is_refused_with_40()
    {
        using var peer = UdpPeer.Serve(_server.Settings);
        using var client = Start(peer.Port);
        var failed = Assert.IsType<DtlsEvent.HandshakeFailed>(peer.NextEvent());
        Assert.Equal("no_certificate", failed.Reason);
        client.WaitFor("alert number 40");
    }

    [Fact]
    public void With_another_suite_it_is_refused_with_40()
    {
        using var peer = UdpPeer.Serve(_server.Settings);
        using var client = ForeignProgram.Start(
            "openssl", "s_client", "-dtls1_2", "-connect", $"127.0.0.1:{peer.Port}", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256");
        client.WaitFor("alert number 40");
        Assert.Empty(peer.Events);
    }

    [Fact]
    public void With_DTLS_1_0_alone_it_is_refused_with_70()
    {
        using var peer = UdpPeer.Serve(_server.Settings);
        using var client = ForeignProgram.Start(
            "openssl", "s_client", "-dtls1", "-connect", $"127.0.0.1:{peer.Port}", "-cipher", "ALL:@SECLEVEL=0");
        client.WaitFor("alert number 70");
        Assert.Empty(peer.Events);
    }
}
