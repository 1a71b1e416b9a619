using CoapBridge.Dtls;
using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Fuzz.Dtls;

/// <summary>
/// An established connection and the records that come to it: forged, repeated, cut, and authentic ones with anything in them.
/// <code>
/// 8 dialogue (1) | 0 datagram | 2 ms/16 (2) | 3 (we send data) | 4 (we save and load) | 5 (we challenge the path)
/// </code>
/// </summary>
internal sealed class DtlsRecordTarget : FuzzTarget
{
    /// <summary>A bad tag may be one of 2^64 by luck, but in authentic records only an honest note counts, and once.</summary>
    private readonly HashSet<ulong> _delivered = [];
    private readonly byte[] _buffer = new byte[2048];
    private readonly List<byte[]> _sealed = [];
    private readonly DtlsSettings _settings = FixedParty.Gateway.Settings(new PinnedVerifier(FixedParty.Device));
    private DtlsConnection _connection = null!;
    private RecordLayer _peer = null!;
    private Instant _now;
    private ulong _number;
    private int _which;
    private bool _begins;
    private bool _heardAlert;
    private long _opened;

    public override string Name => "dtls-records";

    public override int Steps => 60;

    public override string Reached => $"; {_opened:N0} records opened";

    public override void Begin()
    {
        _now = new Instant(1L << 50);
        _delivered.Clear();
        _heardAlert = false;
        Load(0);
    }

    public override void Plan(Mutator mutator)
    {
        _which = mutator.Below(Dialogue.All.Count);
        _begins = true;
        _number = 1;
        _sealed.Clear();
    }

    public override byte[] Next(Mutator mutator)
    {
        if (_begins)
        {
            _begins = false;
            return [8, (byte)_which];
        }

        var roll = mutator.Below(100);
        var earlier = _sealed.Count > 0 ? mutator.Pick(_sealed) : RecordSurgeon.Noise(mutator);
        return roll switch
        {
            < 15 => [0, .. Seal(ContentType.ApplicationData, SealedNote.Of(_number++))],
            < 27 => [0, .. Seal(mutator)],
            < 65 => [0, .. RecordSurgeon.Change(mutator, earlier, _sealed.Count > 0 ? mutator.Pick(_sealed) : [])],
            < 80 => [0, .. earlier],
            < 84 => [0, .. earlier, .. RecordSurgeon.Noise(mutator), .. Seal(ContentType.ApplicationData, SealedNote.Of(_number++))],
            < 93 => [0, .. RecordSurgeon.Noise(mutator)],
            < 95 => [2, (byte)mutator.Below(1 << mutator.Below(7)), (byte)mutator.Below(256)],
            _ => [(byte)(3 + mutator.Below(3))],
        };
    }

    public override void Apply(byte[] step)
    {
        switch (step[0])
        {
            case 0:
                Read(step[1..]);
                break;
            case 2:
                _now += TimeSpan.FromMilliseconds(16 * ((step[1] << 8) | step[2]));
                _connection.HandleTimeout(_now);
                break;
            case 3:
                _connection.TrySeal(SealedNote.Of(7), _buffer, out _);
                break;
            case 4 when _connection.IsEstablished:
                SaveAndLoad();
                break;
            case 5:
                _connection.TrySealPathChallenge(7, _buffer, out _);
                break;
            case 8:
                Load(step[1]);
                break;
        }

        Drain();
    }

    public override void End()
    {
        Require(_connection.Kept == 0, "something is kept of an established connection");
        Require(_connection.IsEstablished || _heardAlert, "the connection ended without an authentic alert");
        if (!_connection.IsEstablished)
        {
            return;
        }

        // The canary: far ahead, so that nothing that came before can have been it.
        _peer.SkipProtectedSequenceTo(1UL << 40);
        var before = _delivered.Count;
        Read(Seal(ContentType.ApplicationData, SealedNote.Of(1UL << 60)));
        Require(_delivered.Count == before + 1, "an honest record does not get through any more");
    }

    private void Load(int which)
    {
        var dialogue = Dialogue.All[which % Dialogue.All.Count];
        var reader = new WireReader(dialogue.SavedServer);
        _connection = DtlsConnection.Load(_settings, _now, ref reader) ?? throw new InvalidOperationException("The saved connection does not load.");
        reader = new WireReader(dialogue.SavedClient);
        _peer = DtlsConnection.Load(_settings, _now, ref reader)?.Records ?? throw new InvalidOperationException("The saved peer does not load.");
    }

    private void SaveAndLoad()
    {
        var writer = new WireWriter(new byte[700]);
        _connection.Save(_now, ref writer);
        var reader = new WireReader(writer.Written);
        _connection = DtlsConnection.Load(_settings, _now, ref reader) ?? throw new OracleException("what was saved does not load");
    }

    private void Read(byte[] datagram)
    {
        var rest = datagram.AsSpan();
        while (!rest.IsEmpty)
        {
            var left = rest.Length;
            var outcome = _connection.HandleRecord(_now, ref rest, out var data);
            Require(rest.Length < left, "no progress");
            _opened += outcome is RecordOutcome.ApplicationData or RecordOutcome.Alert or RecordOutcome.ReturnRoutability ? 1 : 0;
            _heardAlert |= outcome == RecordOutcome.Alert;
            if (outcome == RecordOutcome.ApplicationData && SealedNote.TryRead(data, out var number))
            {
                Require(_delivered.Add(number), "the same record was delivered twice");
            }
            else
            {
                // Authentic data without a number comes from the generator, and is a single byte.
                Require(outcome != RecordOutcome.ApplicationData || data.Length <= 1, "application data that nobody sent");
            }
        }
    }

    private byte[] Seal(ContentType type, ReadOnlySpan<byte> content)
    {
        var record = _buffer.AsSpan(0, _peer.Write(true, type, content, _buffer)).ToArray();
        _sealed.Add(record);
        return record;
    }

    /// <summary>An authentic record of any type with anything in it; seldom an alert, which may end the session.</summary>
    private byte[] Seal(Mutator mutator) => mutator.Below(7) switch
    {
        0 => Seal((ContentType)mutator.Below(256), mutator.Noise(1)),
        1 => Seal(ContentType.Handshake, [(byte)mutator.Below(25), .. mutator.Noise(60)]),
        2 => Seal(ContentType.ReturnRoutabilityCheck, [(byte)mutator.Below(5), .. mutator.Noise(10)]),
        3 => Seal(ContentType.ChangeCipherSpec, mutator.Noise(3)),
        4 when mutator.Chance(10) => Seal(ContentType.Alert, mutator.Noise(4)),
        5 => Seal(ContentType.ApplicationData, mutator.Noise(2)),
        _ => Seal(ContentType.Alert, [1, (byte)(1 + mutator.Below(255))]),
    };

    private void Drain()
    {
        var datagrams = 0;
        while (_connection.TryTakeTransmit(_buffer, out _))
        {
            Require(++datagrams < 10, "does not stop sending");
        }

        while (_connection.TryTakeEvent(out _))
        {
        }

        Require(!_connection.TryTakeWork(out _), "an established connection wants work");
    }
}
