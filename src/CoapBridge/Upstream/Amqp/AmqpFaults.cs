using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace CoapBridge.Upstream.Amqp;

/// <summary>What the exceptions and reply codes of RabbitMQ.Client mean, in one line and with the remedy.</summary>
internal static class AmqpFaults
{
    private const string NoMechanism = "server offered [";

    /// <summary>Not a bug of ours: the broker, the network, or time.</summary>
    public static bool IsOfBroker(Exception exception) => exception is RabbitMQClientException or IOException or OperationCanceledException
        or ObjectDisposedException or TimeoutException or System.Security.Authentication.AuthenticationException or System.Threading.Channels.ChannelClosedException;

    /// <summary>The broker closes a channel, not the connection, with these (AMQP 0.9.1 §1.2, soft errors).</summary>
    public static bool IsOfChannel(ShutdownEventArgs? end) => end is { Initiator: ShutdownInitiator.Peer }
        && end.ReplyCode is 311 or Constants.AccessRefused or Constants.NotFound or Constants.ResourceLocked or Constants.PreconditionFailed;

    /// <summary>The reason code of a publish over which a channel was closed: the broker will never take it.</summary>
    public static MqttReasonCode ReasonOf(ushort code, string text) =>
        code == Constants.PreconditionFailed && text.Contains("larger than", StringComparison.Ordinal) ? MqttReasonCode.PacketTooLarge : MqttReasonCode.NotAuthorized;

    public static ReconnectCause CauseOf(ushort code) =>
        code is Constants.AccessRefused or Constants.NotFound or Constants.NotAllowed ? ReconnectCause.Refused : ReconnectCause.Unreachable;

    /// <summary>Why there is no connection.</summary>
    /// <param name="exception">What RabbitMQ.Client said.</param>
    /// <param name="transportFault">What TLS said first, if anything.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="isLate">Whether our patience was at its end.</param>
    public static BrokerFault Explain(Exception exception, Exception? transportFault, AmqpOptions options, bool isLate)
    {
        if (transportFault is not null && BrokerTransport.Explain(transportFault) is { Reason: BrokerFaultReason.TlsRefused } refusedByTls)
        {
            return refusedByTls;
        }

        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (ExplainOne(inner, options) is { } fault)
            {
                return fault;
            }
        }

        // RabbitMQ.Client sometimes ends before it has taken in what the broker said last; its last question is that for the virtual host.
        return transportFault is not null ? BrokerTransport.Explain(transportFault)
            : exception is OperationCanceledException && !isLate ? Refused(
                $"the broker ended the connection instead of letting the gateway into the virtual host {options.VirtualHost}",
                $"see the broker's log; make the virtual host and give the gateway's user rights to it, or correct {options.Section}:VirtualHost")
            : new BrokerFault(
                BrokerFaultReason.Closed, $"the broker does not answer in AMQP 0.9.1: {exception.GetBaseException().Message}",
                "check that Port is its AMQP port with TLS; its log may say more");
    }

    private static BrokerFault? ExplainOne(Exception exception, AmqpOptions options)
    {
        if (exception is AuthenticationFailureException)
        {
            return Refused(
                "the broker has no user for the gateway's certificate",
                "add a user of the certificate's name (ssl_cert_login_from says which name counts) with rights to "
                + $"the virtual host {options.VirtualHost}");
        }

        if (exception is IOException && exception.Message.IndexOf(NoMechanism, StringComparison.Ordinal) is >= 0 and var at)
        {
            return Refused(
                $"the broker does not offer EXTERNAL, by which a certificate logs in, but {exception.Message[(at + NoMechanism.Length)..].TrimEnd(']')}",
                "enable the plug-in rabbitmq_auth_mechanism_ssl and put EXTERNAL into auth_mechanisms");
        }

        return exception is OperationInterruptedException { ShutdownReason: { Initiator: ShutdownInitiator.Peer } said } ? ExplainWords(said, options) : null;
    }

    private static BrokerFault ExplainWords(ShutdownEventArgs said, AmqpOptions options) => said.ReplyCode switch
    {
        Constants.NotFound => Refused(
            $"the broker has no exchange {options.Exchange}", $"make it, of the type topic, or correct {options.Section}:Exchange"),
        Constants.NotAllowed => Refused(
            $"the broker does not let the gateway into the virtual host {options.VirtualHost}: {said.ReplyText}",
            $"make it and give the gateway's user rights to it, or correct {options.Section}:VirtualHost"),
        Constants.AccessRefused => Refused($"the broker refuses the gateway: {said.ReplyText}", "give the gateway's user the right"),
        _ => new BrokerFault(BrokerFaultReason.Closed, $"the broker ended the connection: {said.ReplyCode} {said.ReplyText}", "see the broker's log; the gateway tries again"),
    };

    private static BrokerFault Refused(string problem, string remedy) => new(BrokerFaultReason.Refused, problem, remedy);
}
