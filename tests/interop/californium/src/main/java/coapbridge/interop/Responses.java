package coapbridge.interop;

import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.OptionSet;

/** A response or notification as a line. */
final class Responses {

	private Responses() {
	}

	static void print(String word, CoapResponse response, long micros) {
		OptionSet options = response.getOptions();
		Line line = new Line(word).with("code", response.getCode()).with("type", response.advanced().getType())
				.with("payload", response.getResponseText()).with("micros", micros);
		if (options.hasObserve()) {
			line.with("observe", options.getObserve());
		}
		if (!options.getETags().isEmpty()) {
			line.with("etag", java.util.HexFormat.of().formatHex(options.getETags().get(0).getValue()));
		}
		if (options.hasMaxAge()) {
			line.with("maxage", options.getMaxAge());
		}
		if (options.hasContentFormat()) {
			line.with("format", options.getContentFormat());
		}
		if (options.getLocationPathCount() > 0) {
			line.with("location", options.getLocationString());
		}
		line.print();
	}
}
