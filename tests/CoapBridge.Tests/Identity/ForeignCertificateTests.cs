using CoapBridge.Identity;

namespace CoapBridge.Tests.Identity;

/// <summary>A CA and a device made with the command line of OpenSSL 3.0, with the extensions that people give them.</summary>
public sealed class ForeignCertificateTests
{
    // openssl req -x509 -new -key ca.key -subj "/C=DE/O=Acme/CN=Acme CA" -days 3650
    private const string Ca = """
        MIIBsTCCAVegAwIBAgIUSjEpZkMoDmCmdZNxhDudBolkfIcwCgYIKoZIzj0EAwIwLjELMAkGA1UEBhMCREUxDTALBgNVBAoMBEFjbWUxEDAOBgNVBAMMB0Fj
        bWUgQ0EwHhcNMjYxMTIyMDIxOTU3WhcNMzYxMTE5MDIxOTU3WjAuMQswCQYDVQQGEwJERTENMAsGA1UECgwEQWNtZTEQMA4GA1UEAwwHQWNtZSBDQTBZMBMG
        ByqGSM49AgEGCCqGSM49AwEHA0IABBKgHpdoVBMBTWEsHdfV4ht6GHDmAA+ehDmuYJXQUm82CpGimpymeHla9W7PffWVia0cML9qjJAdAwJeIfbLna2jUzBR
        MB0GA1UdDgQWBBSexvBOG7exjYKutWmTgxn56UyXwzAfBgNVHSMEGDAWgBSexvBOG7exjYKutWmTgxn56UyXwzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
        BAMCA0gAMEUCIBZ2om1uQi15A0ADY/CcXMkxArr49WReUH9dadRu3MluAiEAoeoWlCQvgdUKlzZTIUuZLfqEUo5EXe7HGtDnQJ3XrrI=
        """;

    // openssl x509 -req, /O=Acme/CN=dev_1: CA:FALSE, digitalSignature, clientAuth, both key identifiers (the issuer's name and serial
    // too), SAN with DNS, URI and e-mail, a CRL distribution point, a policy
    private const string Device = """
        MIICIDCCAcagAwIBAgIUN6DCmbaWhfi3a+EAzlu0M49UGJQwCgYIKoZIzj0EAwIwLjELMAkGA1UEBhMCREUxDTALBgNVBAoMBEFjbWUxEDAOBgNVBAMMB0Fj
        bWUgQ0EwHhcNMjYxMTIyMDIxOTU3WhcNMjcxMTIyMDIxOTU3WjAfMQ0wCwYDVQQKDARBY21lMQ4wDAYDVQQDDAVkZXZfMTBZMBMGByqGSM49AgEGCCqGSM49
        AwEHA0IABEt1/bocaPi7ghirPyU5C0sqQbnhYMyJQp/g9n0RBWyxbu+Vz4KRB3JJ+tbygM+KfxnGly2ia6jd+pxrvN8J5J+jgdAwgc0wCQYDVR0TBAIwADAO
        BgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFF/p/xUQqkgWFyhNozKGSYXoYuvNMB8GA1UdIwQYMBaAFJ7G8E4bt7GNgq61
        aZODGfnpTJfDMCIGA1UdEQQbMBmCCWQuZXhhbXBsZYYFdXJuOniBBWFAYi5jMCUGA1UdHwQeMBwwGqAYoBaGFGh0dHA6Ly94LmV4YW1wbGUvY3JsMBAGA1Ud
        IAQJMAcwBQYDKgMEMAoGCCqGSM49BAMCA0gAMEUCIQDA5msd/8W+dRsfhiGIvtO53R1seYwdnd1xkKgLXdjFWAIgcIf6d4/dd+eKPFsH164VKqa5tc67jtDp
        I6egMtKvIpA=
        """;

    [Fact]
    public void A_device_made_by_OpenSSL_is_let_in()
    {
        var anchors = TrustAnchors.TryCreate([Convert.FromBase64String(Ca)], out var problems);
        Assert.Empty(problems);
        var policy = new DeviceCertificatePolicy(anchors!, new());
        byte[][] chain = [Convert.FromBase64String(Device), Convert.FromBase64String(Ca)];
        var verdict = policy.Evaluate(chain, new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));
        Mint.AssertAccepted(verdict);
        Assert.Equal(("dev_1", "CN=dev_1,O=Acme", "CN=Acme CA,O=Acme,C=DE"), (verdict.Device!.Name, verdict.Subject, verdict.Issuer));
    }
}
