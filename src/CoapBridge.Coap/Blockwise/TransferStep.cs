namespace CoapBridge.Coap;

/// <summary>What a <see cref="BlockwiseRequest"/> makes of a response.</summary>
public enum TransferStep : byte
{
    /// <summary>There is another message to send.</summary>
    Next,

    /// <summary>The last response came; <see cref="BlockwiseRequest.Body"/> is whole.</summary>
    Done,

    /// <summary>The server does not keep to RFC 7959, or sends more than is taken.</summary>
    Failed,
}
