package coapbridge.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
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
 * A device. It does the steps of {@code --steps}, separated by commas, or, if that is {@code -}, those that its input
 * has, one a line: {@code request} sends the request of the command line; {@code rebind} goes on from another port with
 * the connections it has, {@code restart} starts the connector again on another port, {@code resume} makes the next
 * request resume the session, {@code full} makes it start afresh, {@code pause} waits a second;
 * {@code get@/path}, {@code put@/path payload} and so on send that, {@code validate@/path} a GET with the last ETag;
 * {@code observe@/path} registers, {@code reregister} does so again, {@code cancel} deregisters, {@code forget} only
 * forgets, so that the next notification is reset. Each handshake, request and notification ends with one line.
 */
public final class Client {

	private final CommandLine line;
	private final RoamingConnector connector;
	private final CoapEndpoint endpoint;
	private final CoapClient client;
	private final Observer observer;
	private byte[] lastTag = new byte[0];
	private int requests;

	private Client(CommandLine line) throws Exception {
		this.line = line;
		InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
		connector = Endpoints.connector(line, DtlsRole.CLIENT_ONLY, anyPort);
		endpoint = Endpoints.endpoint(line, connector);
		endpoint.start();
		client = new CoapClient(line.get("uri")).setEndpoint(endpoint).setTimeout((long) line.number("wait", 20000));
		observer = new Observer(client);
	}

	public static void main(String[] words) throws Exception {
		CommandLine.endOnFailure();
		Set<String> names = new HashSet<>(Endpoints.NAMES);
		names.addAll(Set.of("uri", "method", "payload", "size", "type", "steps", "repeat", "wait", "quiet"));
		CommandLine line = new CommandLine(words, names);
		Client device = new Client(line);
		String steps = line.get("steps", "request");
		if (steps.equals("-")) {
			device.takeInput();
		} else {
			for (int i = 0; i < line.number("repeat", 1); i++) {
				for (String step : steps.split(",")) {
					device.take(step);
				}
			}
		}
		new Line("end").with("requests", device.requests).print();
		device.endpoint.destroy();
		System.exit(0);
	}

	private void takeInput() throws Exception {
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String step = input.readLine(); step != null; step = input.readLine()) {
			take(step);
		}
	}

	private void take(String step) throws Exception {
		int at = step.indexOf('@');
		if (at >= 0) {
			takeRequest(step.substring(0, at), step.substring(at + 1));
			return;
		}
		if (step.equals("restart") || step.equals("resume") || step.equals("full")) {
			// Otherwise a request would insist on the connection that the last answer came on.
			client.setDestinationContext(null);
		}
		switch (step) {
		case "request" -> request(plain());
		case "rebind" -> new Line("rebound").with("port", connector.move()).print();
		case "restart" -> {
			endpoint.stop();
			endpoint.start();
			new Line("restarted").with("port", connector.getAddress().getPort()).print();
		}
		case "resume" -> connector.forceResumeAllSessions();
		case "full" -> connector.clearConnectionState();
		case "pause" -> Thread.sleep(1000);
		case "reregister" -> observer.reregister();
		case "cancel" -> observer.cancel();
		case "forget" -> observer.forget();
		default -> throw new IllegalArgumentException("not a step: " + step);
		}
	}

	private void takeRequest(String word, String target) throws Exception {
		// A space ends the path: a query has '=' of its own.
		int space = target.indexOf(' ');
		String path = space < 0 ? target : target.substring(0, space);
		boolean isGet = word.equals("validate") || word.equals("observe");
		Request request = new Request(isGet ? Code.GET : Code.valueOf(word.toUpperCase()));
		request.setConfirmable(!line.get("type", "CON").equals("NON"));
		request.setURI(java.net.URI.create(line.get("uri")).resolve(path).toString());
		if (space >= 0) {
			setPayload(request, target.substring(space + 1));
		}
		if (word.equals("validate")) {
			request.getOptions().addETag(lastTag);
		}
		if (word.equals("observe")) {
			observer.observe(request);
		} else {
			request(request);
		}
	}

	private Request plain() {
		Request request = new Request(Code.valueOf(line.get("method", "POST")));
		request.setConfirmable(!line.get("type", "CON").equals("NON"));
		if (line.has("payload") || line.has("size")) {
			setPayload(request, line.get("payload", "x".repeat(line.number("size", 0))));
		}
		return request;
	}

	private static void setPayload(Request request, String payload) {
		request.setPayload(payload);
		request.getOptions().setContentFormat(MediaTypeRegistry.TEXT_PLAIN);
	}

	private void request(Request request) throws InterruptedException {
		long start = System.nanoTime();
		requests++;
		try {
			CoapResponse response = client.advanced(request);
			if (response == null) {
				new Line("silence").with("request", requests).print();
				return;
			}
			if (!response.getOptions().getETags().isEmpty()) {
				lastTag = response.getOptions().getETags().get(0).getValue();
			}
			if (!line.has("quiet")) {
				Responses.print("response", response, (System.nanoTime() - start) / 1000);
			}
		} catch (ConnectorException | IOException failed) {
			new Line("failed").with("request", requests).with("error", failed.getClass().getSimpleName())
					.with("message", failed.getMessage()).print();
		}
	}
}
