namespace CoapBridge.Coap;

/// <summary>
/// The critical options that an owner understands, beside Block1 and Block2, which the endpoint itself does; made once and shared by its endpoints. A message with any other
/// critical option never reaches the owner (RFC 7252 §5.4.1). Numbers from 64 on cannot be among them: no critical
/// option of that range is registered that a gateway could want.
/// </summary>
public sealed class CriticalOptions
{
    private readonly ulong _numbers;

    /// <exception cref="ArgumentException">A number is elective, or 64 or more.</exception>
    public CriticalOptions(params ReadOnlySpan<OptionNumber> understood)
    {
        foreach (var number in understood)
        {
            if (!OptionDefinition.IsCritical(number) || (ushort)number >= 64)
            {
                throw new ArgumentException($"{number} is not a critical option below 64.", nameof(understood));
            }

            _numbers |= 1UL << (ushort)number;
        }
    }

    public bool Contains(OptionNumber number) => (ushort)number < 64 && (_numbers & (1UL << (ushort)number)) != 0;
}
