using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What an operator sees of the connections.
public sealed partial class Shard
{
    /// <summary>Goes on with a survey; true when it is done. Nobody is woken, nothing of a connection changes.</summary>
    /// <param name="now">The present.</param>
    /// <param name="survey">Begun at its first portion.</param>
    /// <param name="places">How much to look at: a place costs a few nanoseconds, a device in it about a microsecond.</param>
    public bool Continue(Instant now, ConnectionSurvey survey, int places)
    {
        ArgumentNullException.ThrowIfNull(survey);
        return survey.Continue(now, _index, places);
    }
}
