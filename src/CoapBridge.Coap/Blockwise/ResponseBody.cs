namespace CoapBridge.Coap;

/// <summary>An answer whose blocks are fetched one by one (RFC 7959 §2.4), as it was when the first of them was asked for.</summary>
/// <param name="share">Whose.</param>
/// <param name="key">The <see cref="CacheKey"/> hash of the request.</param>
/// <param name="code">Of the response.</param>
/// <param name="options">Encoded, the ETag among them.</param>
/// <param name="payload">The whole; never changed.</param>
internal sealed class ResponseBody(BodyShare share, int key, CoapCode code, byte[] options, ReadOnlyMemory<byte> payload) : HeldBody(share)
{
    public int Key => key;

    public CoapCode Code => code;

    public ReadOnlySpan<byte> Options => options;

    public ReadOnlyMemory<byte> Payload => payload;

    public override int Cost => Overhead + options.Length + payload.Length;
}
