namespace CoapBridge.Tools.Load;

/// <summary>What the devices do all the time.</summary>
internal enum LoadMode
{
    /// <summary>They connect once and send messages.</summary>
    Traffic,

    /// <summary>They connect with a full handshake, close, and begin again.</summary>
    Handshake,

    /// <summary>As <see cref="Handshake"/>, but from the second time on they resume the session of the first.</summary>
    Resume,
}
