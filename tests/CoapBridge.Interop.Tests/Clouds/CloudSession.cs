using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>One connection to an emulated cloud: cuts packets, asks the rules, acknowledges.</summary>
internal sealed class CloudSession(EmulatedCloud cloud, SslStream stream, CancellationToken stop)
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private bool _isMqtt5;
    private int _lastIdentifier;

    public async Task RunAsync()
    {
        while (await ReadAsync() is { } packet)
        {
            var broken = packet.Type switch
            {
                0x10 => await ConnectAsync(packet),
                0x30 => await PublishAsync(packet),
                0x80 => await SubscribeAsync(packet),
                0xA0 => await AnswerAsync($"B0{(_isMqtt5 ? "04" : "02")}{Convert.ToHexString(packet.Body.AsSpan(0, 2))}{(_isMqtt5 ? "0000" : "")}"),
                0xC0 => await AnswerAsync("D000"),
                0x40 => null,
                0xE0 => "",
                _ => $"a packet of type {packet.Type:X2}",
            };
            if (broken is not null)
            {
                if (broken.Length > 0)
                {
                    cloud.Violations.Enqueue(broken);
                }

                return; // as the clouds do it: the connection ends
            }
        }
    }

    /// <summary>Sends a message to the gateway.</summary>
    public async Task SendAsync(string topic, string payload, int qos)
    {
        var name = Encoding.UTF8.GetBytes(topic);
        byte[] body =
        [
            (byte)(name.Length >> 8), (byte)name.Length, .. name, .. qos == 0 ? [] : new byte[] { 0, (byte)++_lastIdentifier },
            .. _isMqtt5 ? new byte[] { 0 } : [], .. Encoding.UTF8.GetBytes(payload),
        ];
        var length = body.Length < 128 ? new[] { (byte)body.Length } : [(byte)((body.Length & 0x7F) | 0x80), (byte)(body.Length >> 7)];
        await WriteAsync([(byte)(0x30 | (qos << 1)), .. length, .. body]);
    }

    public void Abort() => stream.Dispose();

    private async Task<string?> ConnectAsync(CloudPacket packet)
    {
        packet.Text();
        var version = packet.Byte();
        _isMqtt5 = version == 5;
        var flags = packet.Byte();
        var keepAlive = packet.Number();
        Skip(packet);
        var clientId = packet.Text();
        string? will = null;
        if ((flags & 0x04) != 0)
        {
            Skip(packet);
            will = packet.Text();
            packet.Binary();
        }

        var userName = (flags & 0x80) != 0 ? packet.Text() : null;
        var name = (stream.RemoteCertificate as X509Certificate2)?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? "";
        var connect = new CloudConnect(
            version, clientId, userName, (flags & 0x40) != 0, will, name, stream.NegotiatedApplicationProtocol.ToString(), keepAlive);
        if (cloud.Check(connect) is { } broken)
        {
            await WriteAsync(Convert.FromHexString(_isMqtt5 ? "2003008700" : "20020005")); // not authorized
            return broken;
        }

        cloud.Filters.Clear();
        await WriteAsync(Convert.FromHexString(cloud.Welcome));
        cloud.Connects.Enqueue(connect);
        return null;
    }

    private async Task<string?> PublishAsync(CloudPacket packet)
    {
        var topic = packet.Text();
        var identifier = packet.Qos > 0 ? packet.Number() : 0;
        var properties = _isMqtt5 ? packet.Properties() : [];
        var message = new CloudMessage(topic, packet.Qos, packet.IsRetained, packet.Rest(), properties);
        if (cloud.Check(message) is { } broken)
        {
            return broken;
        }

        await cloud.HandleAsync(this, message);
        return packet.Qos > 0 ? await AnswerAsync($"4002{identifier:X4}") : null;
    }

    private async Task<string?> SubscribeAsync(CloudPacket packet)
    {
        var identifier = packet.Number();
        if (_isMqtt5 && packet.Properties().ContainsKey("0B"))
        {
            return "a subscription identifier, which CONNACK says there are none of";
        }

        var filters = new List<string>();
        while (!packet.AtEnd)
        {
            filters.Add(packet.Text());
            packet.Byte();
        }

        if (cloud.CheckFilters(filters) is { } broken)
        {
            return broken;
        }

        filters.ForEach(filter => cloud.Filters[filter] = 1);
        return await AnswerAsync($"90{filters.Count + (_isMqtt5 ? 3 : 2):X2}{identifier:X4}{(_isMqtt5 ? "00" : "")}{string.Concat(filters.Select(_ => "01"))}");
    }

    private void Skip(CloudPacket packet)
    {
        if (_isMqtt5)
        {
            packet.Properties();
        }
    }

    private async Task<string?> AnswerAsync(string hex)
    {
        await WriteAsync(Convert.FromHexString(hex));
        return null;
    }

    private async Task WriteAsync(byte[] bytes)
    {
        await _writing.WaitAsync(stop);
        try
        {
            await stream.WriteAsync(bytes, stop);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<CloudPacket?> ReadAsync()
    {
        var one = new byte[1];
        if (await stream.ReadAtLeastAsync(one, 1, throwOnEndOfStream: false, stop) == 0)
        {
            return null;
        }

        var first = one[0];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            await stream.ReadExactlyAsync(one, stop);
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80)
            {
                break;
            }
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stop);
        return new CloudPacket(first, body);
    }
}
