//! Books that move between a folder and a database, and the TLS they move over.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::json;

use crate::cluster::Cluster;
use crate::customer::{API, Customer, PIXEL, token_of};
use crate::databases::{charge, cluster, figures, folder_like, fresh_folder, take_over};
use crate::server::{BLANK, INKMETER, Server};

/// With `sslmode=require` nobody gets the books, or the password, who cannot show that they are the database.
#[test]
fn a_database_shows_who_it_is() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let Some(cluster) = Cluster::with_tls(&certificate, &key) else { return };
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, certificate).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let others = folder.path().join("others.pem");
    std::fs::write(&others, other.cert.pem()).unwrap();
    let moved = |host: &str, trusted: &Path| {
        let data = fresh_folder();
        let mut command = Command::new(INKMETER);
        command.env("SSL_CERT_FILE", trusted).env("INKMETER_DATABASE", cluster.over_tls(host));
        command.arg("--data").arg(data.path()).args(["migrate", "into-folder"]);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (done, told) = moved("localhost", &trusted);
    assert!(done, "{told}");
    for (host, trusted) in [("localhost", &others), ("127.0.0.1", &trusted)] {
        let (done, told) = moved(host, trusted);
        assert!(!done && told.contains("certificate"), "{host}: {told}");
    }
}

/// There and back again: what was charged, who may come in, and the keys of gateways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_move_into_a_database_and_back() {
    let Some(cluster) = cluster().await else { return };
    let config = server::config::DEFAULTS.replace(BLANK.0, BLANK.1).replace("lease_s = 10", "lease_s = 2");
    let mut alice = Customer::with(Server::with_config(&config), "V0", "intl").await;
    assert!(alice.server.run(&[&["subscribe", "alice"], &API[..]].concat()).status.success());
    alice.server.json(&["top-up", "alice", "50"]);
    let token = alice.server.json(&["gateway", "new", "front"])["token"].as_str().unwrap().to_owned();
    for key in ["a", "b"] {
        assert_eq!(charge(&alice.http, &alice.server.url, &token, key).await.unwrap().0, 200);
    }
    alice.server.json(&["clock", "advance", "2h"]);
    let before = figures(&alice.server);
    let database = cluster.database();
    let told = |server: &Server, arguments: &[&str]| {
        let output = server.run(&[&["migrate"], arguments, &["--database", &database]].concat());
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let busy = told(&alice.server, &["into-database"]);
    assert!(busy.contains("in use"), "{busy}");
    alice.server.stop();
    let moved = alice.server.json(&["migrate", "into-database", "--database", &database]);
    assert!(moved["records"].as_u64().unwrap() > 3, "{moved}");
    let again = told(&alice.server, &["into-database"]);
    assert!(again.contains("are in a database"), "{again}");

    // The folder is a copy now, and so is any other.
    let folder = folder_like(alice.server.data.path());
    let mut other = take_over(folder, database.clone()).join().unwrap();
    assert_eq!(figures(&other), before);
    let (status, answer) = charge(&alice.http, &other.url, &token, "a").await.unwrap();
    assert_eq!((status, &answer["repeated"]), (200, &json!(true)));
    assert_eq!(charge(&alice.http, &other.url, &token, "c").await.unwrap().0, 200);
    let new = token_of(&alice.http, &other.url, &alice.account).await;
    let after = figures(&other);
    let busy = told(&alice.server, &["into-folder"]);
    assert!(busy.contains("stop it first"), "{busy}");
    other.stop();

    // Back, into a folder that has never been there; a server of the database does not start any more.
    let home = folder_like(other.data.path());
    let arguments = ["migrate", "into-folder", "--database", &database, "--json"];
    let output = Command::new(INKMETER).arg("--data").arg(home.path()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
    let output = Command::new(INKMETER).arg("--data").arg(other.data.path()).args(serve).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("were moved into"), "{told}");
    let home = Server::on(home);
    assert_eq!(figures(&home), after);
    let url = format!("{}/v2/{}/ocr/general-text", home.url, alice.project("cn-north-4"));
    let call = alice.http.post(url).header("x-auth-token", new).json(&json!({ "image": PIXEL }));
    assert_eq!(call.send().await.unwrap().status(), StatusCode::OK);
    let mut home = home;
    home.stop();
    assert_eq!(home.json(&["verify"])["accounts"], 1);
    // And there once more, over what stayed there.
    home.json(&["migrate", "into-database", "--database", &database]);
    let folder = folder_like(home.data.path());
    let third = take_over(folder, database).join().unwrap();
    assert_eq!(third.charges("alice").len(), 4);
}
