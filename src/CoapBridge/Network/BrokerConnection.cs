using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>A TLS connection to the broker, checked in both directions as far as TLS shows it.</summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    internal BrokerConnection(Socket socket, IPEndPoint address, SslStream stream, BrokerAddress broker, string? userName = null)
    {
        UserName = userName;
        Broker = broker;
        Socket = socket;
        Stream = stream;
        Address = address.ToString(); // the socket does not know it any more when the broker has closed already
    }

    /// <summary>What is below TLS.</summary>
    public Socket Socket { get; }

    /// <summary>The secured bytes. Under TLS 1.3 a refused client certificate shows only at the first read.</summary>
    public SslStream Stream { get; }

    /// <summary>The broker, as the configuration names it.</summary>
    public BrokerAddress Broker { get; }

    /// <summary>The User Name for CONNECT; null: none.</summary>
    public string? UserName { get; }

    /// <summary>The address that answered.</summary>
    public string Address { get; }

    /// <summary>When the certificate that the broker showed expires; null: TLS does not say.</summary>
    public DateTimeOffset? CertificateEnd =>
        Stream.RemoteCertificate is X509Certificate2 certificate ? new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) : null;

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        Socket.Dispose();
    }
}
