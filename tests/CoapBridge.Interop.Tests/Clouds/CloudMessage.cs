using System.Text;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>What the gateway has published.</summary>
internal sealed record CloudMessage(string Topic, int Qos, bool IsRetained, byte[] Payload, IReadOnlyDictionary<string, string> Properties)
{
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>What the gateway has connected as.</summary>
/// <param name="Version">4 or 5.</param>
/// <param name="ClientId">The Client Identifier.</param>
/// <param name="UserName">Null: none.</param>
/// <param name="HasPassword">There is one.</param>
/// <param name="WillTopic">Null: no will.</param>
/// <param name="CommonName">Of the certificate, which leads to the CA that the cloud was given.</param>
/// <param name="Alpn">The protocol that TLS agreed on; empty: none.</param>
/// <param name="KeepAlive">Seconds.</param>
internal sealed record CloudConnect(
    int Version, string ClientId, string? UserName, bool HasPassword, string? WillTopic, string CommonName, string Alpn, int KeepAlive);
