using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// Gives RabbitMQ.Client a connection that is there and secured already, so that TLS, names, proxies and explanations are the same
/// as for MQTT. It takes TCP only, as a <see cref="NetworkStream"/>; this one's bytes go through TLS.
/// </summary>
internal sealed class SecuredClient(Socket socket, SslStream stream) : ITcpClient
{
    private readonly SecuredStream _stream = new(socket, stream);

    /// <summary>
    /// The first failure. That of reading says more than that of writing: under TLS 1.3 it is the alert that refuses our certificate.
    /// </summary>
    public Exception? Fault => _stream.ReadFault ?? _stream.WriteFault;

    public bool Connected => true;

    public TimeSpan ReceiveTimeout { get; set; }

    public Socket Client => socket;

    public Task ConnectAsync(IPAddress host, int port, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public NetworkStream GetStream() => _stream;

    public void Close() => Dispose();

    public void Dispose() => _stream.Dispose();

    private sealed class SecuredStream(Socket socket, SslStream stream) : NetworkStream(socket, ownsSocket: false)
    {
        public Exception? ReadFault { get; private set; }

        public Exception? WriteFault { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                ReadFault ??= exception;
                throw;
            }
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                WriteFault ??= exception;
                throw;
            }
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        // RabbitMQ.Client reads and writes by memory and asynchronously only; anything else would go past TLS.
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stream.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
