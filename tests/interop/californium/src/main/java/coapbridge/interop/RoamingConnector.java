package coapbridge.interop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;

/**
 * A connector whose socket can be exchanged under its connections, as an address changes behind a NAT or in a radio
 * network. A connector that is stopped and started on another port would resume its sessions instead.
 */
final class RoamingConnector extends DTLSConnector {

	private static final String RECEIVER = "roaming-";
	private static final int LONGEST_DATAGRAM = 65535;

	private volatile DatagramSocket current;

	RoamingConnector(DtlsConnectorConfig configuration) {
		super(configuration);
	}

	/** Goes on from another port; the old one is neither heard nor used any more. */
	int move() throws IOException {
		DatagramSocket old = current;
		DatagramSocket next = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		current = next;
		if (old != null) {
			old.close();
		}
		Thread receiver = new Thread(() -> receive(next), RECEIVER + next.getLocalPort());
		receiver.setDaemon(true);
		receiver.start();
		return next.getLocalPort();
	}

	@Override
	protected void init(InetSocketAddress address, DatagramSocket socket, Integer mtu) throws IOException {
		if (current != null) {
			current.close();
			current = null;
		}
		super.init(address, socket, mtu);
	}

	@Override
	protected void sendNextDatagramOverNetwork(DatagramPacket datagram) throws IOException {
		if (current == null) {
			super.sendNextDatagramOverNetwork(datagram);
		} else {
			current.send(datagram);
		}
	}

	@Override
	protected void processDatagram(DatagramPacket datagram, InetSocketAddress router) {
		if (current == null || Thread.currentThread().getName().startsWith(RECEIVER)) {
			super.processDatagram(datagram, router);
		}
	}

	private void receive(DatagramSocket socket) {
		try {
			while (true) {
				DatagramPacket datagram = new DatagramPacket(new byte[LONGEST_DATAGRAM], LONGEST_DATAGRAM);
				socket.receive(datagram);
				processDatagram(datagram);
			}
		} catch (IOException closed) {
			// The next socket has taken over.
		}
	}
}
