//! Nodes: several servers on one database, each with some of the accounts, that answer as one.

mod backup;
mod backup_faults;
mod faults;
mod one_server;
mod rotation;
mod strangers;

use std::path::Path;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::customer::{API, PIXEL, token_of};
use crate::databases::{cluster, fresh_folder};
use crate::server::Server;

pub const SHARDS: usize = 6;
/// The origin of pages that may read answers.
pub const PAGE: &str = "https://pages.example.com";

/// A folder for a node of its own machine, with what all nodes of a database have alike.
pub fn node_folder(like: Option<&Path>) -> tempfile::TempDir {
    let folder = fresh_folder();
    let path = folder.path().join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    assert!(config.contains("shards = 1"));
    let config = config.replace("shards = 1", &format!("shards = {SHARDS}"));
    assert!(config.contains("cors_origins = []"));
    std::fs::write(path, config.replace("cors_origins = []", &format!("cors_origins = [\"{PAGE}\"]")))
        .unwrap();
    for file in ["master.key", "operator.token"] {
        if let Some(like) = like {
            std::fs::copy(like.join(file), folder.path().join(file)).unwrap();
        }
    }
    folder
}

/// Nodes of a fresh database, which share what there is.
pub async fn nodes(database: &Cluster, count: usize) -> Vec<Server> {
    let mut nodes = vec![started(node_folder(None), database).await];
    for _ in 1..count {
        let folder = node_folder(Some(nodes[0].data.path()));
        nodes.push(started(folder, database).await);
    }
    settled(&nodes.iter().collect::<Vec<_>>()).await;
    nodes
}

/// One more node.
pub async fn started(folder: tempfile::TempDir, database: &Cluster) -> Server {
    let database = database.database();
    tokio::task::spawn_blocking(move || Server::node(folder, &database)).await.unwrap()
}

pub fn http() -> Client {
    Client::builder().no_proxy().tls_certs_only([]).timeout(Duration::from_secs(60)).build().unwrap()
}

/// Which shards a node has.
pub async fn shards_of(http: &Client, node: &Server) -> Vec<usize> {
    let Ok(response) = http.get(format!("{}/readyz", node.url)).send().await else { return Vec::new() };
    let text = response.text().await.unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("shards here: ")).unwrap_or_default();
    line.split(' ').filter_map(|shard| shard.parse().ok()).collect()
}

/// Waits until these nodes have all shards, and about as many each.
pub async fn settled(nodes: &[&Server]) {
    let http = http();
    for _ in 0..600 {
        let mut all = Vec::new();
        let mut counts = Vec::new();
        for node in nodes {
            let shards = shards_of(&http, node).await;
            counts.push(shards.len());
            all.extend(shards);
        }
        all.sort_unstable();
        let (least, most) = (SHARDS / nodes.len(), SHARDS.div_ceil(nodes.len()));
        if all == (0..SHARDS).collect::<Vec<_>>() && counts.iter().all(|count| (least..=most).contains(count))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the nodes do not come to rest");
}

/// A customer, by whatever node.
pub struct Customer {
    pub account: Value,
    pub token: String,
}

impl Customer {
    /// Opened at one node, with money and an API enabled at another.
    pub async fn open(http: &Client, name: &str, [one, other]: [&Server; 2]) -> Customer {
        let account = one.json(&["account", "create", name, "--policy", "intl"]);
        assert!(other.run(&[&["subscribe", name], &API[..]].concat()).status.success());
        other.json(&["top-up", name, "5000"]);
        let token = token_of(http, &other.url, &account).await;
        Customer { account, token }
    }

    pub fn name(&self) -> &str {
        self.account["name"].as_str().unwrap()
    }

    /// A call by its token at a node.
    pub fn call(&self, http: &Client, node: &Server) -> RequestBuilder {
        let project = self.account["projects"]["cn-north-4"].as_str().unwrap();
        let url = format!("{}/v2/{project}/ocr/general-text", node.url);
        http.post(url).header("x-auth-token", &self.token).json(&json!({ "image": PIXEL }))
    }
}

/// What a gateway asks of a node.
pub fn work(name: &str, key: &str) -> Value {
    json!({ "account": name, "key": key, "api": API[1], "region": API[3] })
}

/// The ids of an account's charges, in order.
pub fn charges(node: &Server, name: &str) -> Vec<String> {
    let rows = node.charges(name);
    let mut ids: Vec<String> = rows.iter().map(|row| row["charge_id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// Another database, if PostgreSQL is there.
pub async fn database() -> Option<Cluster> {
    cluster().await
}
