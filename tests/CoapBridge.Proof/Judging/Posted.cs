using System.Globalization;
using System.Text;

namespace CoapBridge.Proof.Judging;

/// <summary>One request of a device, and what it was told. A device asks one after the other, and never the same again.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Number">Its place among the device's requests, from 1.</param>
/// <param name="IsKept">It went to a Keep route.</param>
/// <param name="Size">Bytes of its payload.</param>
/// <param name="Answer">The response code as text; null: none came.</param>
internal sealed record Posted(string Device, int Number, bool IsKept, int Size, string? Answer)
{
    public const string Success = "2.04";

    /// <summary>Who, which, how long; then what makes it so long.</summary>
    public static byte[] Payload(string device, int number, int size)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{device} {number} {size} ");
        return Encoding.ASCII.GetBytes(text.PadRight(size, 'x'));
    }
}
