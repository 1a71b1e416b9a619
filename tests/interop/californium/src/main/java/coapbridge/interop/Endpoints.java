package coapbridge.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.CertificateAuthenticationMode;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.ExtendedMasterSecretMode;
import org.eclipse.californium.scandium.dtls.MaxFragmentLengthExtension.Length;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.californium.scandium.dtls.x509.StaticCertificateVerifier;

/** Makes connectors and endpoints of what the command line says about DTLS. */
final class Endpoints {

	/** What the client and the server have in common. */
	static final Set<String> NAMES = Set.of("cert", "key", "ca", "suite", "cid", "ems", "mtu", "fragment", "recordlimit",
			"records", "backoff", "timeout", "retransmissions", "acktimeout", "block");

	static {
		CoapConfig.register();
		DtlsConfig.register();
	}

	private Endpoints() {
	}

	static RoamingConnector connector(CommandLine line, DtlsRole role, InetSocketAddress address)
			throws IOException, GeneralSecurityException {
		DtlsConnectorConfig.Builder builder = DtlsConnectorConfig.builder(Configuration.createStandardWithoutFile())
				.set(DtlsConfig.DTLS_ROLE, role)
				.set(DtlsConfig.DTLS_CIPHER_SUITES, List.of(CipherSuite.getTypeByName(line.get("suite", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"))))
				.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, line.number("cid", -1))
				.set(DtlsConfig.DTLS_EXTENDED_MASTER_SECRET_MODE, ExtendedMasterSecretMode.valueOf(line.get("ems", "ENABLED")))
				.set(DtlsConfig.DTLS_RETRANSMISSION_TIMEOUT, line.number("timeout", 2000), TimeUnit.MILLISECONDS)
				.set(DtlsConfig.DTLS_ADDITIONAL_ECC_TIMEOUT, 0, TimeUnit.MILLISECONDS)
				.set(DtlsConfig.DTLS_MAX_RETRANSMISSIONS, line.number("retransmissions", 4))
				// A bad device sends its certificate also to who has not asked for its CA.
				.set(DtlsConfig.DTLS_TRUNCATE_CLIENT_CERTIFICATE_PATH, false)
				.set(DtlsConfig.DTLS_CERTIFICATE_TYPES, List.of(CertificateType.X_509))
				.set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1)
				.setAddress(address)
				.setCertificateVerifier(StaticCertificateVerifier.builder().setTrustedCertificates(PemFiles.certificates(line.get("ca"))).build())
				.setSessionListener(new HandshakeLines());
		if (line.has("cert")) {
			builder.setCertificateIdentityProvider(new PlainIdentity(line.get("cert"), line.get("key")));
		}
		if (role == DtlsRole.SERVER_ONLY) {
			builder.set(DtlsConfig.DTLS_CLIENT_AUTHENTICATION_MODE, CertificateAuthenticationMode.NEEDED);
		}
		addSizes(line, builder);
		return new RoamingConnector(builder.build());
	}

	/** Small datagrams and records, in the ways that Scandium has for them. */
	private static void addSizes(CommandLine line, DtlsConnectorConfig.Builder builder) {
		if (line.has("mtu")) {
			builder.set(DtlsConfig.DTLS_MAX_TRANSMISSION_UNIT, line.number("mtu", 0));
		}
		if (line.has("fragment")) {
			builder.set(DtlsConfig.DTLS_MAX_FRAGMENT_LENGTH, Length.valueOf("BYTES_" + line.get("fragment")));
		}
		if (line.has("recordlimit")) {
			builder.set(DtlsConfig.DTLS_RECORD_SIZE_LIMIT, line.number("recordlimit", 0));
		}
		if (line.has("backoff")) {
			builder.set(DtlsConfig.DTLS_RETRANSMISSION_BACKOFF, line.number("backoff", 0));
		}
		if (line.has("records")) {
			// single: a record per datagram; many: records share it; messages: handshake messages share a record, too.
			boolean many = !line.get("records").equals("single");
			builder.set(DtlsConfig.DTLS_USE_MULTI_RECORD_MESSAGES, many);
			builder.set(DtlsConfig.DTLS_USE_MULTI_HANDSHAKE_MESSAGE_RECORDS, line.get("records").equals("messages"));
		}
	}

	static CoapEndpoint endpoint(CommandLine line, DTLSConnector connector) {
		Configuration configuration = Configuration.createStandardWithoutFile();
		configuration.set(CoapConfig.MAX_MESSAGE_SIZE, line.number("block", 1024));
		configuration.set(CoapConfig.PREFERRED_BLOCK_SIZE, line.number("block", 512));
		configuration.set(CoapConfig.ACK_TIMEOUT, line.number("acktimeout", 2000), TimeUnit.MILLISECONDS);
		configuration.set(CoapConfig.MAX_RETRANSMIT, 8);
		return CoapEndpoint.builder().setConfiguration(configuration).setConnector(connector).build();
	}
}
