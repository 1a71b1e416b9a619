namespace CoapBridge.Mqtt.Properties;

/// <summary>Where a property stands (MQTT 5 §2.2.2.2, Table 2-4, column "Packet / Will Properties").</summary>
[Flags]
internal enum PropertyUse
{
    None = 0,
    Connect = 1,
    Connack = 1 << 1,
    Publish = 1 << 2,
    Will = 1 << 3,

    /// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP.</summary>
    Acknowledgement = 1 << 4,
    Subscribe = 1 << 5,

    /// <summary>SUBACK and UNSUBACK.</summary>
    Suback = 1 << 6,
    Unsubscribe = 1 << 7,
    Disconnect = 1 << 8,
    Auth = 1 << 9,
    All = (1 << 10) - 1,
}
