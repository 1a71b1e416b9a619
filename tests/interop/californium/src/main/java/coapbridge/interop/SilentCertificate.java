package coapbridge.interop;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Principal;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * A certificate that keeps quiet about its KeyUsage and ExtendedKeyUsage. On the wire it is the same; but Scandium's
 * client, which otherwise sends an empty Certificate message instead of one that may not sign, lets it through.
 */
final class SilentCertificate extends X509Certificate {

	private static final long serialVersionUID = 1;

	private final X509Certificate real;

	SilentCertificate(X509Certificate real) {
		this.real = real;
	}

	@Override
	public boolean[] getKeyUsage() {
		return null;
	}

	@Override
	public List<String> getExtendedKeyUsage() {
		return null;
	}

	@Override
	public void checkValidity() throws CertificateExpiredException, CertificateNotYetValidException {
		real.checkValidity();
	}

	@Override
	public void checkValidity(Date date) throws CertificateExpiredException, CertificateNotYetValidException {
		real.checkValidity(date);
	}

	@Override
	public int getVersion() {
		return real.getVersion();
	}

	@Override
	public BigInteger getSerialNumber() {
		return real.getSerialNumber();
	}

	@Override
	@Deprecated
	public Principal getIssuerDN() {
		return real.getIssuerDN();
	}

	@Override
	@Deprecated
	public Principal getSubjectDN() {
		return real.getSubjectDN();
	}

	@Override
	public Date getNotBefore() {
		return real.getNotBefore();
	}

	@Override
	public Date getNotAfter() {
		return real.getNotAfter();
	}

	@Override
	public byte[] getTBSCertificate() throws CertificateEncodingException {
		return real.getTBSCertificate();
	}

	@Override
	public byte[] getSignature() {
		return real.getSignature();
	}

	@Override
	public String getSigAlgName() {
		return real.getSigAlgName();
	}

	@Override
	public String getSigAlgOID() {
		return real.getSigAlgOID();
	}

	@Override
	public byte[] getSigAlgParams() {
		return real.getSigAlgParams();
	}

	@Override
	public boolean[] getIssuerUniqueID() {
		return real.getIssuerUniqueID();
	}

	@Override
	public boolean[] getSubjectUniqueID() {
		return real.getSubjectUniqueID();
	}

	@Override
	public int getBasicConstraints() {
		return real.getBasicConstraints();
	}

	@Override
	public byte[] getEncoded() throws CertificateEncodingException {
		return real.getEncoded();
	}

	@Override
	public PublicKey getPublicKey() {
		return real.getPublicKey();
	}

	@Override
	public void verify(PublicKey key)
			throws CertificateException, NoSuchAlgorithmException, InvalidKeyException, NoSuchProviderException, SignatureException {
		real.verify(key);
	}

	@Override
	public void verify(PublicKey key, String provider)
			throws CertificateException, NoSuchAlgorithmException, InvalidKeyException, NoSuchProviderException, SignatureException {
		real.verify(key, provider);
	}

	@Override
	public boolean hasUnsupportedCriticalExtension() {
		return real.hasUnsupportedCriticalExtension();
	}

	@Override
	public Set<String> getCriticalExtensionOIDs() {
		return real.getCriticalExtensionOIDs();
	}

	@Override
	public Set<String> getNonCriticalExtensionOIDs() {
		return real.getNonCriticalExtensionOIDs();
	}

	@Override
	public byte[] getExtensionValue(String oid) {
		return real.getExtensionValue(oid);
	}

	@Override
	public String toString() {
		return real.toString();
	}
}
