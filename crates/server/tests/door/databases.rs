//! Books in PostgreSQL: what was answered is there on another machine, one server at a time works on it, and one that was
//! frozen while another took over does no harm.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::customer::{API, Customer, PIXEL, token_of};
use crate::server::{BLANK, INKMETER, Server, folder_of};

/// What every server of one database must have alike, and what keeps the manual clock from leaping.
const SHARED: [&str; 4] = ["config.toml", "master.key", "operator.token", "clock"];
const LEASE_S: u64 = 2;

pub fn fresh_folder() -> tempfile::TempDir {
    let config = server::config::DEFAULTS.replace(BLANK.0, BLANK.1);
    assert!(config.contains("lease_s = 10"));
    folder_of(None, &config.replace("lease_s = 10", &format!("lease_s = {LEASE_S}")))
}

/// A folder for another machine.
pub fn folder_like(data: &Path) -> tempfile::TempDir {
    let folder = fresh_folder();
    for name in SHARED {
        std::fs::copy(data.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// Begins to serve, on another machine, as soon as it may.
pub fn take_over(data: tempfile::TempDir, database: String) -> std::thread::JoinHandle<Server> {
    std::thread::spawn(move || Server::in_database(data, &database))
}

/// The database's client waits, which a task must not.
pub async fn cluster() -> Option<Cluster> {
    tokio::task::spawn_blocking(Cluster::start).await.unwrap()
}

/// A customer with an API enabled, money, a package and a gateway that charges for it.
async fn alice(cluster: &Cluster) -> (Customer, String) {
    let server = Server::in_database(fresh_folder(), &cluster.database());
    let alice = Customer::with(server, "V0", "intl").await;
    assert!(alice.server.run(&[&["subscribe", "alice"], &API[..]].concat()).status.success());
    alice.server.json(&["top-up", "alice", "5000"]);
    let buy = [&["package", "buy", "alice"], &API[..], &["--calls", "1000"]].concat();
    assert!(alice.server.run(&buy).status.success());
    let made = alice.server.json(&["gateway", "new", "front", "--api", "general-text"]);
    let token = made["token"].as_str().unwrap().to_owned();
    (alice, token)
}

pub async fn charge(
    http: &reqwest::Client,
    url: &str,
    token: &str,
    key: &str,
) -> reqwest::Result<(u16, Value)> {
    let body = json!({ "account": "alice", "key": key, "api": API[1], "region": API[3] });
    let request = http.post(format!("{url}/v1/charges/charge")).bearer_auth(token).json(&body);
    let response = request.timeout(Duration::from_secs(20)).send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

/// What an owner sees of the account, as far as it does not depend on the moment.
pub fn figures(server: &Server) -> Value {
    let mut account = server.json(&["account", "show", "alice"]);
    account.as_object_mut().unwrap().remove("now");
    let charges = server.charges("alice");
    json!({ "account": account, "charges": charges, "users": server.json(&["user", "list", "alice"]) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_there_on_another_machine() {
    let Some(cluster) = cluster().await else { return };
    let (mut alice, token) = alice(&cluster).await;
    for _ in 0..3 {
        assert_eq!(alice.call().await.status(), StatusCode::OK);
    }
    let (status, first) = charge(&alice.http, &alice.server.url, &token, "order-1").await.unwrap();
    assert_eq!((status, &first["repeated"]), (200, &json!(false)));
    let before = figures(&alice.server);
    assert_eq!(before["charges"].as_array().unwrap().len(), 4);

    // The machine burns: nothing is left of it but what one copies when it is set up.
    let folder = folder_like(alice.server.data.path());
    alice.server.kill();
    let other = take_over(folder, cluster.database()).join().unwrap();
    assert_eq!(figures(&other), before);
    let (status, again) = charge(&alice.http, &other.url, &token, "order-1").await.unwrap();
    assert_eq!((status, &again["charge_id"], &again["repeated"]), (200, &first["charge_id"], &json!(true)));
    // The token it had, and a new one by its password.
    let call = |token: String| {
        let url = format!("{}/v2/{}/ocr/general-text", other.url, alice.project("cn-north-4"));
        alice.http.post(url).header("x-auth-token", token).json(&json!({ "image": PIXEL })).send()
    };
    assert_eq!(call(alice.token.clone()).await.unwrap().status(), StatusCode::OK);
    let new = token_of(&alice.http, &other.url, &alice.account).await;
    assert_eq!(call(new).await.unwrap().status(), StatusCode::OK);
    assert_eq!(other.charges("alice").len(), 6);
    other.json(&["clock", "advance", "1h"]);
    let mut other = other;
    assert!(other.stop().success());
    let proved = other.json(&["verify"]);
    assert_eq!(proved["accounts"], 1, "{proved}");

    // The first machine is found in the ashes: what it does not know is fetched.
    alice.server.restart();
    assert_eq!(alice.server.charges("alice").len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_hands_over() {
    let Some(cluster) = cluster().await else { return };
    let (mut alice, token) = alice(&cluster).await;
    let waiting = take_over(folder_like(alice.server.data.path()), cluster.database());
    // It waits as long as the first renews its lease.
    for key in 0..20 {
        let (status, _) = charge(&alice.http, &alice.server.url, &token, &format!("k{key}")).await.unwrap();
        assert_eq!(status, 200);
        tokio::time::sleep(Duration::from_millis(LEASE_S * 100)).await;
    }
    assert!(!waiting.is_finished());
    let before = figures(&alice.server);
    assert!(alice.server.stop().success());
    assert_eq!(figures(&waiting.join().unwrap()), before);
}

/// What a frozen server has to say when it wakes up comes too late: an answer is given only for what is in the books, and
/// it can write there no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_wakes_up_and_does_no_harm() {
    let Some(cluster) = cluster().await else { return };
    let (mut alice, token) = alice(&cluster).await;
    let (status, _) = charge(&alice.http, &alice.server.url, &token, "before").await.unwrap();
    assert_eq!(status, 200);
    let folder = folder_like(alice.server.data.path());
    alice.server.freeze();
    let late = {
        let (http, url, token) = (alice.http.clone(), alice.server.url.clone(), token.clone());
        tokio::spawn(async move { charge(&http, &url, &token, "while it was frozen").await })
    };
    let other = tokio::task::spawn_blocking({
        let database = cluster.database();
        move || take_over(folder, database).join().unwrap()
    });
    let other = other.await.unwrap();
    for key in ["before", "after"] {
        let (status, answer) = charge(&alice.http, &other.url, &token, key).await.unwrap();
        assert_eq!((status, &answer["repeated"]), (200, &json!(key == "before")));
    }
    alice.server.signal("CONT");
    let late = late.await.unwrap();
    assert!(!matches!(late, Ok((200, _))), "{late:?}");
    assert_eq!(alice.server.ended().code(), Some(70));
    let keys: Vec<String> =
        other.charges("alice").iter().map(|row| row["charge_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    let (status, answer) = charge(&alice.http, &other.url, &token, "while it was frozen").await.unwrap();
    assert_eq!((status, &answer["repeated"]), (200, &json!(false)), "it was not charged, and can be");
}

/// What the database has taken and the disk has not is there at the next start, and nothing else is amiss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_the_server_and_harms_nothing() {
    let Some(cluster) = cluster().await else { return };
    let (mut alice, token) = alice(&cluster).await;
    alice.server.limit_files("1:");
    assert!(!alice.server.run(&["account", "create", "bob"]).status.success());
    assert_eq!(alice.server.ended().code(), Some(70));
    let mut other = take_over(folder_like(alice.server.data.path()), cluster.database()).join().unwrap();
    let shown = other.run(&["account", "show", "bob"]).status.success();
    assert!(shown || other.run(&["account", "create", "bob"]).status.success());
    assert_eq!(charge(&alice.http, &other.url, &token, "after").await.unwrap().0, 200);
    other.kill();
    let third = take_over(folder_like(other.data.path()), cluster.database()).join().unwrap();
    assert_eq!(third.json(&["account", "show", "bob"])["name"], "bob");
}

/// Sixteen callers with keys of their own try each again until it is answered, while the servers are killed, frozen, cut off
/// from the database and stopped: each key is in the books once, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_go_on_whatever_becomes_of_the_servers() {
    const FAULTS: usize = 8;
    const ANSWERS_BETWEEN: usize = 60;
    let Some(cluster) = cluster().await else { return };
    let (alice, token) = alice(&cluster).await;
    let (http, mut server) = (alice.http, alice.server);
    let url = Arc::new(Mutex::new(server.url.clone()));
    let (answered, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let (http, token, url) = (http.clone(), token.clone(), Arc::clone(&url));
        let (answered, is_over) = (Arc::clone(&answered), Arc::clone(&is_over));
        callers.spawn(async move {
            let mut charges = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                let key = format!("{caller}-{}", charges.len());
                charges.push(charged_at_last(&http, &url, &token, &key).await);
                answered.fetch_add(1, Ordering::SeqCst);
            }
            charges
        });
    }
    for fault in 0..FAULTS {
        let until = answered.load(Ordering::SeqCst) + ANSWERS_BETWEEN;
        while answered.load(Ordering::SeqCst) < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let folder = folder_like(server.data.path());
        let database = cluster.database();
        let take_over = move || Server::in_database(folder, &database);
        let mut former = server;
        match fault % 4 {
            0 => former.kill(),
            1 => former.freeze(),
            2 => {
                tokio::task::block_in_place(|| {
                    std::thread::scope(|scope| {
                        scope.spawn(|| cluster.cut_connections()).join().unwrap();
                    })
                });
                assert_eq!(former.ended().code(), Some(70));
            }
            _ => assert!(former.stop().success()),
        }
        server = tokio::task::spawn_blocking(take_over).await.unwrap();
        *url.lock().unwrap() = server.url.clone();
        if fault % 4 == 1 {
            former.signal("CONT");
            assert_eq!(former.ended().code(), Some(70));
        }
    }
    is_over.store(true, Ordering::SeqCst);
    let mut told = Vec::new();
    while let Some(charges) = callers.join_next().await {
        told.extend(charges.unwrap());
    }
    told.sort();
    let mut books: Vec<String> =
        server.charges("alice").iter().map(|row| row["charge_id"].as_str().unwrap().to_owned()).collect();
    books.sort();
    assert!(told.len() > FAULTS * ANSWERS_BETWEEN);
    assert_eq!(books, told);
    server.json(&["clock", "advance", "1h"]);
    assert!(server.stop().success());
    server.json(&["verify"]);
}

/// The id of a key's charge, as soon as somebody tells it.
async fn charged_at_last(http: &reqwest::Client, url: &Mutex<String>, token: &str, key: &str) -> String {
    loop {
        let now = url.lock().unwrap().clone();
        match charge(http, &now, token, key).await {
            Ok((200, answer)) => return answer["charge_id"].as_str().unwrap().to_owned(),
            Ok((status, answer)) => assert!(status >= 500, "{status} {answer}"),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn folders_with_books_and_folders_with_copies_are_told_apart() {
    let Some(cluster) = Cluster::start() else { return };
    let refused = |folder: &Path, database: Option<&str>| {
        let mut command = Command::new(INKMETER);
        command.arg("--data").arg(folder).args(["serve", "--listen", "127.0.0.1:0", "--clock", "manual"]);
        if let Some(database) = database {
            command.args(["--database", database]);
        }
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let mut own = Server::start(true);
    own.json(&["account", "create", "alice"]);
    own.stop();
    let told = refused(own.data.path(), Some(&cluster.database()));
    assert!(told.contains("has books of its own"), "{told}");
    own.restart();
    assert_eq!(own.json(&["account", "show", "alice"])["name"], "alice");
    own.stop();

    let mut copy = Server::in_database(fresh_folder(), &cluster.database());
    copy.json(&["account", "create", "alice"]);
    copy.stop();
    let told = refused(copy.data.path(), None);
    assert!(told.contains("are in a database"), "{told}");
    let told = String::from_utf8(copy.run(&["accept-loss"]).stderr).unwrap();
    assert!(told.contains("has a copy of books"), "{told}");

    // A copy of these books is none of others, and is in use while it is served.
    let mut client = postgres::Client::connect(&cluster.database(), postgres::NoTls).unwrap();
    client.batch_execute("CREATE DATABASE other").unwrap();
    let other = cluster.database().replace("dbname=postgres", "dbname=other");
    let told = refused(copy.data.path(), Some(&other));
    assert!(told.contains("in another database"), "{told}");
    copy.restart();
    let told = refused(copy.data.path(), Some(&other));
    assert!(told.contains("is in use"), "{told}");
    assert_eq!(copy.json(&["account", "show", "alice"])["name"], "alice");
    copy.stop();
    // Of a server that does not serve nobody takes what it has for all there is.
    assert_eq!(copy.json(&["verify"])["is_copy"], true);
    let backup = tempfile::tempdir().unwrap();
    let told = String::from_utf8(copy.run(&["backup", backup.path().to_str().unwrap()]).stderr).unwrap();
    assert!(told.contains("may be old"), "{told}");
    // Whoever brings a key of its own could check no signature.
    let told = refused(fresh_folder().path(), Some(&cluster.database()));
    assert!(told.contains("master.key is missing: copy"), "{told}");
    let foreign = fresh_folder();
    std::fs::copy(own.data.path().join("master.key"), foreign.path().join("master.key")).unwrap();
    let told = refused(foreign.path(), Some(&cluster.database()));
    assert!(told.contains("is not the key"), "{told}");

    let told = refused(fresh_folder().path(), Some("postgres://ann:secret@127.0.0.1:1/books"));
    assert!(told.contains("connect") && !told.contains("secret"), "{told}");
}
