package coapbridge.interop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/** Reads certificates and PKCS#8 keys from PEM files, without an opinion on what they say. */
final class PemFiles {

	private PemFiles() {
	}

	static X509Certificate[] certificates(String file) throws IOException, GeneralSecurityException {
		try (InputStream in = Files.newInputStream(Path.of(file))) {
			return CertificateFactory.getInstance("X.509").generateCertificates(in).toArray(new X509Certificate[0]);
		}
	}

	static PrivateKey key(String file) throws IOException, GeneralSecurityException {
		String body = Files.readString(Path.of(file), StandardCharsets.US_ASCII).replaceAll("-----[A-Z ]+-----", "");
		return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body)));
	}
}
