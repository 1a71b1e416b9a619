namespace CoapBridge.Identity;

/// <summary>What a device wants to do with a topic (PRODUCT.md, "Access policy").</summary>
public enum PolicyAction
{
    /// <summary>POST.</summary>
    Publish,

    /// <summary>PUT, DELETE, and POST with <c>retain=1</c> (which needs Publish as well).</summary>
    Retain,

    /// <summary>GET.</summary>
    Get,

    /// <summary>GET with Observe.</summary>
    Observe,

    /// <summary><c>/c</c> and <c>/cr</c>.</summary>
    Command,

    /// <summary><c>/rpc</c>.</summary>
    Call,
}
