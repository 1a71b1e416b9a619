using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.Versioning;
using CoapBridge.Network.Linux;

namespace CoapBridge.Control;

/// <summary><c>admin.sock</c> in <c>State:Directory</c>: for its owner and root only, by its mode and by who connects.</summary>
internal static class ControlSocket
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int SolSocket = 1;
    private const int PeerCredentials = 17; // SO_PEERCRED

    public static string PathIn(string stateDirectory) => Path.Combine(stateDirectory, "admin.sock");

    /// <summary>Listens. One that a run of before left is removed; one that answers is not.</summary>
    /// <exception cref="IOException">It cannot be made; the message says why.</exception>
    [SupportedOSPlatform("linux")]
    public static Socket Listen(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        if (TryConnect(path) is { } other)
        {
            other.Dispose();
            throw new IOException("another coapbridge listens there; each needs a State:Directory of its own");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, OwnerOnly); // before it listens, so nobody can have come
            socket.Listen();
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or UnauthorizedAccessException or ArgumentException)
        {
            socket.Dispose();
            throw new IOException(exception.Message, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A connection to the gateway that listens there; null when none does.</summary>
    /// <exception cref="IOException">There is one, but this user may not talk with it.</exception>
    public static Socket? TryConnect(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            socket.Dispose();
            return exception is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? throw new IOException($"{path} is for the gateway's own user and root; try again with sudo", exception)
                : null;
        }
    }

    /// <summary>The user at the other end (unix(7), SO_PEERCRED: pid, uid, gid).</summary>
    public static uint UserOf(Socket connection)
    {
        Span<byte> credentials = stackalloc byte[12];
        connection.GetRawSocketOption(SolSocket, PeerCredentials, credentials);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]) : BinaryPrimitives.ReadUInt32BigEndian(credentials[4..]);
    }

    public static bool IsAllowed(uint user) => user == 0 || user == LibC.GetEUid();
}
