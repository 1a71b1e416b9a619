namespace CoapBridge.Wire;

/// <summary>Whoever may stand in a <see cref="DeadlineQueue{TOwner}"/>; in one at a time.</summary>
public interface IDeadlineOwner
{
    /// <summary>The queue's own note of where the owner stands in it; 0 is nowhere. Nobody else sets it.</summary>
    int DeadlinePlace { get; set; }
}
