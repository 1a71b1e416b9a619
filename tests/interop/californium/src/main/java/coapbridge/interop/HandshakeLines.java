package coapbridge.interop;

import java.util.concurrent.atomic.AtomicInteger;

import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.DTLSContext;
import org.eclipse.californium.scandium.dtls.DTLSSession;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.Handshaker;
import org.eclipse.californium.scandium.dtls.SessionListener;

/** Prints a line for each handshake that ends. */
final class HandshakeLines implements SessionListener {

	private final AtomicInteger retransmitted = new AtomicInteger();

	@Override
	public void handshakeStarted(Handshaker handshaker) {
		retransmitted.set(0);
	}

	@Override
	public void contextEstablished(Handshaker handshaker, DTLSContext context) {
		DTLSSession session = context.getSession();
		new Line("handshake").with("kind", handshaker.isFullHandshake() ? "full" : "resumed")
				.with("suite", session.getCipherSuite())
				.with("ems", handshaker.getSession().useExtendedMasterSecret())
				.with("readcid", context.getReadConnectionId() == null ? "" : context.getReadConnectionId().getAsString())
				.with("writecid", context.getWriteConnectionId() == null ? "" : context.getWriteConnectionId().getAsString())
				.with("session", session.getSessionIdentifier().getAsString())
				.with("limit", session.getEffectiveFragmentLimit())
				.with("peer", session.getPeerIdentity() == null ? "" : session.getPeerIdentity().getName())
				.with("retransmitted", retransmitted.get()).print();
	}

	@Override
	public void handshakeCompleted(Handshaker handshaker) {
		// The context was established before; that line is enough.
	}

	@Override
	public void handshakeFailed(Handshaker handshaker, Throwable error) {
		AlertMessage alert = error instanceof HandshakeException ? ((HandshakeException) error).getAlert() : null;
		new Line("refused").with("alert", alert == null ? "" : alert.getDescription().getCode() & 0xFF)
				.with("error", error.getClass().getSimpleName()).with("message", error.getMessage())
				.with("retransmitted", retransmitted.get()).print();
	}

	@Override
	public void handshakeFlightRetransmitted(Handshaker handshaker, int flight) {
		retransmitted.incrementAndGet();
	}
}
