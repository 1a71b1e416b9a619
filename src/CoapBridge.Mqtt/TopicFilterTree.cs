using System.Diagnostics.CodeAnalysis;

namespace CoapBridge.Mqtt;

/// <summary>
/// Values by Topic Filter, found by the Topic Names that match (MQTT 5 §4.7). A match looks at the topic's levels, not at all
/// filters. Filters are well-formed and of at most <see cref="MqttLimits.FilterLevels"/> levels.
/// </summary>
public sealed class TopicFilterTree<T>
    where T : class
{
    // One table for all edges: a node of its own dictionary would cost more than the filter.
    private readonly Dictionary<Edge, Node> _edges = new(EdgeComparer.Instance);
    private readonly Dictionary<Edge, Node>.AlternateLookup<EdgeView> _views;
    private int _lastNode;

    public TopicFilterTree() => _views = _edges.GetAlternateLookup<EdgeView>();

    /// <summary>How many edges are kept; 0 when there is no filter.</summary>
    public int Size => _edges.Count;

    /// <summary>Adds or replaces the value of a filter.</summary>
    public void Set(string filter, T value)
    {
        Node? parent = null;
        foreach (var range in filter.AsSpan().Split('/'))
        {
            var level = filter.AsSpan(range);
            if (!_views.TryGetValue(new EdgeView(parent?.Number ?? 0, level), out var node))
            {
                node = new Node(++_lastNode, parent);
                _edges.Add(new Edge(parent?.Number ?? 0, level.ToString()), node);
                if (parent is not null)
                {
                    parent.Children++;
                }
            }

            parent = node;
        }

        parent!.Value = value;
    }

    /// <summary>Removes a filter; nothing when it is not there.</summary>
    public void Remove(string filter) => Remove(filter, 0);

    /// <summary>Adds the value of every filter that the topic matches; the topic is a valid Topic Name.</summary>
    public void Match(ReadOnlySpan<char> topic, ICollection<T> matches) => Match(topic, 0, mayBeWild: !topic.StartsWith('$'), matches);

    private void Match(ReadOnlySpan<char> rest, int parent, bool mayBeWild, ICollection<T> matches)
    {
        // [MQTT-4.7.2-1]: a wildcard at the front does not match a topic that begins with '$'.
        if (mayBeWild && Find(parent, "#")?.Value is { } below)
        {
            matches.Add(below);
        }

        var slash = rest.IndexOf('/');
        Follow(Find(parent, slash < 0 ? rest : rest[..slash]), rest, slash, matches);
        if (mayBeWild)
        {
            Follow(Find(parent, "+"), rest, slash, matches);
        }
    }

    private void Follow(Node? node, ReadOnlySpan<char> rest, int slash, ICollection<T> matches)
    {
        if (node is null)
        {
            return;
        }

        if (slash >= 0)
        {
            Match(rest[(slash + 1)..], node.Number, mayBeWild: true, matches);
            return;
        }

        if (node.Value is { } value)
        {
            matches.Add(value);
        }

        // "sport/#" also matches the parent level "sport".
        if (Find(node.Number, "#")?.Value is { } below)
        {
            matches.Add(below);
        }
    }

    private Node? Find(int parent, ReadOnlySpan<char> level) => _views.TryGetValue(new EdgeView(parent, level), out var node) ? node : null;

    /// <summary>Takes the value away, and every node on the way back that is of no use any more.</summary>
    private void Remove(ReadOnlySpan<char> rest, int parent)
    {
        var slash = rest.IndexOf('/');
        var level = slash < 0 ? rest : rest[..slash];
        if (Find(parent, level) is not { } node)
        {
            return;
        }

        if (slash < 0)
        {
            node.Value = null;
        }
        else
        {
            Remove(rest[(slash + 1)..], node.Number);
        }

        if (node.Value is null && node.Children == 0)
        {
            _views.Remove(new EdgeView(parent, level));
            if (node.Parent is { } above)
            {
                above.Children--;
            }
        }
    }

    private readonly record struct Edge(int Parent, string Level);

    private readonly ref struct EdgeView(int parent, ReadOnlySpan<char> level)
    {
        public int Parent { get; } = parent;

        public ReadOnlySpan<char> Level { get; } = level;
    }

    private sealed class Node(int number, Node? parent)
    {
        public int Number { get; } = number;

        public Node? Parent { get; } = parent;

        public int Children { get; set; }

        public T? Value { get; set; }
    }

    private sealed class EdgeComparer : IEqualityComparer<Edge>, IAlternateEqualityComparer<EdgeView, Edge>
    {
        public static readonly EdgeComparer Instance = new();

        public bool Equals(Edge one, Edge other) => one == other;

        public int GetHashCode([DisallowNull] Edge edge) => HashCode.Combine(edge.Parent, string.GetHashCode(edge.Level));

        public bool Equals(EdgeView view, Edge edge) => view.Parent == edge.Parent && view.Level.SequenceEqual(edge.Level);

        public int GetHashCode(EdgeView view) => HashCode.Combine(view.Parent, string.GetHashCode(view.Level));

        public Edge Create(EdgeView view) => new(view.Parent, view.Level.ToString());
    }
}
