namespace CoapBridge.Identity;

/// <summary>
/// A variable of policies, in a resource as <c>${cert:Subject.O}</c>, in a condition as the key <c>cert:Subject.O</c>:
/// <c>device</c>, <c>cert:Serial</c> (hex without leading zero octets), or an attribute of the subject or the issuer.
/// </summary>
internal sealed class PolicyVariable
{
    public const string Known = "device, cert:Serial, and cert:Subject.… or cert:Issuer.… with CN, O, OU, C, L or ST";
    private const string Subject = "cert:Subject.", Issuer = "cert:Issuer.";

    private readonly Func<DeviceIdentity, string?>? _read;

    private PolicyVariable(string name, Func<DeviceIdentity, string?>? read)
    {
        Name = name;
        _read = read;
    }

    /// <summary>Without the braces.</summary>
    public string Name { get; }

    /// <summary>Its value is a serial number.</summary>
    public bool IsSerial => Name == "cert:Serial";

    /// <summary>Null when there is no variable of this name. Letter case matters.</summary>
    public static PolicyVariable? TryParse(string name)
    {
        if (name is "device")
        {
            return new(name, null);
        }

        if (name is "cert:Serial")
        {
            return new(name, device => device.SerialNumber);
        }

        var isSubject = name.StartsWith(Subject, StringComparison.Ordinal);
        if ((!isSubject && !name.StartsWith(Issuer, StringComparison.Ordinal))
            || Oids.TryGetPolicyAttribute(name[(isSubject ? Subject : Issuer).Length..]) is not { } oid)
        {
            return null;
        }

        return isSubject
            ? new(name, device => CertificateNames.Subject(device.Encoded)?.TryGetText(oid))
            : new(name, device => CertificateNames.Issuer(device.Encoded)?.TryGetText(oid));
    }

    /// <summary>
    /// Null when it has no value: nothing is known of the certificate, or the attribute is missing, there more than once, or
    /// no plain text.
    /// </summary>
    public string? Resolve(in PolicyRequest request) =>
        _read is null ? request.DeviceName : request.Device is { } device ? _read(device) : null;
}
