namespace CoapBridge.Proof;

/// <summary>The proof itself could not be carried out.</summary>
internal sealed class ProofException(string message) : Exception(message);
