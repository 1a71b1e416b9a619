namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Places in the outgoing stream that somebody waits for: the end of a QoS 0 PUBLISH (its ticket is then handed over),
/// or of an answer to an inbound PUBLISH (which until then counts against our Receive Maximum).
/// </summary>
internal sealed class TransmitMarks
{
    private readonly Queue<(long End, ulong? Ticket)> _marks = new();

    /// <summary>Answers that the driver has not taken yet.</summary>
    public int Answers { get; private set; }

    public void AddTicket(long end, ulong ticket) => _marks.Enqueue((end, ticket));

    public void AddAnswer(long end)
    {
        _marks.Enqueue((end, null));
        Answers++;
    }

    /// <summary>The next ticket whose bytes lie before <paramref name="takenTo"/>; answers on the way are counted off.</summary>
    public bool TryTakeTicket(long takenTo, out ulong ticket)
    {
        while (_marks.TryPeek(out var mark) && mark.End <= takenTo)
        {
            _marks.Dequeue();
            if (mark.Ticket is { } value)
            {
                ticket = value;
                return true;
            }

            Answers--;
        }

        ticket = 0;
        return false;
    }
}
