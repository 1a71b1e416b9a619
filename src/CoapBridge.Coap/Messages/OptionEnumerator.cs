namespace CoapBridge.Coap;

/// <summary>
/// Walks the options of a message. The message has been parsed before, so the walk cannot fail. Elective options that
/// are not well-formed are passed over unless all were asked for, because ignoring them is the rule (RFC 7252 §5.4.1).
/// </summary>
public ref struct OptionEnumerator
{
    private readonly bool _all;
    private ReadOnlySpan<byte> _rest;
    private int _number;

    internal OptionEnumerator(ReadOnlySpan<byte> options, bool all)
    {
        _rest = options;
        _all = all;
    }

    public CoapOption Current { get; private set; }

    public readonly OptionEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var before = _number;
            var fault = OptionHeader.TryTake(ref _rest, ref _number, out var value);
            if (fault != CoapFault.None)
            {
                throw new InvalidOperationException("Options were not parsed before they were walked.");
            }

            // Number 0 is unknown (never defined), so a first option with delta 0 needs no care here.
            Current = new CoapOption((OptionNumber)_number, value, isRepeated: before == _number);
            if (_all || Current.IsCritical || Current.IsWellFormed)
            {
                return true;
            }
        }

        return false;
    }
}
