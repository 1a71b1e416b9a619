using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>
/// Opens mutual TLS to the broker: each address of the host in turn, TLS 1.2 or 1.3, with the gateway's certificate.
/// Holds no state between attempts but the TLS context, which lets sessions resume.
/// </summary>
internal sealed class BrokerTransport(MqttOptions options, GatewayCredentials credentials)
{
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _handshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly X509ChainPolicy _policy = BrokerCertificate.PolicyFor(credentials.BrokerCa);

    /// <summary>One attempt: a connection, or why there is none. Never throws but when <paramref name="stop"/> is cancelled.</summary>
    public async Task<(BrokerConnection? Connection, BrokerFault? Fault)> ConnectAsync(CancellationToken stop)
    {
        var (addresses, fault) = await ResolveAsync(stop).ConfigureAwait(false);
        foreach (var address in addresses)
        {
            (var socket, fault) = await DialAsync(address, stop).ConfigureAwait(false);
            if (socket is not null)
            {
                return await SecureAsync(socket, new IPEndPoint(address, options.Port), stop).ConfigureAwait(false); // a wrong certificate is no reason to try elsewhere
            }
        }

        return (null, fault);
    }

    /// <summary>Explains an exception of the connection's stream: above all the refusal of our certificate, which TLS 1.3 shows only here.</summary>
    public static BrokerFault Explain(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            // OpenSSL's texts: "…:SSL routines::tlsv13 alert certificate required", "sslv3 alert bad certificate", "alert unknown ca".
            var alert = inner.Message.IndexOf(" alert ", StringComparison.OrdinalIgnoreCase);
            if (alert >= 0)
            {
                return new BrokerFault(
                    BrokerFaultReason.TlsRefused,
                    $"the broker ended the handshake with the alert '{inner.Message[(alert + 7)..].Trim()}'",
                    "check that the broker trusts the CA of Identity:Certificate, asks for client certificates of this kind, and that the certificate is valid");
            }
        }

        return exception is AuthenticationException
            ? new BrokerFault(BrokerFaultReason.TlsFailed, $"TLS failed: {exception.Message}", "check that Port is the broker's TLS port and that it offers TLS 1.2 or 1.3")
            : new BrokerFault(BrokerFaultReason.Closed, $"the connection ended: {exception.Message}", "see the broker's log; the gateway tries again");
    }

    private async Task<(IPAddress[] Addresses, BrokerFault? Fault)> ResolveAsync(CancellationToken stop)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(options.Host, stop).ConfigureAwait(false);
            return (addresses, addresses.Length > 0 ? null : Unresolved("it has no address"));
        }
        catch (SocketException exception)
        {
            return ([], Unresolved(exception.Message));
        }

        BrokerFault Unresolved(string why) => new(
            BrokerFaultReason.NameNotResolved, $"the name {options.Host} cannot be resolved: {why}", "check Upstream:Mqtt:Host and this host's DNS");
    }

    private async Task<(Socket? Socket, BrokerFault? Fault)> DialAsync(IPAddress address, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_connectTimeout);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, options.Port), limit.Token).ConfigureAwait(false);
            return (socket, null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            socket.Dispose();
            return (null, new(BrokerFaultReason.TimedOut, $"no answer from {address} port {options.Port}", "check the network and the firewall on the way to the broker"));
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            return (null, new(BrokerFaultReason.Unreachable, $"{address} port {options.Port}: {exception.Message}", "check that the broker runs and that Upstream:Mqtt:Port is right"));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<(BrokerConnection? Connection, BrokerFault? Fault)> SecureAsync(
        Socket socket, IPEndPoint address, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_handshakeTimeout);
        BrokerFault? refusal = null;
        var name = BrokerCertificate.ReferenceName(options.Host);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(ClientOptions(name, fault => refusal = fault), limit.Token).ConfigureAwait(false);
            return (new BrokerConnection(socket, address, stream), null);
        }
        catch (Exception exception)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException && !stop.IsCancellationRequested)
            {
                return (null, new(BrokerFaultReason.TimedOut, "the broker accepted the connection but does not answer TLS", "check that Port is the broker's TLS port"));
            }

            if (exception is not (AuthenticationException or IOException))
            {
                throw;
            }

            return (null, refusal ?? Explain(exception));
        }
    }

    private SslClientAuthenticationOptions ClientOptions(string name, Action<BrokerFault?> onChecked) => new()
    {
        TargetHost = name,
        ClientCertificateContext = credentials.TlsContext,
        CertificateChainPolicy = _policy.Clone(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            var fault = BrokerCertificate.Check(certificate as X509Certificate2, chain, errors, name);
            onChecked(fault);
            return fault is null;
        },
    };
}
