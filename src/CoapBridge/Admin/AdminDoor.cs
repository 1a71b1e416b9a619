using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoapBridge.Network;
using CoapBridge.Status;
using CoapBridge.Telemetry;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

using Settings = Microsoft.Extensions.Options.Options;

namespace CoapBridge.Admin;

/// <summary>
/// The admin address: the status page, <c>/status.json</c>, <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>, read-only, over
/// plain HTTP, on loopback unless configured otherwise. Small limits, because nobody sends anything large here.
/// </summary>
internal sealed class AdminDoor : IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly LoopPulses _pulses;
    private readonly Readiness _readiness;
    private readonly MetricReader _metrics;
    private readonly IPAddress _listen;
    private StatusBoard? _board;

    private AdminDoor(IPEndPoint endpoint, LoopPulses pulses, Readiness readiness, MetricReader metrics)
    {
        _pulses = pulses;
        _readiness = readiness;
        _metrics = metrics;
        _listen = endpoint.Address;
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxConcurrentConnections = 64;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8_192;
        kestrel.Limits.MaxRequestLineSize = 1_024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        kestrel.Listen(endpoint);
        var sockets = new SocketTransportFactory(Settings.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        _server = new KestrelServer(Settings.Create(kestrel), sockets, NullLoggerFactory.Instance);
    }

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public Uri Address => new(_server.Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>From now on there is a status to show.</summary>
    public void Show(StatusBoard board) => Volatile.Write(ref _board, board);

    /// <exception cref="IOException">The address cannot be bound.</exception>
    public static async Task<AdminDoor> OpenAsync(IPEndPoint endpoint, LoopPulses pulses, Readiness readiness, MetricReader metrics)
    {
        var door = new AdminDoor(endpoint, pulses, readiness, metrics);
        try
        {
            await door._server.StartAsync(new AdminApplication(door.AnswerAsync), CancellationToken.None).ConfigureAwait(false);
            return door;
        }
        catch
        {
            await door.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(patience.Token).ConfigureAwait(false);
        _server.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (!HostCheck.IsMeant(_listen, context.Request.Host))
        {
            return WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "text/plain", "ask for localhost or the address itself\n");
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "text/plain", "method not allowed\n");
        }

        return context.Request.Path.Value switch
        {
            "/" => WriteStatusAsync(context, "text/html; charset=utf-8", status => StatusPage.Render(status, context.Request.Query["refresh"] != "off")),
            "/status.json" => WriteStatusAsync(context, "application/json", StatusJson.Write),
            "/healthz" => _pulses.Stuck(Clock.Now) is { Count: > 0 } stuck
                ? WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "text/plain", $"stuck: {string.Join(", ", stuck)}\n")
                : WriteAsync(context, StatusCodes.Status200OK, "text/plain", "ok\n"),
            "/readyz" => WriteReadinessAsync(context),
            "/metrics" => WriteAsync(context, StatusCodes.Status200OK, PrometheusText.ContentType, PrometheusText.Write(_metrics.Read())),
            _ => WriteAsync(context, StatusCodes.Status404NotFound, "text/plain", "not found\n"),
        };
    }

    private async Task WriteStatusAsync(HttpContext context, string contentType, Func<StatusSnapshot, string> render)
    {
        if (Volatile.Read(ref _board) is not { } board)
        {
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "text/plain", "starting\n").ConfigureAwait(false);
            return;
        }

        var query = context.Request.Query;
        var (status, type, body) = (StatusCodes.Status200OK, contentType, "");
        try
        {
            body = render(await board.LookAsync(DeviceQuestion.Of(query["device"], query["page"], query["size"])).ConfigureAwait(false));
        }
#pragma warning disable CA1031 // a bug of ours in a page costs the page, and is told like any other
        catch (Exception exception)
#pragma warning restore CA1031
        {
            board.HandleFault(exception);
            (status, type, body) = (StatusCodes.Status500InternalServerError, "text/plain", "a mistake in CoapBridge; its log says more\n");
        }

        await WriteAsync(context, status, type, body).ConfigureAwait(false);
    }

    private Task WriteReadinessAsync(HttpContext context)
    {
        var missing = _readiness.Missing;
        var status = missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var body = $"{{\"ready\":{(missing.Count == 0 ? "true" : "false")}{List("missing", missing)}{List("alarms", _readiness.Alarms)}}}";
        return WriteAsync(context, status, "application/json", body);
    }

    /// <summary>A member of a JSON object, or nothing when the list is empty.</summary>
    private static string List(string name, IReadOnlyList<string> texts) => texts.Count == 0 ? ""
        : $",\"{name}\":[{string.Join(',', texts.Select(text => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\""))}]";

    private static Task WriteAsync(HttpContext context, int status, string contentType, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = PageStyle.ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(body, context.RequestAborted);
    }
}
