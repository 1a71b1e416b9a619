using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Tools.Device;

/// <summary>One run of the verb <c>device</c>.</summary>
internal sealed class DeviceCall(TextWriter output, TextWriter error)
{
    public const int Answered = 0;
    public const int Refused = 1;
    public const int Usage = 2;
    public const int NoConnection = 3;

    public required CoapCode Method { get; init; }

    public required string Uri { get; init; }

    public required string CertificateFile { get; init; }

    public required string KeyFile { get; init; }

    public required string AuthorityFile { get; init; }

    public string? Payload { get; init; }

    public string? PayloadFile { get; init; }

    public uint? ContentFormat { get; init; }

    public bool Confirmable { get; init; } = true;

    /// <summary>Observe, and go on until this many were told; null: one answer.</summary>
    public int? Observe { get; init; }

    /// <summary>Bytes of a block: 16 to 1,024, a power of two.</summary>
    public int BlockSize { get; init; } = 1024;

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public int Repeat { get; init; } = 1;

    public TimeSpan Interval { get; init; }

    /// <summary>A connection for each request, resumed.</summary>
    public bool Reconnect { get; init; }

    public bool Verbose { get; init; }

    /// <summary>The exit code: the worst of the answers.</summary>
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        if (CoapUri.TryParse(Uri, out var problem) is not { } target)
        {
            return Tell(Usage, problem);
        }

        if (Payload is not null && PayloadFile is not null)
        {
            return Tell(Usage, "--payload and --payload-file exclude each other");
        }

        try
        {
            var request = new DeviceRequest(Method, target)
            {
                Payload = PayloadFile is null ? Encoding.UTF8.GetBytes(Payload ?? "") : await File.ReadAllBytesAsync(PayloadFile, stopping),
                ContentFormat = ContentFormat,
                Confirmable = Confirmable,
                BlockSzX = int.Log2(BlockSize) - 4,
            };
            return Observe is { } count ? await ObserveAsync(target, request, count, stopping) : await RequestAsync(target, request, stopping);
        }
        catch (DeviceConnectionException failed)
        {
            return Tell(NoConnection, failed.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return Tell(Usage, exception.Message);
        }
        catch (OperationCanceledException)
        {
            return Tell(NoConnection, "stopped");
        }
    }

    private async Task<int> ObserveAsync(CoapUri target, DeviceRequest request, int count, CancellationToken stopping)
    {
        await using var client = await ConnectAsync(target, null, stopping);
        var result = NoConnection;
        try
        {
            await foreach (var response in client.ObserveAsync(request, stopping))
            {
                await output.WriteLineAsync(Describe(response));
                await output.FlushAsync(stopping);
                result = response.IsSuccess ? Answered : Refused;
                if (--count == 0)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (result == Answered)
        {
            // Ctrl-C is how an observer ends.
        }

        return result;
    }

    private async Task<int> RequestAsync(CoapUri target, DeviceRequest request, CancellationToken stopping)
    {
        var worst = Answered;
        var client = await ConnectAsync(target, null, stopping);
        try
        {
            for (var i = 0; i < Repeat && worst != NoConnection; i++)
            {
                if (i > 0)
                {
                    await Task.Delay(Interval, stopping);
                }

                if (i > 0 && Reconnect)
                {
                    await client.DisposeAsync();
                    client = await ConnectAsync(target, client.Session, stopping);
                }

                worst = Math.Max(worst, await RequestAsync(client, request, stopping));
            }
        }
        finally
        {
            await client.DisposeAsync();
        }

        return worst;
    }

    private async Task<int> RequestAsync(DeviceClient client, DeviceRequest request, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Timeout);
        try
        {
            var response = await client.RequestAsync(request, patience.Token);
            await output.WriteLineAsync(Describe(response));
            return response.IsSuccess ? Answered : Refused;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return Tell(NoConnection, $"no_answer: the gateway did not answer within {Timeout.TotalSeconds} s");
        }
    }

    /// <summary>Of a name's addresses, the first at which somebody listens.</summary>
    private async Task<DeviceClient> ConnectAsync(CoapUri target, DtlsSession? session, CancellationToken stopping)
    {
        var credentials = Load(CertificateFile, () => DeviceFiles.Load(CertificateFile, KeyFile));
        var trust = GatewayTrust.Create(Load(AuthorityFile, () => DeviceFiles.LoadCertificates(AuthorityFile)), target.Host);
        var addresses = target.Address is { } address ? [address] : await ResolveAsync(target.Host, stopping);
        for (var i = 0; ; i++)
        {
            var settings = new DeviceSettings
            {
                Server = new IPEndPoint(addresses[i], target.Port),
                Credentials = credentials,
                Trust = trust,
                HandshakeTimeout = Timeout,
                Session = session,
                Trace = Verbose ? error.WriteLine : null,
            };
            try
            {
                return await DeviceClient.ConnectAsync(settings, stopping);
            }
            catch (DeviceConnectionException failed) when (failed.Reason == "unreachable" && i + 1 < addresses.Length)
            {
                // localhost is often ::1 first.
            }
        }
    }

    private static T Load<T>(string file, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException($"{file}: {exception.Message}", exception);
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken stopping)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, stopping);
            return addresses.Length > 0 ? addresses : throw new DeviceConnectionException("unreachable", $"{host} has no address");
        }
        catch (SocketException exception)
        {
            throw new DeviceConnectionException("unreachable", $"{host} has no address: {exception.Message}");
        }
    }

    private static string Describe(DeviceResponse response)
    {
        var line = new StringBuilder($"{response.Code}");
        if (response.MaxAge is { } age && !response.IsSuccess)
        {
            line.Append($" (try again in {age.TotalSeconds} s: Max-Age)");
        }

        var text = response.PayloadText;
        return response.Payload.IsEmpty ? line.ToString()
            : text is not null && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? line.Append(' ').Append(text).ToString()
            : line.Append(" 0x").Append(Convert.ToHexStringLower(response.Payload.Span)).ToString();
    }

    private int Tell(int exitCode, string what)
    {
        error.WriteLine($"device: {what}");
        return exitCode;
    }
}
