using Microsoft.Win32.SafeHandles;

namespace CoapBridge.Dtls.Crypto;

/// <summary>An EVP_PKEY_CTX: one operation of one thread.</summary>
internal sealed class EvpContext : SafeHandleZeroOrMinusOneIsInvalid
{
    public EvpContext()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        Libcrypto.FreeContext(handle);
        return true;
    }
}
