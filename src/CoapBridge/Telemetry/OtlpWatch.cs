using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>Sees what becomes of what is sent to the collector, and says so when it changes.</summary>
internal sealed class OtlpWatch(Uri endpoint, ILogger log) : DelegatingHandler(new SocketsHttpHandler())
{
    private string? _problem = "";

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Look(base.Send(request, cancellationToken));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Tell(exception is HttpRequestException ? exception.Message : "no answer in time");
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Look(await base.SendAsync(request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Tell(exception is HttpRequestException ? exception.Message : "no answer in time");
            throw;
        }
    }

    private HttpResponseMessage Look(HttpResponseMessage response)
    {
        Tell(response.IsSuccessStatusCode ? null : $"it answers {(int)response.StatusCode}");
        return response;
    }

    private void Tell(string? problem)
    {
        if (problem == _problem)
        {
            return;
        }

        _problem = problem;
        if (problem is null)
        {
            Log.OtlpSent(log, endpoint.ToString());
        }
        else
        {
            Log.OtlpNotSent(log, endpoint.ToString(), problem);
        }
    }
}
