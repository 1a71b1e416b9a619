package coapbridge.interop;

import java.io.IOException;

import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapHandler;
import org.eclipse.californium.core.CoapObserveRelation;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.elements.exception.ConnectorException;

/** One observation at a time. */
final class Observer {

	private final CoapClient client;
	private CoapObserveRelation relation;

	Observer(CoapClient client) {
		this.client = client;
	}

	void observe(Request request) throws ConnectorException, IOException {
		request.setObserve();
		relation = client.observeAndWait(request, new CoapHandler() {

			@Override
			public void onLoad(CoapResponse response) {
				Responses.print("notification", response, 0);
			}

			@Override
			public void onError() {
				new Line("unobserved").print();
			}
		});
	}

	void reregister() {
		new Line("reregistered").with("done", relation.reregister()).print();
	}

	/** RFC 7641 §3.6: a GET with Observe 1. */
	void cancel() {
		relation.proactiveCancel();
		new Line("cancelled").print();
	}

	/** RFC 7641 §3.6: the next notification is answered with RST. */
	void forget() {
		relation.reactiveCancel();
		new Line("forgotten").print();
	}
}
