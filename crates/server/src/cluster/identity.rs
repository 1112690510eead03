//! How nodes know each other: each shows a certificate that only who has the database's `master.key` can have made, and takes
//! no other. There is nothing to be set up for it, and nothing to be renewed: a node makes its own at its start.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::Sha256;

use crate::app::OpenError;
use crate::tls::H2;

/// The name in every node's certificate. That of its machine says nothing here.
const NAME: &str = "node.inkmeter.internal";
/// What comes before the 32 bytes of an Ed25519 key (RFC 8410, "Private Key Format").
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What a node shows, and whom it takes for one.
pub(super) struct Identity {
    pub accepts: Arc<ServerConfig>,
    pub connects: Arc<ClientConfig>,
}

impl Identity {
    /// Of a node with this `master.key`.
    ///
    /// # Errors
    /// None in practice: everything is made here.
    pub fn of_key(master_key: &[u8]) -> Result<Identity, OpenError> {
        let authority = authority(master_key)?;
        let mut roots = RootCertStore::empty();
        let mut root = CertificateParams::default();
        make_authority(&mut root);
        roots.add(root.self_signed(&authority)?.der().clone())?;
        let roots = Arc::new(roots);
        let (chain, key) = leaf(authority)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let nodes_only =
            WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build()?;
        let mut accepts = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(nodes_only)
            .with_single_cert(chain.clone(), key.clone_key())?;
        let mut connects = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        accepts.alpn_protocols = vec![H2.to_vec()];
        connects.alpn_protocols = vec![H2.to_vec()];
        Ok(Identity { accepts: Arc::new(accepts), connects: Arc::new(connects) })
    }

    /// What every node is called.
    ///
    /// # Errors
    /// None: it is a name.
    pub fn name() -> Result<ServerName<'static>, OpenError> {
        Ok(ServerName::try_from(NAME)?)
    }
}

/// The key that all certificates are signed with.
fn authority(master_key: &[u8]) -> Result<KeyPair, OpenError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(master_key)?;
    mac.update(b"inkmeter nodes");
    let mut key = PKCS8.to_vec();
    key.extend_from_slice(&mac.finalize().into_bytes());
    let key = PrivatePkcs8KeyDer::from(key);
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ED25519)?)
}

fn make_authority(params: &mut CertificateParams) {
    params.distinguished_name.push(DnType::CommonName, "Inkmeter nodes");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1));
}

/// A certificate of a node's own.
fn leaf(authority: KeyPair) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), OpenError> {
    let mut root = CertificateParams::default();
    make_authority(&mut root);
    let issuer = Issuer::new(root, authority);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![NAME.to_owned()])?;
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1));
    let made = params.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((vec![made.der().clone()], key))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    /// Whether both sides take each other for nodes.
    async fn meet(accepts: &Identity, connects: Arc<ClientConfig>) -> bool {
        let (one, other) = duplex(64 * 1024);
        let accept = TlsAcceptor::from(Arc::clone(&accepts.accepts)).accept(one);
        let connect = async {
            let mut stream = TlsConnector::from(connects).connect(Identity::name().unwrap(), other).await?;
            stream.write_all(b"?").await?;
            // A refused certificate is told with the first bytes that come.
            stream.read_exact(&mut [0]).await?;
            std::io::Result::Ok(())
        };
        let accepted = async {
            let mut stream = accept.await?;
            stream.read_exact(&mut [0]).await?;
            stream.write_all(b"!").await?;
            std::io::Result::Ok(())
        };
        let (accepted, connected) = tokio::join!(accepted, connect);
        assert_eq!(accepted.is_ok(), connected.is_ok());
        connected.is_ok()
    }

    #[tokio::test]
    async fn nodes_of_one_key_know_each_other_and_nobody_else() {
        let [one, other] = [0, 1].map(|_| Identity::of_key(&[7; 32]).unwrap());
        assert!(meet(&one, Arc::clone(&other.connects)).await);
        assert!(meet(&other, Arc::clone(&one.connects)).await);
        let stranger = Identity::of_key(&[8; 32]).unwrap();
        assert!(!meet(&one, Arc::clone(&stranger.connects)).await);
        assert!(!meet(&stranger, Arc::clone(&one.connects)).await);
        // Who shows none at all, and takes everything.
        let mut roots = RootCertStore::empty();
        let mut root = CertificateParams::default();
        make_authority(&mut root);
        roots.add(root.self_signed(&authority(&[7; 32]).unwrap()).unwrap().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let nameless =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let nameless = nameless.with_root_certificates(roots).with_no_client_auth();
        assert!(!meet(&one, Arc::new(nameless)).await);
    }
}
