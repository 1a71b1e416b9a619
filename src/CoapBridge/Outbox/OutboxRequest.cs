using CoapBridge.Relay;

namespace CoapBridge.Outbox;

/// <summary>An operator's order on its way to the outbox's thread, which answers it when it is done on disk.</summary>
/// <param name="order">What to do.</param>
internal sealed class OutboxRequest(OutboxOrder order)
{
    private readonly TaskCompletionSource<OutboxAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OutboxOrder Order => order;

    public Task<OutboxAnswer> Answer => _answer.Task;

    public void Done(IReadOnlyCollection<StoredMessages> messages) =>
        _answer.TrySetResult(new OutboxAnswer(messages.Sum(one => one.Count), messages.Sum(one => one.Bytes), null));

    public void Failed(string problem) => _answer.TrySetResult(new OutboxAnswer(0, 0, problem));
}
