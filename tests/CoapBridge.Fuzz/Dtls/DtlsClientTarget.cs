namespace CoapBridge.Fuzz.Dtls;

/// <summary>
/// The client, as tools use it. Its first step says which dialogue it follows:
/// <code>
/// 9 dialogue (1)
/// </code>
/// </summary>
internal sealed class DtlsClientTarget : HandshakeTarget
{
    private bool _begins;
    private byte _which;

    public override string Name => "dtls-client";

    protected override IReadOnlyList<Dialogue> Dialogues => Dialogue.All;

    public override byte[] Next(Mutator mutator)
    {
        if (_begins)
        {
            _begins = false;
            return [9, _which];
        }

        return base.Next(mutator);
    }

    public override void Apply(byte[] step)
    {
        if (step[0] == 9)
        {
            Connection = Dialogue.All[step[1] % Dialogue.All.Count].Connect(Now);
        }

        base.Apply(step[0] == 9 ? [1] : step);
    }

    protected override void Follow(Dialogue dialogue)
    {
        _which = (byte)Dialogue.All.IndexOf(dialogue);
        _begins = true;
        if (Connection is null)
        {
            Connection = dialogue.Connect(Now);
        }
    }

    protected override IReadOnlyList<byte[]> HeardBy(Dialogue dialogue) => dialogue.FromServer;

    protected override void Deliver(byte[] datagram)
    {
        if (Connection is { } connection)
        {
            Read(connection, datagram);
        }
    }
}
