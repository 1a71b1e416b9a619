namespace CoapBridge.Mqtt.Properties;

/// <summary>The data types of properties (MQTT 5 §2.2.2.2, Table 2-4, column "Type").</summary>
internal enum PropertyForm
{
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Text,
    Binary,
    TextPair,
}
