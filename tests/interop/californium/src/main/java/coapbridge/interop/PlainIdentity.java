package coapbridge.interop;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;

import javax.security.auth.x500.X500Principal;

import org.eclipse.californium.scandium.dtls.CertificateIdentityResult;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite.CertificateKeyAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.util.ServerNames;

/**
 * Hands out a certificate whatever it says and whoever asks. Scandium's own provider refuses to start with a
 * certificate that may not sign; a bad device has no such scruples.
 */
final class PlainIdentity implements CertificateProvider {

	private final PrivateKey key;
	private final List<X509Certificate> chain;

	PlainIdentity(String certificateFile, String keyFile) throws IOException, GeneralSecurityException {
		chain = Stream.of(PemFiles.certificates(certificateFile)).<X509Certificate>map(SilentCertificate::new).toList();
		key = PemFiles.key(keyFile);
	}

	@Override
	public List<CertificateKeyAlgorithm> getSupportedCertificateKeyAlgorithms() {
		return List.of(CertificateKeyAlgorithm.EC);
	}

	@Override
	public List<CertificateType> getSupportedCertificateTypes() {
		return List.of(CertificateType.X_509);
	}

	@Override
	public CertificateIdentityResult requestCertificateIdentity(ConnectionId cid, boolean client,
			List<X500Principal> issuers, ServerNames serverNames, List<CertificateKeyAlgorithm> keyAlgorithms,
			List<SignatureAndHashAlgorithm> algorithms, List<SupportedGroup> curves) {
		return new CertificateIdentityResult(cid, key, chain);
	}

	@Override
	public void setResultHandler(HandshakeResultHandler handler) {
		// Answers come at once.
	}
}
