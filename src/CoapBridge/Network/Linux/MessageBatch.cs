using System.Runtime.InteropServices;

namespace CoapBridge.Network.Linux;

/// <summary>
/// The memory behind one recvmmsg or sendmmsg: a header, an address, ancillary data and a buffer for each of
/// <see cref="UdpDoor.BatchSize"/> messages, allocated once, outside the garbage collector's reach.
/// </summary>
internal sealed unsafe class MessageBatch : IDisposable
{
    private const int NameStride = 32;

    private readonly int _controlStride;
    private readonly LibC.IoVec* _vectors;
    private readonly byte* _names;
    private readonly byte* _controls;
    private readonly byte* _buffers;
    private bool _disposed;

    public MessageBatch(int controlStride)
    {
        _controlStride = controlStride;
        Headers = (LibC.MMsgHdr*)NativeMemory.AllocZeroed(UdpDoor.BatchSize, (nuint)sizeof(LibC.MMsgHdr));
        _vectors = (LibC.IoVec*)NativeMemory.AllocZeroed(UdpDoor.BatchSize, (nuint)sizeof(LibC.IoVec));
        _names = (byte*)NativeMemory.AllocZeroed(UdpDoor.BatchSize, NameStride);
        _controls = (byte*)NativeMemory.AllocZeroed(UdpDoor.BatchSize, (nuint)controlStride);
        _buffers = (byte*)NativeMemory.AllocZeroed(UdpDoor.BatchSize, UdpDoor.MaxDatagram); // untouched pages cost nothing
        for (var index = 0; index < UdpDoor.BatchSize; index++)
        {
            _vectors[index] = new() { Start = (nint)(_buffers + (index * UdpDoor.MaxDatagram)), Length = UdpDoor.MaxDatagram };
            Headers[index].Header = new()
            {
                Name = (nint)(_names + (index * NameStride)),
                Vectors = (nint)(_vectors + index),
                VectorCount = 1,
                Control = (nint)(_controls + (index * controlStride)),
            };
        }
    }

    public LibC.MMsgHdr* Headers { get; }

    public Span<byte> Buffer(int index) => new(_buffers + (index * UdpDoor.MaxDatagram), UdpDoor.MaxDatagram);

    public Span<byte> Name(int index) => new(_names + (index * NameStride), SocketAddresses.Size);

    public Span<byte> Control(int index) => new(_controls + (index * _controlStride), _controlStride);

    /// <summary>Gives the first messages back to the kernel: it shortens the lengths to what it wrote.</summary>
    public void PrepareReceive(int count)
    {
        for (var index = 0; index < count; index++)
        {
            ref var header = ref Headers[index].Header;
            header.NameLength = SocketAddresses.Size;
            header.ControlLength = (nuint)_controlStride;
            header.Flags = 0;
        }
    }

    /// <summary>Sets the lengths of a message to send.</summary>
    public void PrepareSend(int index, int length, int nameLength, int controlLength)
    {
        _vectors[index].Length = (nuint)length;
        Headers[index].Header.NameLength = (uint)nameLength;
        Headers[index].Header.ControlLength = (nuint)controlLength;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        NativeMemory.Free(Headers);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
        NativeMemory.Free(_buffers);
    }
}
