namespace CoapBridge.Status;

/// <summary>Which devices are asked for.</summary>
/// <param name="NameContains">A part of the name, in any case; null: everybody.</param>
/// <param name="Page">From 1.</param>
/// <param name="Size">Devices of a page.</param>
internal readonly record struct DeviceQuestion(string? NameContains, int Page, int Size)
{
    public const int DefaultSize = 100;

    public const int MaximumSize = 1_000;

    /// <summary>From the keys <c>device</c>, <c>page</c> and <c>size</c> of a query; what makes no sense is as if it were not there.</summary>
    public static DeviceQuestion Of(string? device, string? page, string? size) => new(
        string.IsNullOrWhiteSpace(device) ? null : device.Trim(), Number(page, 1, int.MaxValue) ?? 1, Number(size, 1, MaximumSize) ?? DefaultSize);

    private static int? Number(string? text, int least, int most) => int.TryParse(text, out var number) ? Math.Clamp(number, least, most) : null;
}
