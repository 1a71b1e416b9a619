namespace CoapBridge.Tests.Dtls.Rogue;

/// <summary>State × message, for each role and for full and abbreviated handshakes.</summary>
internal static class StateTable
{
    /// <summary>Every handshake message there is (RFC 5246 §7.4, RFC 6347 §4.3.2, later ones), and some that there are not.</summary>
    private static readonly byte[] Types = [0, 1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 67, 99, 255];

    /// <summary>Each state with each message, empty and of a length that no message has.</summary>
    public static TheoryData<string, byte, int> Of(IEnumerable<string> states, int length)
    {
        var table = new TheoryData<string, byte, int>();
        foreach (var state in states)
        {
            foreach (var type in Types)
            {
                table.Add(state, type, 0);
                table.Add(state, type, length);
            }
        }

        return table;
    }
}
