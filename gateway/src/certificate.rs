//! A certificate for this machine's own names, under an authority that lives as long as the gateway.

use crate::clock;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A TLS acceptor and the authority that its clients have to trust.
pub struct Certificate {
    /// Answers TLS handshakes with the certificate.
    pub acceptor: TlsAcceptor,
    /// The authority's certificate, PEM.
    pub authority_pem: String,
}

/// Makes an authority and a certificate for `localhost`, `127.0.0.1`, `::1` and the given name or address,
/// valid from yesterday for a month.
///
/// # Errors
/// A sentence, when the name cannot stand in a certificate.
pub fn generate(host: &str) -> Result<Certificate, String> {
    issue(host).map_err(|error| format!("no certificate could be made for {host:?}: {error}"))
}

fn issue(host: &str) -> Result<Certificate, Box<dyn std::error::Error>> {
    let authority_key = KeyPair::generate()?;
    let mut authority = parameters(Vec::new(), "gatesocket local authority")?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);

    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    let key = KeyPair::generate()?;
    let mut server = parameters(names, "localhost")?;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    let certificate = server.signed_by(&key, &issuer)?;

    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Certificate { acceptor: TlsAcceptor::from(Arc::new(config)), authority_pem })
}

fn parameters(names: Vec<String>, common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    let now = clock::now_ms();
    let (from, until) = (clock::date(now.saturating_sub(DAY_MS)), clock::date(now + 30 * DAY_MS));
    parameters.not_before = date_time_ymd(from.0, from.1, from.2);
    parameters.not_after = date_time_ymd(until.0, until.1, until.2);
    Ok(parameters)
}
