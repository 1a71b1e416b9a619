using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Support;

namespace CoapBridge.Interop.Tests.GnuTls;

/// <summary>Our ends and GnuTLS's.</summary>
public sealed class GnuTlsTests : IDisposable
{
    private const string Priority =
        "NONE:+VERS-DTLS1.2:+AES-128-CCM-8:+ECDHE-ECDSA:+SIGN-ECDSA-SHA256:+GROUP-SECP256R1:+AEAD:+COMP-NULL:+CTYPE-X509";

    private readonly TestParty _server = new("server");
    private readonly TestParty _device = new("device");

    public void Dispose()
    {
        _server.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Its_client_connects_and_talks()
    {
        using var peer = UdpPeer.Serve(_server.Settings);
        using var client = ForeignProgram.Start(
            "gnutls-cli", "--udp", "--port", $"{peer.Port}", "--priority", Priority, "--insecure",
            "--x509certfile", _device.CertificateFile, "--x509keyfile", _device.KeyFile, "127.0.0.1");
        var completed = Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
        Assert.Equal("CN=device", completed.Peer.Identity);
        client.Say("from the client");
        Assert.Equal("from the client\n", peer.NextText());
        peer.Send("from the server\n");
        client.WaitFor("from the server");
    }

    [Fact]
    public void Its_server_connects_and_echoes()
    {
        var port = ForeignProgram.FreePort();
        using var server = ForeignProgram.Start(
            "gnutls-serv", "--udp", "--echo", "--port", $"{port}", "--priority", Priority, "--require-client-cert",
            "--x509certfile", _server.CertificateFile, "--x509keyfile", _server.KeyFile);
        server.WaitFor("listening");
        using var peer = UdpPeer.Connect(_device.Settings, port);
        var completed = Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent());
        Assert.Equal("CN=server", completed.Peer.Identity);
        peer.Send("hello\n");
        Assert.Equal("hello\n", peer.NextText());
    }

    [Fact]
    public void Its_client_resumes_its_session()
    {
        using var peer = UdpPeer.Serve(_server.Settings with { ResumesSessions = true });
        using var client = ForeignProgram.Start(
            "gnutls-cli", "--udp", "--resume", "--port", $"{peer.Port}", "--priority", Priority, "--insecure",
            "--x509certfile", _device.CertificateFile, "--x509keyfile", _device.KeyFile, "127.0.0.1");
        Assert.False(Assert.IsType<DtlsEvent.HandshakeCompleted>(peer.NextEvent()).IsResumed);
        client.WaitFor("This is a resumed session");
        DtlsEvent what;
        do
        {
            what = peer.NextEvent();
        }
        while (what is not DtlsEvent.HandshakeCompleted);

        Assert.True(((DtlsEvent.HandshakeCompleted)what).IsResumed);
        client.Say("from the client");
        Assert.Equal("from the client\n", peer.NextText());
    }
}
