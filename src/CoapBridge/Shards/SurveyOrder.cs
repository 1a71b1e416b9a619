using CoapBridge.Gateway;

namespace CoapBridge.Shards;

/// <summary>A survey that a shard carries out in portions, for somebody who does not wait for ever.</summary>
internal sealed class SurveyOrder(ConnectionSurvey survey)
{
    private readonly TaskCompletionSource<ConnectionSurvey> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The shard's until it is complete.</summary>
    public ConnectionSurvey Survey => survey;

    public bool IsOver => _done.Task.IsCompleted;

    public void Complete() => _done.TrySetResult(survey);

    /// <summary>What the shard found; null when it was too slow, and then the survey is left to it.</summary>
    public async Task<ConnectionSurvey?> WaitAsync(TimeSpan limit)
    {
        await Task.WhenAny(_done.Task, Task.Delay(limit)).ConfigureAwait(false);
        _done.TrySetCanceled();
        return _done.Task.IsCompletedSuccessfully ? await _done.Task.ConfigureAwait(false) : null;
    }
}
