namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Places in the outgoing stream that somebody waits for: the end of a QoS 0 PUBLISH (its ticket is then handed over), of
/// the last answer to an inbound PUBLISH (which until then counts against our Receive Maximum), or of a step of a QoS 2
/// exchange, which a server could provoke without end.
/// </summary>
internal sealed class TransmitMarks
{
    private readonly Queue<(long End, Kind Kind, ulong Ticket)> _marks = new();

    private enum Kind
    {
        Ticket,
        Answer,
        Step,
    }

    /// <summary>Last answers (PUBACK, PUBCOMP, failing PUBREC) that the driver has not taken yet.</summary>
    public int Answers { get; private set; }

    /// <summary>PUBREC and PUBREL packets that the driver has not taken yet.</summary>
    public int Steps { get; private set; }

    public void AddTicket(long end, ulong ticket) => _marks.Enqueue((end, Kind.Ticket, ticket));

    public void AddAnswer(long end)
    {
        _marks.Enqueue((end, Kind.Answer, 0));
        Answers++;
    }

    public void AddStep(long end)
    {
        _marks.Enqueue((end, Kind.Step, 0));
        Steps++;
    }

    /// <summary>The next ticket whose bytes lie before <paramref name="takenTo"/>; what else is on the way is counted off.</summary>
    public bool TryTakeTicket(long takenTo, out ulong ticket)
    {
        while (_marks.TryPeek(out var mark) && mark.End <= takenTo)
        {
            _marks.Dequeue();
            ticket = mark.Ticket;
            switch (mark.Kind)
            {
                case Kind.Ticket:
                    return true;
                case Kind.Answer:
                    Answers--;
                    break;
                default:
                    Steps--;
                    break;
            }
        }

        ticket = 0;
        return false;
    }
}
