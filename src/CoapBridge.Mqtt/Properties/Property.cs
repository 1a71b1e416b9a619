using System.Text;

namespace CoapBridge.Mqtt.Properties;

/// <summary>One property as read: a number, or bytes that are borrowed from the packet.</summary>
internal ref struct Property
{
    public PropertyIdentifier Identifier { get; set; }

    /// <summary>The value of an integer property.</summary>
    public uint Number { get; set; }

    /// <summary>The value of a string or binary property; the name of a User Property.</summary>
    public ReadOnlySpan<byte> Bytes { get; set; }

    /// <summary>The value of a User Property.</summary>
    public ReadOnlySpan<byte> PairValue { get; set; }

    /// <summary>The value of a string property, copied.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>A User Property, copied.</summary>
    public readonly UserProperty UserProperty => new(Text, Encoding.UTF8.GetString(PairValue));
}
