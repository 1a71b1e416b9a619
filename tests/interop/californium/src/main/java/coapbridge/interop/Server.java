package coapbridge.interop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;

import org.eclipse.californium.core.CoapExchange;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;

/**
 * A gateway to compare with: takes POST {@code /t} from clients with a certificate of the CA and answers 2.04 with the
 * client's name. Prints {@code listening port=…} first, and ends when its input does.
 */
public final class Server {

	private Server() {
	}

	public static void main(String[] words) throws Exception {
		CommandLine.endOnFailure();
		Set<String> names = new HashSet<>(Endpoints.NAMES);
		names.addAll(Set.of("port", "separate", "quiet"));
		CommandLine line = new CommandLine(words, names);
		InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), line.number("port", 0));
		CoapEndpoint endpoint = Endpoints.endpoint(line, Endpoints.connector(line, DtlsRole.SERVER_ONLY, address));
		CoapServer server = new CoapServer(Configuration.createStandardWithoutFile());
		server.addEndpoint(endpoint);
		server.add(new Telemetry(line.get("separate", "no").equals("yes"), line.has("quiet")));
		server.start();
		new Line("listening").with("port", endpoint.getAddress().getPort()).print();
		while (System.in.read() >= 0) {
			// The driver holds our input open for as long as it wants us.
		}
		server.destroy();
		System.exit(0);
	}

	private static final class Telemetry extends CoapResource {

		private final boolean separate;
		private final boolean quiet;

		Telemetry(boolean separate, boolean quiet) {
			super("t");
			this.separate = separate;
			this.quiet = quiet;
		}

		@Override
		public void handlePOST(CoapExchange exchange) {
			if (separate) {
				exchange.accept();
			}
			if (!quiet) {
				new Line("request").with("type", exchange.advanced().getRequest().getType())
						.with("payload", exchange.getRequestText()).print();
			}
			exchange.respond(ResponseCode.CHANGED, exchange.advanced().getRequest().getSourceContext().getPeerIdentity().getName());
		}
	}
}
