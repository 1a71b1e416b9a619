namespace CoapBridge.Dtls;

internal sealed class WorkFailed(DtlsWork work, Exception error) : DtlsWorkResult(work)
{
    public override Exception Error => error;
}
