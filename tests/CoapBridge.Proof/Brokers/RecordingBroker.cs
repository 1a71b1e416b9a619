using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Proof.Brokers;

/// <summary>
/// A broker that acknowledges nothing that is not on disk: MQTT 5 over mutual TLS, one journal, no subscribers. It is a process of
/// its own, to be killed. What else it does wrong it is told by lines on standard input, see <see cref="Mischief"/>. Its packets are
/// cut by hand, so that it shares no code with what it is to prove.
/// </summary>
internal sealed class RecordingBroker(int port, string folder, bool keepsSessions)
{
    private readonly Journal _journal = new(Path.Combine(folder, Journal.FileName));
    private readonly Mischief _mischief = new();
    private readonly Dictionary<string, RecordingConnection> _clients = [];
    private readonly Lock _gate = new();

    /// <summary>Until standard input ends, or it is killed.</summary>
    public async Task RunAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = AcceptAsync(listener);
        Console.WriteLine("recording");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            _mischief.Handle(line);
        }
    }

    /// <summary>Whether the client has a session here; the older connection of it ends.</summary>
    public bool TakeOver(string client, RecordingConnection connection, bool isClean)
    {
        var mark = Path.Combine(folder, $"session-{client}");
        lock (_gate)
        {
            if (_clients.TryGetValue(client, out var older))
            {
                older.Abort();
            }

            _clients[client] = connection;
            var isThere = keepsSessions && !isClean && File.Exists(mark);
            File.WriteAllText(mark, "");
            return isThere;
        }
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "broker.pem"), Path.Combine(folder, "broker.key"));
        var tls = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate, ClientCertificateRequired = true, RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        };
        while (true)
        {
            var socket = await listener.AcceptSocketAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket, tls);
        }
    }

    private async Task ServeAsync(Socket socket, SslServerAuthenticationOptions tls)
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(tls);
            await new RecordingConnection(stream, this, _journal, _mischief).RunAsync();
        }
        catch (Exception ended) when (ended is IOException or SocketException or AuthenticationException or ObjectDisposedException or OperationCanceledException)
        {
            // Its connections are cut all the time.
        }
        catch (Exception bug)
        {
            Console.WriteLine($"bug: {bug}");
        }
    }
}
