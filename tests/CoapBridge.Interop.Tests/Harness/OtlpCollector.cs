using System.Net;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>Takes OTLP over HTTP, and reads as much of its protobuf as tells the names of metrics and the resource's strings.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly TaskCompletionSource<byte[]> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OtlpCollector(int status = 200)
    {
        Address = $"http://127.0.0.1:{MosquittoBroker.FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Task.Run(() => ServeAsync(status));
    }

    public string Address { get; }

    public string? Path { get; private set; }

    public string? ContentType { get; private set; }

    public Task<byte[]> First => _first.Task;

    /// <summary>ExportMetricsServiceRequest.resource_metrics(1).scope_metrics(2).metrics(2).name(1).</summary>
    public static IReadOnlyList<string> MetricNames(byte[] message) => [.. At(message, 1, 2, 2, 1).Select(Text)];

    /// <summary>resource_metrics(1).resource(1).attributes(1): key(1), and value(2).string_value(1).</summary>
    public static IReadOnlyDictionary<string, string> Resource(byte[] message) =>
        At(message, 1, 1, 1).ToDictionary(attribute => Text(At(attribute, 1).Single()), attribute => string.Concat(At(attribute, 2, 1).Select(Text)));

    public void Dispose() => _listener.Close();

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static IEnumerable<byte[]> At(byte[] message, params IReadOnlyList<int> path) =>
        Fields(message).Where(field => field.Number == path[0]).SelectMany(field => path.Count == 1 ? [field.Value] : At(field.Value, [.. path.Skip(1)]));

    /// <summary>The length-delimited fields of a message; the others are skipped.</summary>
    private static List<(int Number, byte[] Value)> Fields(byte[] message)
    {
        var fields = new List<(int, byte[])>();
        var place = 0;
        while (place < message.Length)
        {
            var key = Varint(message, ref place);
            var length = (key & 7) switch { 0 => Skip(message, ref place), 1 => 8, 5 => 4, 2 => (int)Varint(message, ref place), _ => throw new InvalidDataException() };
            if ((key & 7) == 2)
            {
                fields.Add(((int)(key >> 3), message[place..(place + length)]));
            }

            place += length;
        }

        return fields;
    }

    private static int Skip(byte[] message, ref int place)
    {
        Varint(message, ref place);
        return 0;
    }

    private static ulong Varint(byte[] message, ref int place)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var one = message[place++];
            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }
    }

    private async Task ServeAsync(int status)
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                (Path, ContentType) = (context.Request.Url!.AbsolutePath, context.Request.ContentType);
                context.Response.StatusCode = status;
                context.Response.Close();
                _first.TrySetResult(body.ToArray());
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
