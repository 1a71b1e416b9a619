package coapbridge.interop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;

import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.MediaTypeRegistry;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;

/**
 * A device. It does the steps of {@code --steps}, separated by commas: {@code request} sends one, {@code rebind} goes
 * on from another port with the connections it has, {@code restart} starts the connector again on another port,
 * {@code resume} makes the next request resume the session, {@code full} makes it start afresh,
 * {@code pause} waits a second. Each handshake and each request ends with one line.
 */
public final class Client {

	private final CommandLine line;
	private final RoamingConnector connector;
	private final CoapEndpoint endpoint;
	private final CoapClient client;
	private int requests;

	private Client(CommandLine line) throws Exception {
		this.line = line;
		InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
		connector = Endpoints.connector(line, DtlsRole.CLIENT_ONLY, anyPort);
		endpoint = Endpoints.endpoint(line, connector);
		endpoint.start();
		client = new CoapClient(line.get("uri")).setEndpoint(endpoint).setTimeout((long) line.number("wait", 20000));
	}

	public static void main(String[] words) throws Exception {
		CommandLine.endOnFailure();
		Set<String> names = new HashSet<>(Endpoints.NAMES);
		names.addAll(Set.of("uri", "method", "payload", "size", "type", "steps", "repeat", "wait", "quiet"));
		CommandLine line = new CommandLine(words, names);
		Client device = new Client(line);
		for (int i = 0; i < line.number("repeat", 1); i++) {
			for (String step : line.get("steps", "request").split(",")) {
				device.take(step);
			}
		}
		new Line("end").with("requests", device.requests).print();
		device.endpoint.destroy();
		System.exit(0);
	}

	private void take(String step) throws Exception {
		if (step.equals("restart") || step.equals("resume") || step.equals("full")) {
			// Otherwise a request would insist on the connection that the last answer came on.
			client.setDestinationContext(null);
		}
		switch (step) {
		case "request" -> request();
		case "rebind" -> new Line("rebound").with("port", connector.move()).print();
		case "restart" -> {
			endpoint.stop();
			endpoint.start();
			new Line("restarted").with("port", connector.getAddress().getPort()).print();
		}
		case "resume" -> connector.forceResumeAllSessions();
		case "full" -> connector.clearConnectionState();
		case "pause" -> Thread.sleep(1000);
		default -> throw new IllegalArgumentException("not a step: " + step);
		}
	}

	private void request() throws InterruptedException {
		long start = System.nanoTime();
		Request request = new Request(Code.valueOf(line.get("method", "POST")));
		request.setConfirmable(!line.get("type", "CON").equals("NON"));
		if (line.has("payload") || line.has("size")) {
			request.setPayload(line.get("payload", "x".repeat(line.number("size", 0))));
			request.getOptions().setContentFormat(MediaTypeRegistry.TEXT_PLAIN);
		}
		requests++;
		try {
			CoapResponse response = client.advanced(request);
			if (response == null) {
				new Line("silence").with("request", requests).print();
			} else if (!line.has("quiet")) {
				new Line("response").with("request", requests).with("code", response.getCode())
						.with("type", response.advanced().getType()).with("payload", response.getResponseText())
						.with("micros", (System.nanoTime() - start) / 1000).print();
			}
		} catch (ConnectorException | java.io.IOException failed) {
			new Line("failed").with("request", requests).with("error", failed.getClass().getSimpleName())
					.with("message", failed.getMessage()).print();
		}
	}
}
