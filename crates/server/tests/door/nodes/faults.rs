//! Nodes come and go, are killed, frozen and cut off: callers go on, and every acknowledged charge is in the books once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Customer, charges, database, http, node_folder, nodes, settled, started, work};
use crate::cluster::Cluster;
use crate::customer::API;
use crate::server::{INKMETER, Server};
use crate::waiting::in_time;

const CALLERS: usize = 16;
const CUSTOMERS: usize = 12;

/// What all callers share.
struct Load {
    token: String,
    names: Vec<String>,
    urls: Mutex<Vec<String>>,
    answered: AtomicUsize,
    is_over: AtomicBool,
    /// How often one key was answered with an error, at most.
    errors: AtomicUsize,
}

/// A charge that was acknowledged: whose, and its id.
type Told = (String, String);

impl Load {
    fn begin(token: String, names: Vec<String>, nodes: &[Server]) -> (Arc<Load>, JoinSet<Vec<Told>>) {
        let load = Arc::new(Load {
            token,
            names,
            urls: Mutex::new(nodes.iter().map(|node| node.url.clone()).collect()),
            answered: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            errors: AtomicUsize::new(0),
        });
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let load = Arc::clone(&load);
            callers.spawn(async move {
                let (http, mut told) = (http(), Vec::new());
                while !load.is_over.load(Ordering::SeqCst) {
                    let name = &load.names[(caller * 7 + told.len() * 5) % load.names.len()];
                    let key = format!("{caller}-{}", told.len());
                    let id = load.charged_at_last(&http, name, &key, caller + told.len()).await;
                    told.push((name.clone(), id));
                }
                told
            });
        }
        (load, callers)
    }

    /// The id of a key's charge, as soon as a node tells it. After an error another node is asked.
    async fn charged_at_last(&self, http: &Client, name: &str, key: &str, mut at: usize) -> String {
        for errors in 0.. {
            self.errors.fetch_max(errors, Ordering::SeqCst);
            let url = {
                let urls = self.urls.lock().unwrap();
                format!("{}/v1/charges/charge", urls[at % urls.len()])
            };
            at += 1;
            let request = http.post(url).bearer_auth(&self.token).json(&work(name, key));
            match request.send().await {
                Ok(response) if response.status() == 200 => {
                    let Ok(answer) = response.json::<Value>().await else { continue };
                    self.answered.fetch_add(1, Ordering::SeqCst);
                    return answer["charge_id"].as_str().unwrap().to_owned();
                }
                Ok(response) => {
                    assert!(response.status().as_u16() >= 500, "{}", response.text().await.unwrap())
                }
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        unreachable!("it goes on until it is answered")
    }

    /// Waits until so many more are answered.
    async fn goes_on(&self, more: usize) {
        let until = self.answered.load(Ordering::SeqCst) + more;
        let answered = async {
            while self.answered.load(Ordering::SeqCst) < until {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        in_time("callers are answered", answered).await;
    }

    fn serves(&self, nodes: &[Server]) {
        *self.urls.lock().unwrap() = nodes.iter().map(|node| node.url.clone()).collect();
    }

    /// Ends, and checks that the books have what was acknowledged, once, and nothing else.
    async fn check(&self, mut callers: JoinSet<Vec<Told>>, node: &Server) -> usize {
        self.is_over.store(true, Ordering::SeqCst);
        let mut told = Vec::new();
        while let Some(of_caller) = callers.join_next().await {
            told.extend(of_caller.unwrap());
        }
        for name in &self.names {
            let mut expected: Vec<String> =
                told.iter().filter(|(whose, _)| whose == name).map(|(_, id)| id.clone()).collect();
            expected.sort();
            assert_eq!(charges(node, name), expected, "{name}");
        }
        told.len()
    }
}

async fn customers(http: &Client, nodes: &[Server]) -> (Vec<String>, String) {
    let mut names = Vec::new();
    for at in 0..CUSTOMERS {
        let around = [&nodes[at % nodes.len()], &nodes[(at + 1) % nodes.len()]];
        names.push(Customer::open(http, &format!("customer-{at}"), around).await.name().to_owned());
    }
    let made = nodes[0].json(&["gateway", "new", "front", "--api", API[1]]);
    (names, made["token"].as_str().unwrap().to_owned())
}

async fn stopped(mut node: Server) -> Server {
    tokio::task::spawn_blocking(move || {
        assert!(node.stop().success());
        node
    })
    .await
    .unwrap()
}

async fn cut(database: &Cluster) {
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| scope.spawn(|| database.cut_connections()).join().unwrap())
    });
}

/// A node more takes its share, a node less leaves its own, and no caller hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_come_and_go_unnoticed() {
    let Some(database) = database().await else { return };
    let mut all = nodes(&database, 2).await;
    let http = http();
    let (names, token) = customers(&http, &all).await;
    let failures = Arc::new(AtomicUsize::new(0));
    let (load, callers) = Load::begin(token, names, &all[..1]);
    // Who asks the node that stays is answered, whatever the others do; also one who does not ask twice.
    let mut watcher = JoinSet::new();
    {
        let (load, failures) = (Arc::clone(&load), Arc::clone(&failures));
        let (url, operator) = (all[0].url.clone(), all[0].operator_token());
        watcher.spawn(async move {
            let http = self::http();
            while !load.is_over.load(Ordering::SeqCst) {
                for name in &load.names {
                    let request = http.get(format!("{url}/v1/admin/accounts/{name}")).bearer_auth(&operator);
                    let status = request.send().await.map(|response| response.status().as_u16());
                    if !matches!(status, Ok(200)) {
                        failures.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
        });
    }
    load.goes_on(100).await;
    all.push(started(node_folder(Some(all[0].data.path())), &database).await);
    settled(&all.iter().collect::<Vec<_>>()).await;
    load.goes_on(100).await;
    let left = stopped(all.remove(1)).await;
    settled(&all.iter().collect::<Vec<_>>()).await;
    load.goes_on(100).await;
    // What it had is whole, and what it lacks now it fetches when it comes back.
    left.json(&["verify"]);
    load.check(callers, &all[1]).await;
    watcher.join_all().await;
    assert_eq!(failures.load(Ordering::SeqCst), 0);
}

/// One that can open no shard keeps none from the others, and says what is wrong; one whose prices are none does not even join.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_can_serve_nothing_is_in_nobodys_way() {
    let Some(database) = database().await else { return };
    let all = nodes(&database, 2).await;
    let http = http();
    let (names, token) = customers(&http, &all).await;
    let (load, callers) = Load::begin(token, names, &all);
    let folder = node_folder(Some(all[0].data.path()));
    std::fs::write(folder.path().join("shards"), "no folder").unwrap();
    let broken = started(folder, &database).await;
    let readiness = async || http.get(format!("{}/readyz", broken.url)).send().await.unwrap();
    while readiness().await.status() == 200 {
        load.goes_on(10).await;
    }
    let told = readiness().await.text().await.unwrap();
    assert!(told.contains("cannot be served here") && told.contains("shards"), "{told}");
    // What it was given is back, and it answers for all as every node does.
    settled(&all.iter().collect::<Vec<_>>()).await;
    let broken = [broken];
    load.serves(&broken);
    load.goes_on(100).await;
    load.check(callers, &all[1]).await;

    let folder = node_folder(Some(all[0].data.path()));
    let path = folder.path().join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    assert!(config.contains("unit_price = \"0.05\""), "the price of general-text");
    std::fs::write(&path, config.replace("unit_price = \"0.05\"", "unit_price = \"0.07\"")).unwrap();
    let mut command = std::process::Command::new(INKMETER);
    command.arg("--data").arg(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]);
    command.env("INKMETER_DATABASE", database.database()).env("INKMETER_CLUSTER_LISTEN", "127.0.0.1:0");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("price"), "{told}");
    settled(&all.iter().collect::<Vec<_>>()).await;
}

/// Three nodes lose one after the other what they have: by kill -9, by being frozen for longer than a lease, by being cut off
/// from the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_go_on_whatever_becomes_of_nodes() {
    let Some(database) = database().await else { return };
    let mut all = nodes(&database, 3).await;
    let http = http();
    let (names, token) = customers(&http, &all).await;
    let (load, callers) = Load::begin(token, names, &all);
    for fault in 0..6 {
        load.goes_on(150).await;
        let mut node = all.remove(fault % 3);
        load.serves(&all);
        match fault % 3 {
            0 => {
                node.kill();
                load.goes_on(50).await;
                node = tokio::task::spawn_blocking(move || {
                    node.restart();
                    node
                })
                .await
                .unwrap();
            }
            1 => {
                node.freeze();
                // Longer than its leases; others take what it had.
                settled(&all.iter().collect::<Vec<_>>()).await;
                load.goes_on(50).await;
                node.signal("CONT");
            }
            _ => cut(&database).await,
        }
        all.push(node);
        settled(&all.iter().collect::<Vec<_>>()).await;
        load.serves(&all);
    }
    load.goes_on(100).await;
    let told = load.check(callers, &all[0]).await;
    assert!(told > 1_000, "{told}");
    // A node that dies cannot answer; whoever asks again, asks another one, which waits for somebody to have the shard.
    let errors = load.errors.load(Ordering::SeqCst);
    assert!(errors <= 1, "a caller was told {errors} times to try again");
    for node in all {
        let node = stopped(node).await;
        node.json(&["verify"]);
    }
}
