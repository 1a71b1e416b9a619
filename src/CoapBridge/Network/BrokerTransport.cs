using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>
/// Opens mutual TLS to the broker, through a proxy if there is one: TLS 1.3 or 1.2, with the gateway's certificate. Holds no
/// state between attempts but the TLS context, which lets sessions resume; every connection is checked anew.
/// </summary>
internal sealed class BrokerTransport(UpstreamOptions options, GatewayCredentials credentials)
{
    private static readonly TimeSpan _proxyTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _handshakeTimeout = TimeSpan.FromSeconds(10);

    private readonly BrokerAddress _broker = new(options.Host, options.Port);
    private readonly BrokerDialer _dialer = options.Proxy is null
        ? new BrokerDialer("the broker", $"{options.Section}:Host and Port") : new BrokerDialer("the proxy", $"{options.Section}:Proxy");

    private readonly string? _userName = options.UserName?
        .Replace("{Host}", options.Host, StringComparison.Ordinal).Replace("{ClientId}", options.ClientId, StringComparison.Ordinal);

    private readonly X509ChainPolicy _policy = BrokerCertificate.PolicyFor(credentials.BrokerCa);

    /// <summary>One attempt: a connection, or why there is none. Never throws but when <paramref name="stop"/> is cancelled.</summary>
    public async Task<(BrokerConnection? Connection, BrokerFault? Fault)> ConnectAsync(CancellationToken stop)
    {
        var (host, port) = options.Proxy is { } proxy ? (proxy.Host, proxy.Port) : (options.Host, options.Port);
        var (socket, address, fault) = await _dialer.ConnectAsync(host, port, stop).ConfigureAwait(false);
        if (socket is not null && options.Proxy is not null)
        {
            fault = await TunnelAsync(socket, options.Proxy, stop).ConfigureAwait(false);
        }

        BrokerConnection? connection = null;
        if (fault is null)
        {
            (connection, fault) = await SecureAsync(socket!, address!, stop).ConfigureAwait(false);
        }

        return (connection, fault is null ? null : fault with { Broker = _broker });
    }

    /// <summary>Explains an exception of the connection's stream: above all the refusal of our certificate, which TLS 1.3 shows only here.</summary>
    public static BrokerFault Explain(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            // OpenSSL's texts: "…:SSL routines::tlsv13 alert certificate required", "sslv3 alert bad certificate", "alert unknown ca".
            var alert = inner.Message.IndexOf(" alert ", StringComparison.OrdinalIgnoreCase);
            if (alert >= 0 && inner.Message.Contains("no application protocol", StringComparison.OrdinalIgnoreCase))
            {
                return new BrokerFault(
                    BrokerFaultReason.TlsFailed, "the broker does not speak the protocol of Upstream:Mqtt:Alpn",
                    "set Upstream:Mqtt:Alpn to what the broker's documentation says for this port, or leave it out");
            }

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

    private async Task<BrokerFault?> TunnelAsync(Socket socket, ProxyOptions proxy, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_proxyTimeout);
        BrokerFault? fault;
        try
        {
            fault = await ProxyTunnel.OpenAsync(socket, proxy, options.Section, BrokerCertificate.ReferenceName(options.Host), options.Port, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            fault = new(BrokerFaultReason.TimedOut, $"the proxy {proxy} does not answer CONNECT", $"check that {options.Section}:Proxy is an HTTP proxy that reaches the broker");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        if (fault is not null)
        {
            socket.Dispose();
        }

        return fault;
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
            return (new BrokerConnection(socket, address, stream, _broker, _userName), null);
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
        ApplicationProtocols = options.Alpn is { } protocol ? [new SslApplicationProtocol(protocol)] : null,
        AllowRenegotiation = false,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            var fault = BrokerCertificate.Check(certificate as X509Certificate2, chain, errors, name, options.Section, options.AllowWildcard);
            onChecked(fault);
            return fault is null;
        },
    };
}
