namespace CoapBridge.Relay;

/// <summary>What the requests of a route mean (PRODUCT.md, "Resources").</summary>
public enum RouteKind : byte
{
    /// <summary>POST publishes a message.</summary>
    Publish,

    /// <summary>PUT, GET, Observe and DELETE of a retained message; POST publishes one that is not retained.</summary>
    State,

    /// <summary>GET and Observe of the commands for the device; it answers them by POST <c>/cr/{id}</c>.</summary>
    Commands,

    /// <summary>POST calls the cloud and waits for its answer.</summary>
    Call,
}
