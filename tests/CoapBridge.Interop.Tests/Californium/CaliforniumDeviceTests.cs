using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>Californium as the device, Mosquitto as the broker, the built worker between them.</summary>
public sealed class CaliforniumDeviceTests(WorkerFixture fixture, CaliforniumPrograms californium) : IClassFixture<WorkerFixture>
{
    private const string Suite = "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8";

    [Theory]
    [InlineData("CON", "ACK", 1)]
    [InlineData("NON", "NON", 0)]
    public async Task A_post_reaches_the_cloud_and_is_answered(string type, string answer, int qos)
    {
        var payload = $"californium {type}";
        var lines = await RunAsync("--type", type, "--payload", payload);
        var handshake = Assert.Single(lines, line => line.Word == "handshake");
        Assert.Equal(("full", Suite, "CN=gateway-1"), (handshake["kind"], handshake["suite"], handshake["peer"]));
        var response = Assert.Single(lines, line => line.Word == "response");
        Assert.Equal(("2.04", answer), (response["code"], response["type"]));
        var message = await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal(("devices/device-1/t", qos), (message.Topic, message.Qos));
    }

    [Theory]
    [InlineData("NONE", false)]
    [InlineData("OPTIONAL", true)]
    [InlineData("ENABLED", true)]
    [InlineData("REQUIRED", true)]
    public async Task Extended_master_secret_is_used_when_it_is_offered(string mode, bool isUsed)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await RunAsync("--ems", mode);
        Assert.Equal(isUsed ? "true" : "false", Assert.Single(lines, line => line.Word == "handshake")["ems"]);
        Assert.Equal("2.04", Assert.Single(lines, line => line.Word == "response")["code"]);
        Assert.Contains($" ems={isUsed}", await fixture.Worker.WaitForLogAsync("handshake result=ok", mark), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(512)]
    [InlineData(300)]
    [InlineData(256)]
    [InlineData(200)]
    public async Task The_handshake_completes_in_fragments(int mtu)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        const int Headers = 28; // IPv4 and UDP
        await using var line = new LossyForwarder(fixture.Worker.EndPoint);
        var lines = await californium.RunClientAsync(fixture.Pki, $"coaps://{line.EndPoint}/t", ["--mtu", $"{mtu}", "--payload", "21.5"]);
        Assert.Equal("0", Assert.Single(lines, one => one.Word == "handshake")["retransmitted"]);
        Assert.Equal("2.04", Assert.Single(lines, one => one.Word == "response")["code"]);
        Assert.InRange(line.LongestUp, 1, mtu - Headers);
        Assert.InRange(line.LongestDown, 1, 1232);
    }

    [Theory]
    [InlineData("single")]
    [InlineData("many")]
    [InlineData("messages")]
    public async Task Records_and_messages_may_share_a_datagram(string records)
    {
        var lines = await RunAsync("--records", records);
        Assert.Equal("0", Assert.Single(lines, line => line.Word == "handshake")["retransmitted"]);
        Assert.Equal("2.04", Assert.Single(lines, line => line.Word == "response")["code"]);
    }

    /// <summary>With 512, Scandium takes datagrams of 512 bytes and a little more; longer ones do not reach it.</summary>
    [Theory]
    [InlineData("--fragment", "512")]
    [InlineData("--fragment", "1024")]
    [InlineData("--recordlimit", "256")]
    [InlineData("--cid", "0")]
    [InlineData("--cid", "6")]
    public async Task A_client_that_offers_more_is_served(string option, string value)
    {
        var lines = await RunAsync(option, value);
        Assert.Equal("full", Assert.Single(lines, line => line.Word == "handshake")["kind"]);
        Assert.Equal("2.04", Assert.Single(lines, line => line.Word == "response")["code"]);
    }

    [Theory]
    [InlineData("--fragment", 512)]
    [InlineData("--fragment", 1024)]
    [InlineData("--recordlimit", 256)]
    [InlineData("--recordlimit", 64)]
    public async Task The_clients_limit_for_records_is_kept(string option, int limit)
    {
        var (handshake, line) = await RunWithLimitAsync(option, limit);
        Assert.InRange(line.LongestFragmentDown, 1, limit);
        if (option == "--fragment")
        {
            Assert.Equal($"{limit}", handshake["limit"]); // RFC 6066 §4: our answer makes it hold both ways
        }
    }

    /// <summary>With max_fragment_length, Scandium receives into a buffer of that length and a little more; other small devices do so, too.</summary>
    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    public async Task Max_fragment_length_is_a_limit_for_datagrams_too(int limit)
    {
        var (handshake, line) = await RunWithLimitAsync("--fragment", limit);
        Assert.Equal("0", handshake["retransmitted"]);
        Assert.InRange(line.LongestDown, 1, limit + 64);
    }

    [Theory]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "-1")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "6")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "-1")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "6")]
    public async Task Other_suites_are_used_when_they_are_listed(string suite, string cid)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        await using var worker = await WorkerProcess.StartConnectedAsync(
            fixture.Pki, fixture.Broker, $"--Listen:CipherSuites:0={Suite}", $"--Listen:CipherSuites:1={suite}", $"--Upstream:Mqtt:ClientId={suite[^9..]}{cid}", "--Outbox:File=suites.db");
        var lines = await californium.RunClientAsync(
            fixture.Pki, worker.Uri("/t"), ["--suite", suite, "--cid", cid, "--payload", "21.5", "--steps", "request,request"]);
        Assert.Equal(suite, Assert.Single(lines, line => line.Word == "handshake")["suite"]);
        Assert.Equal(2, lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    [Fact]
    public async Task The_longest_payload_of_one_message_arrives()
    {
        var lines = await RunAsync("--size", "1024");
        Assert.Equal("2.04", Assert.Single(lines, line => line.Word == "response")["code"]);
    }

    [Fact]
    public async Task A_client_that_has_forgotten_everything_starts_afresh_from_the_same_port()
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await RunAsync("--steps", "request,full,request");
        Assert.Equal(["handshake", "response", "handshake", "response", "end"], lines.Select(line => line.Word));
        Assert.All(lines.Where(line => line.Word == "response"), line => Assert.Equal("2.04", line["code"]));
        await fixture.Worker.WaitForLogAsync("replaced device=device-1", mark);
    }

    [Fact]
    public async Task A_client_without_a_connection_id_is_not_known_at_another_port()
    {
        var lines = await RunAsync("--steps", "request,rebind,request,full,request", "--wait", "2500");
        Assert.Equal(["handshake", "response", "rebound", "silence", "handshake", "response", "end"], lines.Select(line => line.Word));
    }

    [Theory]
    [InlineData("GET", "4.05")]
    [InlineData("DELETE", "4.05")]
    public async Task A_method_that_cannot_be_is_answered_with_its_code(string method, string code)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var lines = await californium.RunClientAsync(fixture.Pki, fixture.Worker.Uri("/t"), ["--method", method]);
        Assert.Equal(code, Assert.Single(lines, line => line.Word == "response")["code"]);
    }

    private async Task<(ResultLine Handshake, LossyForwarder Line)> RunWithLimitAsync(string option, int limit)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        await using var line = new LossyForwarder(fixture.Worker.EndPoint);
        var lines = await californium.RunClientAsync(fixture.Pki, $"coaps://{line.EndPoint}/t", [option, $"{limit}", "--payload", "21.5"]);
        Assert.Equal("2.04", Assert.Single(lines, one => one.Word == "response")["code"]);
        return (Assert.Single(lines, one => one.Word == "handshake"), line);
    }

    private async Task<IReadOnlyList<ResultLine>> RunAsync(params string[] options)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        string[] payload = options.Contains("--payload") || options.Contains("--size") ? [] : ["--payload", "21.5"];
        return await californium.RunClientAsync(fixture.Pki, fixture.Worker.Uri("/t"), [.. payload, .. options]);
    }
}
