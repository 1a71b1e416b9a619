using System.Runtime.InteropServices;
using CoapBridge.Wire;

namespace CoapBridge.Network.Linux;

/// <summary>Datagrams that wait to leave: runs for the same socket go out in one sendmmsg.</summary>
internal sealed unsafe class TransmitQueue(IReadOnlyList<LinuxUdpSocket> sockets, DoorCounters counters) : IDisposable
{
    private readonly MessageBatch _batch = new(ControlMessages.SendSize);
    private readonly LinuxUdpSocket[] _owners = new LinuxUdpSocket[UdpDoor.BatchSize];
    private int _count;

    public Span<byte> NextBuffer => _batch.Buffer(_count);

    public void Add(in NetworkPath path, int length)
    {
        if (SocketFor(path) is not { } socket)
        {
            counters.CountNoSocket();
            return;
        }

        var name = SocketAddresses.Write(_batch.Name(_count), path.Remote, socket.Family);
        var control = ControlMessages.WriteSource(_batch.Control(_count), path.Local, socket.Family);
        _batch.PrepareSend(_count, length, name, control);
        _owners[_count++] = socket;
        if (_count == UdpDoor.BatchSize)
        {
            Flush();
        }
    }

    public void Flush()
    {
        var sent = 0;
        while (sent < _count)
        {
            var end = sent + 1;
            while (end < _count && _owners[end] == _owners[sent])
            {
                end++;
            }

            SendRun(_owners[sent].Descriptor, sent, end);
            sent = end;
        }

        _count = 0;
    }

    public void Dispose() => _batch.Dispose();

    /// <summary>A datagram that the system refuses is lost like any other; the rest of the run still goes.</summary>
    private void SendRun(int descriptor, int start, int end)
    {
        while (start < end)
        {
            var sent = LibC.SendMMsg(descriptor, _batch.Headers + start, (uint)(end - start), LibC.MSG_DONTWAIT);
            if (sent > 0)
            {
                counters.CountSent(sent);
                start += sent;
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case LibC.EINTR:
                    break;
                case LibC.EAGAIN or LibC.ENOBUFS: // waiting would stall every device of the shard
                    counters.CountSendBlocked(end - start);
                    return;
                default: // EMSGSIZE, EINVAL, ECONNREFUSED, ENETUNREACH, EPERM by a filter, …: this one's fault only
                    counters.CountSendError();
                    start++;
                    break;
            }
        }
    }

    private LinuxUdpSocket? SocketFor(in NetworkPath path)
    {
        LinuxUdpSocket? wildcard = null;
        foreach (var socket in sockets)
        {
            if (socket.Local.Port != path.Local.Port || (socket.Family == LibC.AF_INET) != path.Local.IsIPv4)
            {
                continue;
            }

            if (socket.Local.High == path.Local.High && socket.Local.Low == path.Local.Low)
            {
                return socket;
            }

            wildcard = socket.IsWildcard ? socket : wildcard;
        }

        return wildcard;
    }
}
