namespace CoapBridge.Mqtt.Packets;

/// <summary>MQTT Control Packet types (MQTT 5 §2.1.2, Table 2-1): the high four bits of the first byte.</summary>
internal enum PacketType : byte
{
    Reserved = 0,
    Connect = 1,
    Connack = 2,
    Publish = 3,
    Puback = 4,
    Pubrec = 5,
    Pubrel = 6,
    Pubcomp = 7,
    Subscribe = 8,
    Suback = 9,
    Unsubscribe = 10,
    Unsuback = 11,
    Pingreq = 12,
    Pingresp = 13,
    Disconnect = 14,
    Auth = 15,
}
