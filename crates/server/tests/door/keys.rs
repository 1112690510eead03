//! Secrets of a data folder are changed: `master.key` with everything sealed anew, and the tokens beside a running server.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::{Value, json};
use wire::signature::format_date;

use crate::bad_input::signed;
use crate::customer::{API, Customer};
use crate::databases::{cluster, folder_like, fresh_folder};
use crate::server::{INKMETER, Server};

async fn signs(alice: &Customer) {
    let date = format_date(server::clock::system_now_ms() / 1000);
    let secret = alice.account["secret_key"].as_str().unwrap();
    let answer = signed(alice, secret, &date).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
}

async fn ready(alice: &Customer) -> String {
    reqwest::get(format!("{}/readyz", alice.server.url)).await.unwrap().text().await.unwrap()
}

pub fn key(data: &Path) -> Vec<u8> {
    std::fs::read(data.join("master.key")).unwrap()
}

/// A command on a data folder, with its books in this database.
pub fn in_database(data: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(INKMETER);
    let output =
        command.arg("--data").arg(data).args(arguments).env("INKMETER_DATABASE", database).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_rotated_key_opens_what_the_old_one_did() {
    let mut alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    signs(&alice).await;
    let data = alice.server.data.path().to_owned();
    let before = key(&data);
    let refused = alice.server.run(&["master-key", "rotate"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("in use by another process"));
    assert!(alice.server.stop().success());
    let told = alice.server.json(&["master-key", "rotate"]);
    assert_eq!((&told["sealed"], &told["left"]), (&json!(1), &json!(0)));
    assert_ne!(key(&data), before);
    alice.server.restart();
    assert!(!ready(&alice).await.contains("key file"));
    signs(&alice).await;

    // One that was interrupted before anything was sealed with the new key, and one after.
    let next = data.join("master.key.next");
    for is_sealed in [false, true] {
        assert!(alice.server.stop().success());
        let old = key(&data);
        if is_sealed {
            alice.server.json(&["master-key", "rotate"]);
            std::fs::rename(data.join("master.key"), &next).unwrap();
        }
        let file = if is_sealed { data.join("master.key") } else { next.clone() };
        std::fs::write(&file, if is_sealed { old } else { vec![5; 32] }).unwrap();
        let own = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600);
        std::fs::set_permissions(&file, own).unwrap();
        let backup = alice.server.run(&["backup", data.with_extension("backup").to_str().unwrap()]);
        let said = String::from_utf8(backup.stderr).unwrap();
        assert!(!backup.status.success() && said.contains("was interrupted"), "{said}");
        alice.server.restart();
        signs(&alice).await;
        assert!(!next.exists());
    }

    // A key that was lost, and another one made: what was sealed is lost, and stays as it is.
    assert!(alice.server.stop().success());
    std::fs::remove_file(data.join("master.key")).unwrap();
    alice.server.json(&["master-key", "new"]);
    let refused = alice.server.run(&["master-key", "rotate"]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("put the file back"));
    alice.server.restart();
    assert!(ready(&alice).await.contains("key file"));
    let new = alice.server.json(&["key", "create", "alice"]);
    alice.account["access_key"] = new["access_key"].clone();
    alice.account["secret_key"] = new["secret_key"].clone();
    signs(&alice).await;
    assert!(alice.server.stop().success());
    let told = alice.server.json(&["master-key", "rotate"]);
    assert_eq!((&told["sealed"], &told["left"]), (&json!(1), &json!(1)));
    alice.server.restart();
    signs(&alice).await;
}

/// Killed at any moment, whatever it was doing: the next start has a key that opens everything.
#[tokio::test]
async fn a_rotation_that_is_killed_harms_nothing() {
    let mut alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let data = alice.server.data.path().to_owned();
    let (mut kept, mut changed) = (0, 0);
    for round in 0..12_u64 {
        assert!(alice.server.stop().success());
        let before = key(&data);
        let mut command = Command::new(INKMETER);
        let mut child = command.arg("--data").arg(&data).args(["master-key", "rotate"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 4));
        let _ = child.kill();
        child.wait().unwrap();
        alice.server.restart();
        signs(&alice).await;
        if key(&data) == before { kept += 1 } else { changed += 1 }
    }
    println!("killed before the new key counted: {kept}, after: {changed}");
    assert!(kept > 0, "none was killed in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_of_a_database_have_the_new_key_or_do_not_start() {
    let Some(cluster) = cluster().await else { return };
    let database = cluster.database();
    let server = Server::in_database(fresh_folder(), &database);
    let mut alice = Customer::with(server, "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    signs(&alice).await;
    let data = alice.server.data.path().to_owned();
    let other = folder_like(&data);
    let rotate = ["master-key", "rotate"];
    let (done, said) = in_database(other.path(), &database, &rotate);
    assert!(!done && said.contains("stop it first"), "{said}");
    assert!(alice.server.stop().success());
    // Named no database, the folder is not taken for books of its own.
    assert!(!alice.server.run(&rotate).status.success());
    let (done, said) = in_database(&data, &database, &rotate);
    assert!(done && said.contains("other servers"), "{said}");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--clock", "manual"];
    let (served, said) = in_database(other.path(), &database, &serve);
    assert!(!served && said.contains("copy theirs"), "{said}");
    std::fs::copy(data.join("master.key"), other.path().join("master.key")).unwrap();
    let other = Server::in_database(other, &database);
    let former = std::mem::replace(&mut alice.server, other);
    signs(&alice).await;
    drop(former);
}

#[tokio::test]
async fn a_running_server_takes_new_tokens() {
    let alice = Customer::open("V0", "intl").await;
    let data = alice.server.data.path().to_owned();
    let metrics = || std::fs::read_to_string(data.join("metrics.token")).unwrap();
    let ask = async |path: &str, token: &str| {
        let request = alice.http.get(format!("{}{path}", alice.server.url)).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    let (old_operator, old_metrics) = (alice.server.operator_token(), metrics());
    // A session of the console, which ends with the token it began with.
    let url = format!("{}/v1/admin/session", alice.server.url);
    let begun = alice.http.post(url).json(&json!({ "token": old_operator })).send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let by_session = async || {
        let request = alice.http.get(format!("{}/v1/admin/accounts", alice.server.url));
        request.header("cookie", &cookie).send().await.unwrap().status().as_u16()
    };
    assert_eq!(by_session().await, 200);

    let told: Value = alice.server.json(&["operator-token", "new"]);
    assert_eq!(told["server"], alice.server.url.as_str());
    let operator = alice.server.operator_token();
    assert_ne!(operator, old_operator);
    assert_eq!((ask("/v1/admin/accounts", &old_operator).await, by_session().await), (401, 401));
    assert_eq!(ask("/v1/admin/accounts", &operator).await, 200);
    assert_eq!(ask("/metrics", &old_metrics).await, 200, "it is another one");
    alice.server.json(&["metrics-token", "new"]);
    assert_eq!((ask("/metrics", &old_metrics).await, ask("/metrics", &metrics()).await), (401, 200));
    assert_eq!(ask("/v1/admin/accounts", &metrics()).await, 401);
    // The commands take it, and none is printed.
    assert!(alice.server.run(&[&["subscribe", "alice"], &API[..]].concat()).status.success());
    assert!(!told.to_string().contains(&operator));
}
