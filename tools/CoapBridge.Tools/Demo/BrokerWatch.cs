using System.Collections.Concurrent;
using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Tools.Broker;

namespace CoapBridge.Tools.Demo;

/// <summary>Tells the demo's own messages from others when they reach the broker.</summary>
internal sealed class BrokerWatch
{
    private readonly ConcurrentDictionary<(string Topic, string Payload), TaskCompletionSource<ApplicationMessage>> _expected = new();

    public BrokerWatch(DevelopmentBroker broker) => broker.MessageSeen += (_, message) => See(message);

    /// <summary>Called, on the broker's task, with each message that nobody expected.</summary>
    public event Action<ApplicationMessage>? Surprise;

    /// <summary>Completes when this message reaches the broker.</summary>
    public Task<ApplicationMessage> Expect(string topic, string payload) =>
        _expected.GetOrAdd((topic, payload), _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>No longer expected; a message after all is a surprise then.</summary>
    public void Forget(string topic, string payload) => _expected.TryRemove((topic, payload), out _);

    private void See(ApplicationMessage message)
    {
        if (_expected.TryRemove((message.Topic, Encoding.UTF8.GetString(message.Payload.Span)), out var waiting))
        {
            waiting.TrySetResult(message);
        }
        else
        {
            Surprise?.Invoke(message);
        }
    }
}
