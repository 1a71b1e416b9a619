using Microsoft.Win32.SafeHandles;

namespace CoapBridge.Dtls.Crypto;

/// <summary>An EVP_PKEY; one reference of it.</summary>
internal sealed class EvpKey : SafeHandleZeroOrMinusOneIsInvalid
{
    public EvpKey()
        : base(ownsHandle: true)
    {
    }

    public EvpKey(nint key)
        : this() => SetHandle(key);

    protected override bool ReleaseHandle()
    {
        Libcrypto.FreeKey(handle);
        return true;
    }
}
