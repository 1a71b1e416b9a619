namespace CoapBridge.Interop.Tests.Harness;

/// <summary>OpenSSL offers CCM_8 only at security level 0; programs that use OpenSSL take that from a configuration file.</summary>
internal static class OpenSslFile
{
    public static string WithCcm8(TestPki pki)
    {
        var path = pki["ccm8.cnf"];
        if (!File.Exists(path))
        {
            File.WriteAllText(path, """
                openssl_conf = openssl_init
                [openssl_init]
                ssl_conf = ssl
                [ssl]
                system_default = ccm8
                [ccm8]
                CipherString = ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0

                """);
        }

        return path;
    }
}
