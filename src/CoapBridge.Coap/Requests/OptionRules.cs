using System.Text.Unicode;

namespace CoapBridge.Coap;

/// <summary>What the options of a message decide before any resource is asked.</summary>
internal static class OptionRules
{
    /// <summary>The first thing wrong with a request, and the option that it is wrong with; None when it may go on.</summary>
    public static CoapDrop CheckRequest(in CoapMessage request, CriticalOptions understood, out OptionNumber number)
    {
        number = default;
        if (request.OptionCount > CoapEndpoint.MaxOptions)
        {
            return CoapDrop.TooManyOptions;
        }

        foreach (var option in request.Options)
        {
            number = option.Number;

            // RFC 7252 §5.10.2: an endpoint that is no forward-proxy MUST answer 5.05.
            if (number is OptionNumber.ProxyUri or OptionNumber.ProxyScheme)
            {
                return CoapDrop.Proxying;
            }

            // RFC 7252 §5.4.1, §5.4.3, §5.4.5.
            if (option.IsCritical && !(option.IsWellFormed && IsUnderstood(number, understood)))
            {
                return CoapDrop.CriticalOption;
            }

            // RFC 7959 §2.2: SZX 7 is reserved and MUST lead to 4.00.
            if (number is OptionNumber.Block1 or OptionNumber.Block2 && option.TryGetUInt32(out var value) && !BlockOption.TryFrom(value, out _))
            {
                return CoapDrop.BlockSize;
            }

            // RFC 7252 §3.2: a string is UTF-8.
            if (number is OptionNumber.UriHost or OptionNumber.UriPath or OptionNumber.UriQuery && !Utf8.IsValid(option.Value))
            {
                return CoapDrop.InvalidUtf8;
            }
        }

        return CoapDrop.None;
    }

    private static bool IsUnderstood(OptionNumber number, CriticalOptions understood) =>
        number is OptionNumber.Block1 or OptionNumber.Block2 || understood.Contains(number);

    /// <summary>RFC 7252 §5.4.1: a response with an unrecognised critical option MUST be rejected.</summary>
    public static bool AcceptsResponse(in CoapMessage response, CriticalOptions understood)
    {
        foreach (var option in response.Options)
        {
            if (option.IsCritical && !(option.IsWellFormed && IsUnderstood(option.Number, understood)))
            {
                return false;
            }
        }

        return true;
    }
}
