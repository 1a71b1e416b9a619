namespace CoapBridge.Identity;

/// <summary>
/// Whether a part of a statement holds for a request. Unknown: it hangs on a variable that has no value here; then an
/// Allow does not allow, and a Deny denies. In ascending order, so that the least of several parts is their "and".
/// </summary>
internal enum PolicyTruth
{
    No,
    Unknown,
    Yes,
}
