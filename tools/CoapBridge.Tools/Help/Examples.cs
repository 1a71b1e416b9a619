namespace CoapBridge.Tools.Help;

/// <summary>One line to try for each verb; <c>--help</c> shows those at and below the command that was asked about.</summary>
internal static class Examples
{
    private static readonly (string Verb, string Line, string What)[] _all =
    [
        ("demo", "demo --once", "see everything work, in ten seconds"),
        ("pki demo", "pki demo --out pki", "a CA, a gateway, a broker and three devices as PEM files"),
        ("pki ca", "pki ca --out my-ca --name \"My CA\"", "a CA of your own"),
        ("pki issue", "pki issue --ca pki --name device-9 --out pki", "one more device"),
        ("pki csr", "pki csr --name device-9 --out device", "the device's key stays where it is made"),
        ("pki sign", "pki sign device/device-9.csr --ca pki", "its certificate, device/device-9.pem"),
        ("pki revoke", "pki revoke device/device-9.pem --ca pki --reason KeyCompromise", "the device is lost"),
        ("pki crl", "pki crl --ca pki", "pki/ca.crl, for Devices:RevocationLists"),
        ("pki proof", "pki proof 8F3A71C0 --ca pki --out proof.pem", "what IoT Hub asks when a CA is registered"),
        ("broker", "broker --cert pki/broker.pem --key pki/broker.key --ca pki/ca.pem", "an MQTT 5 broker on 127.0.0.1:8883"),
        ("device post", "device post coaps://localhost/t --cert pki/device-1.pem --key pki/device-1.key --ca pki/ca.pem --payload 21.5", "a measurement"),
        ("device get", "device get coaps://localhost/.well-known/core --cert pki/device-1.pem --key pki/device-1.key --ca pki/ca.pem", "ask"),
        ("device put", "device put coaps://localhost/ps/devices/device-1/led --cert pki/device-1.pem --key pki/device-1.key --ca pki/ca.pem --payload on", "a state"),
        ("device delete", "device delete coaps://localhost/ps/devices/device-1/led --cert pki/device-1.pem --key pki/device-1.key --ca pki/ca.pem", "no state"),
        ("load", "load coaps://localhost/t/load --issuer pki --devices 1000 --rate 2000 --duration 60", "1,000 devices with certificates of their own, 2,000 messages a second"),
    ];

    /// <param name="path">The command's names below the root, with spaces; empty for the root.</param>
    public static IEnumerable<(string Line, string What)> For(string path) => _all
        .Where(example => path.Length == 0 || example.Verb == path || example.Verb.StartsWith(path + " ", StringComparison.Ordinal))
        .DistinctBy(example => path.Length == 0 ? example.Verb.Split(' ')[0] : example.Verb)
        .Select(example => (example.Line, example.What));
}
