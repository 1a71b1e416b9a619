using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Network;

/// <summary>
/// Opens TCP to a host with several addresses (RFC 8305): IPv6 and IPv4 in turn, the next one when the one before has failed
/// or has not answered for 250 ms; the first that answers wins.
/// </summary>
/// <param name="what">How messages call the other side, like "the broker".</param>
/// <param name="keys">Where an operator looks first, like "Upstream:Mqtt:Host and Port".</param>
/// <param name="resolve">The system's resolver, or a test's.</param>
internal sealed class BrokerDialer(string what, string keys, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>Connection Attempt Delay, RFC 8305 §5.</summary>
    private static readonly TimeSpan _stagger = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(3);

    /// <summary>A host with more addresses than this is asked at the first ones.</summary>
    private const int MaximumAddresses = 16;

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>A connected socket with its address, or why there is none.</summary>
    public async Task<(Socket? Socket, IPEndPoint? Address, BrokerFault? Fault)> ConnectAsync(string host, int port, CancellationToken stop)
    {
        var (addresses, fault) = await ResolveAsync(host, stop).ConfigureAwait(false);
        return fault is null ? await RaceAsync([.. InTurn(addresses).Select(address => new IPEndPoint(address, port))], stop).ConfigureAwait(false)
            : (null, null, fault);
    }

    /// <summary>RFC 8305 §4: the resolver's order, but its families in turn.</summary>
    internal static IEnumerable<IPAddress> InTurn(IReadOnlyList<IPAddress> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToList();
        var second = addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily).ToList();
        return Enumerable.Range(0, Math.Max(first.Count, second.Count))
            .SelectMany(index => first.Skip(index).Take(1).Concat(second.Skip(index).Take(1))).Take(MaximumAddresses);
    }

    private async Task<(Socket? Socket, IPEndPoint? Address, BrokerFault? Fault)> RaceAsync(IReadOnlyList<IPEndPoint> addresses, CancellationToken stop)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var started = 0;
        var running = new List<Task<(Socket? Socket, IPEndPoint Address, BrokerFault? Fault)>>();
        BrokerFault? fault = null;
        try
        {
            while (started < addresses.Count || running.Count > 0)
            {
                if (started < addresses.Count)
                {
                    running.Add(DialAsync(addresses[started++], race.Token, stop));
                }

                var patience = started < addresses.Count ? Task.Delay(_stagger, stop) : Task.Delay(Timeout.Infinite, stop);
                if (await Task.WhenAny(running.Append(patience)).ConfigureAwait(false) == patience)
                {
                    stop.ThrowIfCancellationRequested();
                    continue;
                }

                var ended = running.First(attempt => attempt.IsCompleted);
                running.Remove(ended);
                var (socket, address, problem) = await ended.ConfigureAwait(false);
                if (socket is not null)
                {
                    return (socket, address, null);
                }

                fault ??= problem; // the preferred address's
            }

            return (null, null, fault);
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            foreach (var loser in running)
            {
                _ = loser.ContinueWith(lost => lost.Result.Socket?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            }
        }
    }

    private async Task<(IPAddress[] Addresses, BrokerFault? Fault)> ResolveAsync(string host, CancellationToken stop)
    {
        try
        {
            var addresses = await _resolve(host, stop).ConfigureAwait(false);
            return (addresses, addresses.Length > 0 ? null : Unresolved("it has no address"));
        }
        catch (SocketException exception)
        {
            return ([], Unresolved(exception.Message));
        }

        BrokerFault Unresolved(string why) => new(
            BrokerFaultReason.NameNotResolved, $"the name {host} of {what} cannot be resolved: {why}", $"check {keys} and this host's DNS");
    }

    private async Task<(Socket? Socket, IPEndPoint Address, BrokerFault? Fault)> DialAsync(IPEndPoint address, CancellationToken race, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(race);
        limit.CancelAfter(_limit);
        Socket? socket = null;
        try
        {
            // The system may have no socket to give: too many are open, or it has no such family.
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address, limit.Token).ConfigureAwait(false);
            return (socket, address, null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            socket?.Dispose();
            return (null, address, new(
                BrokerFaultReason.TimedOut, $"no answer from {what} at {address.Address} port {address.Port}", $"check the network and the firewall on the way to {what}"));
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            return (null, address, new(
                BrokerFaultReason.Unreachable, $"{what} at {address.Address} port {address.Port}: {exception.Message}",
                exception.SocketErrorCode == SocketError.TooManyOpenSockets
                    ? "raise the number of files that the gateway may have open (LimitNOFILE in its unit, or ulimit -n)"
                    : $"check that {what} runs and that {keys} are right"));
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }
}
