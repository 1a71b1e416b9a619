using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Demo;

/// <summary>The lines to try by hand, with programs that people have, and the files that they need.</summary>
internal static class HandLines
{
    /// <summary>OpenSSL offers CCM_8 only at security level 0, and libcoap takes that only from a configuration file.</summary>
    private const string OpenSslConfiguration = """
        openssl_conf = openssl_init
        [openssl_init]
        ssl_conf = ssl
        [ssl]
        system_default = ccm8
        [ccm8]
        CipherString = ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0

        """;

    /// <summary>A certificate for the cloud's side, one device that is not let in, and OpenSSL's configuration.</summary>
    public static void WriteFiles(DemoSite site)
    {
        site.Pki.Ca.Issue(new() { CommonName = "cloud-app" }).Write(site.Folder, "cloud-app");
        site.Pki.Ca.Issue(new() { CommonName = "device-5", KeyUsage = X509KeyUsageFlags.KeyAgreement }).Write(site.Folder, "device-5");
        File.WriteAllText(Path.Combine(site.Folder, "ccm8.cnf"), OpenSslConfiguration);
    }

    public static void Print(DemoSite site, TextWriter output) => output.WriteLine($"""

        By hand, in another terminal:

          cd {site.Folder}

        the cloud's side (mosquitto-clients):

          mosquitto_sub -V mqttv5 -h localhost -p {site.Broker.Port} --cafile ca.pem --cert cloud-app.pem --key cloud-app.key \
            -t 'devices/#' -F '%t %p %P'

        a device (libcoap3-bin), and one whose certificate may not sign:

          OPENSSL_CONF=ccm8.cnf coap-client-openssl -v 6 -m post -c device-1.pem -j device-1.key -C ca.pem \
            coaps://{site.Coap}/t -e 21.5
          OPENSSL_CONF=ccm8.cnf coap-client-openssl -v 6 -m post -c device-5.pem -j device-5.key -C ca.pem \
            coaps://{site.Coap}/t -e 21.5

        the gateway: open http://{site.Admin}/ in a browser, or

          curl http://{site.Admin}/readyz http://{site.Admin}/metrics

        """);
}
