namespace CoapBridge.Relay;

/// <summary>
/// A command that goes to the device as a confirmable POST of the gateway's, over its connection: the topic levels are the
/// path. What became of it is told by <see cref="UplinkRelay.HandleDeviceResponse"/> or
/// <see cref="UplinkRelay.HandleNoResponse"/>, once.
/// </summary>
/// <param name="Client">Where it goes.</param>
/// <param name="Command">What it says.</param>
public readonly record struct DeviceRequest(RelayClient Client, Command Command);
