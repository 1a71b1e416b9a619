using System.Text;
using System.Text.Json;
using CoapBridge.Identity;

namespace CoapBridge.Options;

/// <summary>Loads the access policy: the configured file, or the shipped policy for the configured topic prefix.</summary>
internal static class PolicyFile
{
    private const string Key = "Devices:Policy";

    /// <summary>Null, with every reason in <paramref name="errors"/>, when something is wrong: never an empty or open policy instead.</summary>
    public static AccessPolicy? Load(BridgeOptions options, ICollection<OptionsError> errors)
    {
        if (options.Devices.Policy is not { } path)
        {
            return AccessPolicy.TryParse(Shipped(options.Topics.Prefix), out _) ?? throw new InvalidOperationException("The shipped policy is not valid.");
        }

        try
        {
            var policy = AccessPolicy.TryParse(File.ReadAllBytes(path), out var faults);
            foreach (var fault in faults)
            {
                errors.Add(new OptionsError(Key, fault.ToString(), path));
            }

            return policy;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new OptionsError(Key, $"cannot be read: {exception.Message}", path));
            return null;
        }
    }

    private static byte[] Shipped(string prefix)
    {
        using var reader = new StreamReader(typeof(PolicyFile).Assembly.GetManifestResourceStream("policy.json")!);
        var own = $"{JsonEncodedText.Encode(prefix)}/${{device}}/";
        return Encoding.UTF8.GetBytes(reader.ReadToEnd().Replace("devices/${device}/", own, StringComparison.Ordinal));
    }
}
