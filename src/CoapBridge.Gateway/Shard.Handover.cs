using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How connections outlive their process: handed over to the next one, and taken up there.
public sealed partial class Shard
{
    private readonly HashSet<DeviceLink> _unfinished = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<DeviceLink> _toRestore = new();
    private bool _isHandingOver;
    private bool _isSaved;

    /// <summary>Nothing is open any more after <see cref="BeginHandover"/>: <see cref="Save"/> may be called.</summary>
    public bool IsReadyToSave => _isHandingOver && _ready.Count == 0 && _unfinished.Count == 0;

    /// <summary>
    /// Stops as <see cref="BeginDrain"/> does, but connections are not closed once nothing of them is open: they wait to be
    /// saved. Only those that are still unfinished at the limit are closed with close_notify.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="limit">How long open requests may take.</param>
    public void BeginHandover(Instant now, TimeSpan limit)
    {
        _isHandingOver = true;
        BeginDrain(now, limit);
    }

    /// <summary>
    /// Writes every established connection, secrets included, each as <see cref="SavedConnections"/> reads it. From now on
    /// the shard neither sends nor accepts anything, because a sequence number must not come twice under a key.
    /// </summary>
    public IReadOnlyList<byte[]> Save(Instant now)
    {
        if (!_isHandingOver)
        {
            throw new InvalidOperationException("The handover has not begun.");
        }

        _isSaved = true;
        var buffer = new byte[SavedConnection.MaximumLength];
        var saved = new List<byte[]>(_index.EstablishedCount);
        foreach (var link in _index.Established)
        {
            var writer = new WireWriter(buffer);
            SavedConnection.Write(now, link, ref writer);
            link.RestIfIdle(now, _rest);
            saved.Add(!writer.Failed ? writer.Written.ToArray() : throw new InvalidOperationException("A connection is too long."));
        }

        Array.Clear(buffer);
        return saved;
    }

    /// <summary>What <see cref="Save"/> gave was thrown away: all connections are closed with close_notify after all.</summary>
    public void CloseSaved(Instant now)
    {
        _isSaved = false;
        _isHandingOver = false;
        CloseAll(now, [.. _index.Established]);
    }

    /// <summary>Goes on with a connection of an earlier run, before the first datagram of this one.</summary>
    /// <param name="now">The present.</param>
    /// <param name="saved">One that <see cref="ShardRouting.OwnerOf(SavedConnection)"/> gives to this shard; used once.</param>
    /// <param name="verdict">On its certificates, today.</param>
    /// <returns>Null, or the word that says why it is dropped.</returns>
    public string? TakeUp(Instant now, SavedConnection saved, PeerVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(saved);
        ArgumentNullException.ThrowIfNull(verdict);
        var connection = saved.Connection;
        if (!verdict.IsAccepted)
        {
            return verdict.Reason;
        }

        if (!_generation.Dtls.CipherSuites.Contains(connection.CipherSuite!.Value))
        {
            return "no_common_suite";
        }

        // DESIGN D-14: it may have been required only since.
        if (_generation.Dtls.RequireExtendedMasterSecret && !connection.ExtendedMasterSecret)
        {
            return "extended_master_secret";
        }

        // RFC 9146 §4: the length is known by configuration alone, so one of another length is never found.
        if (!connection.ConnectionId.IsEmpty && connection.ConnectionId.Length != settings.ConnectionIdLength)
        {
            return "connection_id_length";
        }

        if (_index.EstablishedCount >= settings.MaximumConnections)
        {
            return "no_room";
        }

        var link = new DeviceLink(saved.Path, connection, saved.HelloFingerprint, now);
        if (!_index.TryAddEstablished(link))
        {
            return "duplicate";
        }

        saved.Endpoint.Join(_rest.Endpoints);
        link.Establish(now, (DeviceIdentity)verdict.Identity!, saved.Endpoint);
        if (saved.UnprovedPathLeft is { } left)
        {
            link.LimitPath(now, left);
        }

        if (saved.Endpoint.TryGetObserver(0, out _, out _))
        {
            _toRestore.Enqueue(link);
        }

        Arrive(link);
        Welcome(now, link);
        _relay.HandleClientReady(now, link);
        Settle(now, link);
        return null;
    }

    /// <summary>
    /// Observers of an earlier run register again as soon as the broker can be asked, so that each is told the present state.
    /// Before that, they would only hear that it is away.
    /// </summary>
    private void RestoreObservers()
    {
        while (_toRestore.TryDequeue(out var link))
        {
            for (var number = 0; link.IsEstablished && link.Endpoint!.TryGetObserver(number, out var datagram, out var exchange); number++)
            {
                if (CoapMessage.TryParse(datagram, out var registration, out _))
                {
                    _relay.HandleRequest(_now, link, registration, default, exchange);
                }
            }
        }

        SendAnswers(_now);
    }

    private void FollowHandover(DeviceLink link)
    {
        if (link.HasUnfinished && link.Connection.IsEstablished)
        {
            _unfinished.Add(link);
        }
        else
        {
            _unfinished.Remove(link);
        }
    }
}
