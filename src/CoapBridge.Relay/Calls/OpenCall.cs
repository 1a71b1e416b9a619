namespace CoapBridge.Relay;

/// <summary>A call that the cloud has not answered: what its answer must carry.</summary>
internal sealed class OpenCall
{
    /// <summary>The Correlation Data.</summary>
    public byte[] Correlation { get; set; } = [];
}
