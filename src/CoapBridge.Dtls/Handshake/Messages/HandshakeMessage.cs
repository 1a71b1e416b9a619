namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>A whole message, reassembled.</summary>
internal readonly record struct HandshakeMessage(HandshakeType Type, ushort MessageSequence, byte[] Body);
