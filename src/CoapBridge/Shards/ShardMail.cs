using System.Buffers;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Shards;

/// <summary>What other threads send to a shard: exactly one of these.</summary>
internal readonly record struct ShardMail
{
    private ShardMail(MailKind kind) => Kind = kind;

    /// <summary>What it is.</summary>
    internal enum MailKind
    {
        WorkResult,
        Order,
        Receipt,
        Upstream,
        Delivery,
        Subscription,
        DeskAnswer,
        Turn,
        Drain,
        Handover,
        Save,
        CloseSaved,
        Clock,
        Generation,
        Survey,
    }

    public MailKind Kind { get; }

    public ShardWorkResult? WorkResult { get; private init; }

    public LinkOrder Order { get; private init; }

    public Receipt Receipt { get; private init; }

    public UpstreamStatus Upstream { get; private init; }

    public Delivery Delivery { get; private init; }

    public SubscriptionStatus Subscription { get; private init; }

    /// <summary>How long the drain may take.</summary>
    public TimeSpan DrainLimit { get; private init; }

    /// <summary>Whether the time of day can be believed.</summary>
    public bool ClockIsRight { get; private init; }

    public Generation? Generation { get; private init; }

    public SurveyOrder? Survey { get; private init; }

    public static ShardMail Of(SurveyOrder survey) => new(MailKind.Survey) { Survey = survey };

    public static ShardMail Of(Generation generation) => new(MailKind.Generation) { Generation = generation };

    public static ShardMail Of(ShardWorkResult result) => new(MailKind.WorkResult) { WorkResult = result };

    public static ShardMail Of(LinkOrder order) => new(MailKind.Order) { Order = order };

    public static ShardMail Of(Receipt receipt) => new(MailKind.Receipt) { Receipt = receipt };

    public static ShardMail Of(Delivery delivery) => new(MailKind.Delivery) { Delivery = delivery };

    public DeskAnswer DeskAnswer { get; private init; }

    public TurnGrant Turn { get; private init; }

    public static ShardMail Of(TurnGrant grant) => new(MailKind.Turn) { Turn = grant };

    public static ShardMail Of(DeskAnswer answer) => new(MailKind.DeskAnswer) { DeskAnswer = answer };

    public static ShardMail Of(SubscriptionStatus status) => new(MailKind.Subscription) { Subscription = status };

    public static ShardMail Of(UpstreamStatus status) => new(MailKind.Upstream) { Upstream = status };

    public static ShardMail Drain(TimeSpan limit) => new(MailKind.Drain) { DrainLimit = limit };

    public static ShardMail Handover(TimeSpan limit) => new(MailKind.Handover) { DrainLimit = limit };

    public static ShardMail Save() => new(MailKind.Save);

    public static ShardMail CloseSaved() => new(MailKind.CloseSaved);

    public static ShardMail Clock(bool isRight) => new(MailKind.Clock) { ClockIsRight = isRight };
}

/// <summary>A datagram that another shard's socket received, copied into a rented buffer.</summary>
internal readonly record struct HandedOver(NetworkPath Path, byte[] Buffer, int Length)
{
    public static HandedOver CopyOf(in NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(datagram.Length);
        datagram.CopyTo(buffer);
        return new HandedOver(path, buffer, datagram.Length);
    }

    public void Release() => ArrayPool<byte>.Shared.Return(Buffer, clearArray: true);
}
