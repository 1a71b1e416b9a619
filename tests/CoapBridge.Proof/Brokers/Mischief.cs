using System.Globalization;

namespace CoapBridge.Proof.Brokers;

/// <summary>What the recording broker is told to do wrong; written by one thread, read by all.</summary>
internal sealed class Mischief
{
    private volatile bool _holds;
    private volatile bool _shuffles;
    private volatile int _refusals;

    /// <summary>PUBACKs wait until this is over.</summary>
    public bool Holds => _holds;

    /// <summary>PUBACKs go out late and in any order, though [MQTT-4.6.0-2] asks for that of the PUBLISHes.</summary>
    public bool Shuffles => _shuffles;

    /// <summary>So many of a hundred publishes are refused for now (0x80, 0x83 or 0x97), and not recorded.</summary>
    public int Refusals => _refusals;

    public void Handle(string line)
    {
        switch (line.Split(' '))
        {
            case ["hold", var word]:
                _holds = word == "on";
                break;
            case ["shuffle", var word]:
                _shuffles = word == "on";
                break;
            case ["refuse", var word]:
                _refusals = int.Parse(word, CultureInfo.InvariantCulture);
                break;
        }
    }
}
