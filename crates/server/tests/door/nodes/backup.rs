//! All shards are backed up while nodes serve them, and come back into an empty database.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postgres::{Client, NoTls};
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::clock::system_now_ms;
use tokio::task::JoinSet;

use super::{Customer, SHARDS, charges, database, http, node_folder, nodes, settled, started, work};
use crate::cluster::Cluster;
use crate::customer::{API, PIXEL};
use crate::databases::fresh_folder;
use crate::inside::headers_of;
use crate::keys::in_database;
use crate::server::{Server, data_folder};
use crate::waiting::until;

pub const CUSTOMERS: usize = 12;
const CALLERS: usize = 4;
/// How many more calls are answered before each backup.
const STEP: usize = 60;
const HOUR_S: u64 = 3_600;
/// How long before a full hour the figures are not compared any more: it settles what was used.
const CLOSE_S: u64 = 180;

/// Who calls, where, and what they were answered.
struct Load {
    urls: Vec<String>,
    /// The project and the token of each customer.
    customers: Vec<(String, String)>,
    /// Of each customer the ids of the charges that were acknowledged.
    told: Mutex<Vec<BTreeSet<String>>>,
    is_over: AtomicBool,
}

impl Load {
    fn begin(nodes: &[Server], customers: &[Customer]) -> (Arc<Load>, JoinSet<()>) {
        let load = Arc::new(Load {
            urls: nodes.iter().map(|node| node.url.clone()).collect(),
            customers: customers
                .iter()
                .map(|customer| {
                    let project = customer.account["projects"]["cn-north-4"].as_str().unwrap();
                    (project.to_owned(), customer.token.clone())
                })
                .collect(),
            told: Mutex::new(vec![BTreeSet::new(); customers.len()]),
            is_over: AtomicBool::new(false),
        });
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let load = Arc::clone(&load);
            callers.spawn(async move { load.call_on(caller).await });
        }
        (load, callers)
    }

    async fn call_on(&self, mut at: usize) {
        let http = http();
        while !self.is_over.load(Ordering::SeqCst) {
            let who = at % self.customers.len();
            let (project, token) = &self.customers[who];
            let url = format!("{}/v2/{project}/ocr/general-text", self.urls[at % self.urls.len()]);
            let request = http.post(url).header("x-auth-token", token).json(&json!({ "image": PIXEL }));
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
            let id = response.headers()["x-inkmeter-charge-id"].to_str().unwrap().to_owned();
            self.told.lock().unwrap()[who].insert(id);
            at += 5;
        }
    }

    fn told(&self) -> Vec<BTreeSet<String>> {
        self.told.lock().unwrap().clone()
    }

    async fn goes_on(&self, more: usize) {
        let count = || self.told.lock().unwrap().iter().map(BTreeSet::len).sum::<usize>();
        let goal = count() + more;
        until("calls are answered", || count() >= goal).await;
    }
}

/// What a command with a node's folder prints.
pub fn json_of(data: &Path, database: &str, arguments: &[&str]) -> Value {
    let (done, said) = in_database(data, database, &[arguments, &["--json"]].concat());
    assert!(done, "{arguments:?}: {said}");
    serde_json::from_str(&said).unwrap_or_else(|problem| panic!("{arguments:?}: {problem}: {said}"))
}

/// What a command with a node's folder refuses with.
pub fn refused(data: &Path, database: &str, arguments: &[&str]) -> String {
    let (done, said) = in_database(data, database, arguments);
    assert!(!done, "{arguments:?}: {said}");
    said
}

/// One more database, with nothing in it.
pub fn empty(cluster: &Cluster, name: &str) -> String {
    let make = || {
        let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    };
    std::thread::scope(|scope| scope.spawn(make).join().unwrap());
    cluster.database().replace("dbname=postgres", &format!("dbname={name}"))
}

async fn node_on(folder: tempfile::TempDir, database: &str) -> Server {
    let database = database.to_owned();
    tokio::task::spawn_blocking(move || Server::node(folder, &database)).await.unwrap()
}

/// What an owner sees of an account, as far as it does not depend on the moment.
fn figures(node: &Server, name: &str) -> Value {
    let mut account = node.json(&["account", "show", name]);
    account.as_object_mut().unwrap().remove("now");
    json!({ "account": account, "charges": node.charges(name), "users": node.json(&["user", "list", name]) })
}

/// Waits until the next full hour is some time away.
async fn away_from_the_hour() {
    let since = u64::try_from(system_now_ms() / 1000).unwrap();
    let left = HOUR_S - since % HOUR_S;
    if left < CLOSE_S {
        tokio::time::sleep(Duration::from_secs(left + 2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_before_a_backup_is_in_it_in_all_shards() {
    let Some(cluster) = database().await else { return };
    let mut nodes = nodes(&cluster, 2).await;
    let (theirs, http) = (cluster.database(), http());
    let mut customers = Vec::new();
    for at in 0..CUSTOMERS {
        customers.push(Customer::open(&http, &format!("customer-{at}"), [&nodes[0], &nodes[1]]).await);
    }
    let gateway = nodes[0].json(&["gateway", "new", "front", "--api", API[1]])["token"].clone();
    let gateway = gateway.as_str().unwrap();
    let backup = tempfile::tempdir().unwrap();
    let to = backup.path().join("books");
    let to = to.to_str().unwrap();

    // While calls go on, and with the folder of one node or the other.
    let (load, callers) = Load::begin(&nodes, &customers);
    let mut points = Vec::new();
    for node in &nodes {
        load.goes_on(STEP).await;
        let before = load.told();
        let point = json_of(node.data.path(), &theirs, &["backup", to]);
        assert_eq!(point["shards"], SHARDS, "{point}");
        assert!(point["new_records"].as_u64().unwrap() > 0, "{point}");
        points.push((point, before));
    }
    load.is_over.store(true, Ordering::SeqCst);
    callers.join_all().await;
    away_from_the_hour().await;
    let charge = async |node: &Server| -> Value {
        let request = http.post(format!("{}/v1/charges/charge", node.url)).bearer_auth(gateway);
        request.json(&work("customer-0", "order-1")).send().await.unwrap().json().await.unwrap()
    };
    let ordered = charge(&nodes[1]).await;
    assert_eq!(ordered["repeated"], false);
    let names: Vec<String> = customers.iter().map(|customer| customer.name().to_owned()).collect();
    let all: Vec<Value> = names.iter().map(|name| figures(&nodes[0], name)).collect();
    let last = json_of(nodes[1].data.path(), &theirs, &["backup", to]);
    let listed = json_of(nodes[1].data.path(), &theirs, &["restore", to, "--list"]);
    assert_eq!(listed["points"].as_array().unwrap().len(), 3);
    nodes[0].json(&["account", "create", "late"]);
    assert_eq!(customers[0].call(&http, &nodes[0]).send().await.unwrap().status(), StatusCode::OK);
    nodes.iter_mut().for_each(Server::kill);
    drop(nodes);

    let fresh = empty(&cluster, "fresh");
    let folder = data_folder();
    let told = json_of(folder.path(), &fresh, &["restore", to]);
    assert_eq!((&told["point"], &told["holds"]), (&last["point"], &json!(true)), "{told}");
    assert_eq!((&told["accounts"], &told["has_key"]), (&json!(CUSTOMERS), &json!(true)), "{told}");
    let proved = json_of(folder.path(), &fresh, &["verify"]);
    assert_eq!((&proved["shards"], &proved["accounts"]), (&json!(SHARDS), &json!(CUSTOMERS)), "{proved}");
    let twice = backup.path().join("twice");
    let said = refused(&twice, &fresh, &["restore", to]);
    assert!(said.contains("the database has books") && !twice.exists(), "{said}");

    let one = node_on(folder, &fresh).await;
    let other = node_on(node_folder(Some(one.data.path())), &fresh).await;
    settled(&[&one, &other]).await;
    let mut nodes = [one, other];
    for (at, (name, before)) in names.iter().zip(&all).enumerate() {
        assert_eq!(&figures(&nodes[at % 2], name), before);
    }
    // Names are taken that were, and free that were taken later.
    let said = String::from_utf8(nodes[1].run(&["account", "create", "CUSTOMER-3"]).stderr).unwrap();
    assert!(said.contains("another name"), "{said}");
    nodes[1].json(&["account", "create", "late"]);
    // Tokens, keys and what was charged by key are as they were.
    let again = charge(&nodes[0]).await;
    assert_eq!((&again["charge_id"], &again["repeated"]), (&ordered["charge_id"], &json!(true)));
    for (at, customer) in customers.iter().enumerate() {
        let node = &nodes[at % 2];
        assert_eq!(customer.call(&http, node).send().await.unwrap().status(), StatusCode::OK);
        let text = |name: &str| customer.account[name].as_str().unwrap();
        let (path, host) = ("/v3/projects", node.url.strip_prefix("http://").unwrap());
        let headers = headers_of((text("access_key"), text("secret_key")), "GET", path, host, b"");
        let response = http.get(format!("{}{path}", node.url)).headers(headers).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
    }
    // The books go on, and so does their backup.
    let next = json_of(nodes[0].data.path(), &fresh, &["backup", to]);
    assert!(next["new_records"].as_u64().unwrap() >= CUSTOMERS as u64, "{next}");
    for node in &mut nodes {
        assert!(node.stop().success());
        node.json(&["verify"]);
    }

    for (number, (point, before)) in points.iter().enumerate() {
        let early = empty(&cluster, &format!("early_{number}"));
        let folder = data_folder();
        let at = point["made_at"].as_str().unwrap();
        let told = json_of(folder.path(), &early, &["restore", to, "--at", at]);
        assert_eq!((&told["point"], &told["holds"]), (&point["point"], &json!(true)), "{told}");
        let node = node_on(folder, &early).await;
        let mut later = 0;
        for ((name, before), all) in names.iter().zip(before).zip(&all) {
            let charged: BTreeSet<String> = charges(&node, name).into_iter().collect();
            assert!(
                before.is_subset(&charged),
                "a charge that was answered is not in the backup made after it"
            );
            later += all["charges"].as_array().unwrap().len() - charged.len();
        }
        assert!(later > 0);
        node.json(&["verify"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_one_shard_goes_on_when_there_are_more() {
    let Some(cluster) = database().await else { return };
    let theirs = cluster.database();
    let address = theirs.clone();
    let alone = tokio::task::spawn_blocking(move || Server::in_database(fresh_folder(), &address));
    let mut alone = alone.await.unwrap();
    alone.json(&["account", "create", "alice"]);
    let room = tempfile::tempdir().unwrap();
    let to = room.path().join("books");
    let to = to.to_str().unwrap();
    let first = json_of(alone.data.path(), &theirs, &["backup", to]);
    assert!(first["shards"].is_null(), "{first}");
    assert!(alone.stop().success());

    let node = started(node_folder(Some(alone.data.path())), &cluster).await;
    for at in 0..CUSTOMERS {
        node.json(&["account", "create", &format!("customer-{at}")]);
    }
    let second = json_of(node.data.path(), &theirs, &["backup", to]);
    assert_eq!(second["shards"], SHARDS, "{second}");
    // Nobody takes the folder for that of one shard any more.
    let here = Server::start(true);
    let said = refused(here.data.path(), &theirs, &["backup", to]);
    assert!(said.contains("a backup of other books"), "{said}");

    let fresh = empty(&cluster, "fresh");
    let at = first["made_at"].as_str().unwrap();
    for (at, made, accounts) in [(Some(at), &first, 1), (None, &second, CUSTOMERS + 1)] {
        let folder = room.path().join(made["point"].as_str().unwrap());
        let at: Vec<&str> = at.iter().flat_map(|at| ["--at", at]).collect();
        let told = json_of(&folder, &fresh, &[&["restore", to], &at[..]].concat());
        assert_eq!((&told["point"], &told["accounts"]), (&made["point"], &json!(accounts)), "{told}");
        assert_eq!(folder.join("database.copy").exists(), accounts > 1);
    }
}
