using CoapBridge.Dtls;

namespace CoapBridge.Gateway;

/// <summary>A <see cref="DtlsWork"/> and whose it is.</summary>
internal sealed class HandshakeWork(DeviceLink link, DtlsWork work) : ShardWork
{
    public override ShardWorkResult Run(DateTimeOffset time) => new HandshakeWorkResult(link, work.Run(time));

    public override ShardWorkResult Fail(Exception error) => new HandshakeWorkResult(link, work.Fail(error));
}

/// <summary>What a handshake waits for.</summary>
internal sealed class HandshakeWorkResult(DeviceLink link, DtlsWorkResult result) : ShardWorkResult
{
    public DeviceLink Link => link;

    public DtlsWorkResult Result => result;
}
