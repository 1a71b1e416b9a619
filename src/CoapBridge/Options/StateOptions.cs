namespace CoapBridge.Options;

/// <summary>Section <c>State</c>.</summary>
/// <param name="Directory">Where the gateway may keep files: the setting, else <c>$STATE_DIRECTORY</c>, else <c>/var/lib/coapbridge</c> for a configuration in <c>/etc/coapbridge</c>, else the configuration's folder.</param>
/// <param name="MaxAge">Saved connections that are older are not taken up; zero: none are saved.</param>
internal sealed record StateOptions(string Directory, TimeSpan MaxAge);
