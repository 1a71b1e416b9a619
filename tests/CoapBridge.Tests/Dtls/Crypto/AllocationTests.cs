using CoapBridge.Dtls;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Tests.Dtls.Crypto;

public sealed class AllocationTests
{
    [Fact]
    public void A_record_of_an_established_connection_costs_no_allocation()
    {
        Assert.SkipUnless(X86AesRounds.IsSupported || ArmAesRounds.IsSupported, "the platform's AesCcm is an object");
        var keys = new byte[16];
        RecordLayer sender = new(0), receiver = new(0);
        sender.InstallWrite(new RecordProtection(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, keys, new byte[4]));
        receiver.InstallRead(new RecordProtection(DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, keys, new byte[4]));
        var buffer = new byte[2048];
        var content = new byte[100];
        for (var round = 0; round < 100; round++)
        {
            Once();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
        {
            Once();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Once()
        {
            var length = sender.Write(true, ContentType.ApplicationData, content, buffer);
            if (!RecordHeader.TryParse(buffer.AsSpan(0, length), out var header)
                || receiver.Open(header, buffer.AsSpan(0, length), out _, out var opened) != RecordOutcome.ApplicationData || opened.Length != 100)
            {
                throw new InvalidOperationException("The record did not open.");
            }
        }
    }
}
