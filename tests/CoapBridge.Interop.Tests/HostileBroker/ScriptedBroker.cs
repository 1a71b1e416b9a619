using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.HostileBroker;

/// <summary>
/// A broker whose every byte a test writes itself (ATTACKS L, "B"): mutual TLS like the real one, then nothing but the script.
/// Its packets are cut by hand, so that it shares no code with what it attacks.
/// </summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IssuedCertificate _certificate;

    public ScriptedBroker(TestPki pki)
    {
        _certificate = pki.Demo.Broker;
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The next connection, before TLS.</summary>
    public Task<Socket> AcceptSocketAsync() =>
        _listener.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(WorkerProcess.Patience, TestContext.Current.CancellationToken);

    /// <summary>The next connection with TLS.</summary>
    public async Task<ScriptedConnection> AcceptAsync()
    {
        var socket = await AcceptSocketAsync();
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        using var certificate = _certificate.ToX509WithKey();
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate, ClientCertificateRequired = true, RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            TestContext.Current.CancellationToken);
        return new ScriptedConnection(stream);
    }

    /// <summary>The next connection, whose CONNECT is read and answered.</summary>
    /// <param name="connack">In hex.</param>
    public async Task<ScriptedConnection> AcceptAsync(string connack)
    {
        var connection = await AcceptAsync();
        await connection.ExpectAsync(0x10);
        await connection.WriteAsync(connack);
        return connection;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
