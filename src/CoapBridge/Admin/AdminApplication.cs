using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CoapBridge.Admin;

/// <summary>What Kestrel asks for each request; without the web host around it, which takes 8 MB and does nothing for us.</summary>
internal sealed class AdminApplication(Func<HttpContext, Task> answer) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) => answer(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // It holds nothing but memory.
    }
}
