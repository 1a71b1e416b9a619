using System.Diagnostics;
using System.Globalization;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.CoapPacket;

/// <summary>Our codec and node-coap's on the same generated messages; tests/interop/coap-packet/README.md explains where they differ.</summary>
public sealed class CoapPacketTests(ITestOutputHelper output)
{
    private const int DefaultCount = 20_000;
    private const int Portion = 10_000;

    // What coap-packet does not check.
    private static readonly CoapFault[] Lenient =
    [
        CoapFault.TokenLength, CoapFault.ReservedClass, CoapFault.OptionOverflow, CoapFault.OptionNumberOverflow,
        CoapFault.PayloadMarkerWithoutPayload, CoapFault.EmptyWithContent,
    ];

    [Fact]
    public async Task Both_read_the_same_from_every_message()
    {
        var folder = RepositoryFolder.Find("tests", "interop", "coap-packet");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "coap-packet")), "tests/interop/coap-packet/node_modules is not there (npm ci)");
        var count = int.TryParse(Environment.GetEnvironmentVariable("COAPBRIDGE_CODEC_MESSAGES"), CultureInfo.InvariantCulture, out var asked) ? asked : DefaultCount;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}, {count} messages");
        var messages = new MessageGenerator(seed);
        var differences = new Dictionary<CoapFault, int>();
        var accepted = 0;
        using var node = Process.Start(new ProcessStartInfo(InstalledProgram.Find("node"), [Path.Combine(folder, "parse.js")])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        try
        {
            for (var done = 0; done < count; done += Portion)
            {
                var portion = Enumerable.Range(0, Math.Min(Portion, count - done)).Select(_ => messages.Next()).ToArray();
                var sending = SendAsync(node.StandardInput, portion);
                foreach (var message in portion)
                {
                    var theirs = await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
                    accepted += Compare(message, theirs!, differences) ? 1 : 0;
                }

                await sending;
            }
        }
        finally
        {
            node.Kill();
        }

        output.WriteLine($"both accept {accepted}; only coap-packet accepts: {string.Join(", ", differences.Select(pair => $"{pair.Key} {pair.Value}"))}");
        Assert.InRange(accepted, count / 4, count);
    }

    private static async Task SendAsync(StreamWriter input, byte[][] portion)
    {
        // Lines come back by the thousand, so each portion is a multiple of that.
        foreach (var message in portion)
        {
            await input.WriteLineAsync(Convert.ToHexStringLower(message));
        }

        await input.FlushAsync();
        if (portion.Length < Portion || portion.Length % 1000 != 0)
        {
            input.Close();
        }
    }

    private static bool Compare(byte[] datagram, string theirs, Dictionary<CoapFault, int> differences)
    {
        if (CoapMessage.TryParse(datagram, out var message, out var fault))
        {
            Assert.Equal(Describe(message), theirs);
            return true;
        }

        if (theirs != "!")
        {
            Assert.True(Lenient.Contains(fault), $"{Convert.ToHexString(datagram)}: we say {fault}, coap-packet says {theirs}");
            differences[fault] = differences.GetValueOrDefault(fault) + 1;
        }

        return false;
    }

    private static string Describe(in CoapMessage message)
    {
        var options = new StringBuilder();
        foreach (var option in message.AllOptions)
        {
            options.Append(options.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{(int)option.Number}:{Convert.ToHexStringLower(option.Value)}");
        }

        return $"{(int)message.Type} {message.Code} {message.MessageId} {Convert.ToHexStringLower(message.Token)} {options} {Convert.ToHexStringLower(message.Payload)}";
    }
}
