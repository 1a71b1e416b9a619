namespace CoapBridge.Options;

/// <summary>How a certificate extension is asked for; its content is never ignored when it is there.</summary>
internal enum ExtensionUse
{
    Required,
    IfPresent,
}
