//! Between nodes only nodes have a say: who has not the database's key is not let in, and what clients write into our own
//! headers is thrown away.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::StatusCode;
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{SHARDS, database, http, nodes};
use server::shard::Shard;

/// Takes every server for the right one.
#[derive(Debug)]
struct Gullible;

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Somebody who shows this certificate, or none.
fn stranger(shows: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Gullible));
    let mut config = match shows {
        Some((certificate, key)) => builder.with_client_auth_cert(vec![certificate], key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// What a node answers to a request that claims to be the operator's, sent on by another node.
async fn forged(address: &str, config: ClientConfig) -> io::Result<Bytes> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("node.inkmeter.internal").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    tokio::spawn(connection);
    let request = Request::get("https://node/v1/admin/accounts")
        .header("inkmeter-shard", "0")
        .header("inkmeter-known", r#"{"two_hosts":false,"operator":true}"#)
        .body(Full::<Bytes>::default());
    let response = sender.send_request(request.unwrap()).await.map_err(io::Error::other)?;
    Ok(response.into_body().collect().await.map_err(io::Error::other)?.to_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_request_of_a_node_is_refused() {
    let Some(database) = database().await else { return };
    let nodes = nodes(&database, 2).await;
    let address = database.database();
    let ask = move || {
        let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
        let rows = client.query("SELECT address FROM inkmeter_nodes WHERE until > now()", &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    let addresses = tokio::task::spawn_blocking(ask).await.unwrap();
    assert_eq!(addresses.len(), 2);
    let made = rcgen::generate_simple_self_signed(vec!["node.inkmeter.internal".to_owned()]).unwrap();
    let own = || {
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        Some((made.cert.der().clone(), key))
    };
    for address in &addresses {
        for shows in [None, own()] {
            let answer = forged(address, stranger(shows)).await;
            assert!(answer.is_err(), "{answer:?}");
        }
        let plain =
            http().get(format!("http://{address}/v1/admin/accounts")).header("inkmeter-shard", "0").send();
        assert!(plain.await.is_err());
    }
    // Whoever marks a token with a shard that there is not is refused like everybody, and at once.
    for shard in [3, SHARDS as u8, 200].map(Shard) {
        for (name, value) in [
            ("x-auth-token", shard.new_token()),
            ("cookie", format!("inkmeter_session={}", shard.new_token())),
            ("cookie", format!("inkmeter_operator={}", shard.new_token())),
        ] {
            for path in ["v1/account", "v1/admin/accounts"] {
                let request = http().get(format!("{}/{path}", nodes[0].url)).header(name, &value);
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{shard} {name}");
                assert!(response.headers().contains_key("x-request-id"));
            }
        }
    }
    // At the doors for everybody our own headers mean nothing.
    for node in &nodes {
        let request = http()
            .get(format!("{}/v1/admin/accounts", node.url))
            .header("inkmeter-shard", "0")
            .header("inkmeter-known", r#"{"two_hosts":false,"operator":true}"#);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        let request = http().get(format!("{}/v1/account", node.url)).header("inkmeter-of-node", "operator");
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
}
