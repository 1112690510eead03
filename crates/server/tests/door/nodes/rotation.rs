//! The key of all nodes is rotated while none of them runs.

use reqwest::{Client, StatusCode};

use super::{Customer, database, http, nodes};
use crate::inside::headers_of;
use crate::keys::{in_database, key};
use crate::server::Server;

const CUSTOMERS: usize = 6;
const ROTATE: [&str; 2] = ["master-key", "rotate"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_all_shards_is_rotated_while_no_node_runs() {
    let Some(database) = database().await else { return };
    let mut nodes = nodes(&database, 2).await;
    let (database, http) = (database.database(), http());
    let mut customers = Vec::new();
    for at in 0..CUSTOMERS {
        customers.push(Customer::open(&http, &format!("customer-{at}"), [&nodes[0], &nodes[1]]).await);
    }
    sign(&http, &nodes[0], &customers).await;
    let folders = [&nodes[0], &nodes[1]].map(|node| node.data.path().to_owned());
    let before = key(&folders[0]);
    assert!(nodes[1].stop().success());
    // The other one has all shards by now, or takes them soon.
    let (done, said) = in_database(&folders[1], &database, &ROTATE);
    assert!(!done && said.contains("stop it first"), "{said}");
    assert!(nodes[0].stop().success());
    let (done, said) = in_database(&folders[0], &database, &ROTATE);
    assert!(done && said.contains(&format!("{CUSTOMERS} secrets sealed")), "{said}");
    assert_ne!(key(&folders[0]), before);

    let serve = ["serve", "--listen", "127.0.0.1:0", "--cluster-listen", "127.0.0.1:0"];
    let (served, said) = in_database(&folders[1], &database, &serve);
    assert!(!served && said.contains("master.key"), "{said}");
    std::fs::copy(folders[0].join("master.key"), folders[1].join("master.key")).unwrap();
    nodes.iter_mut().for_each(Server::restart);
    for node in &nodes {
        sign(&http, node, &customers).await;
    }
}

/// Everybody's signature is taken.
async fn sign(http: &Client, node: &Server, customers: &[Customer]) {
    for customer in customers {
        let text = |name: &str| customer.account[name].as_str().unwrap();
        let (path, host) = ("/v3/projects", node.url.strip_prefix("http://").unwrap());
        let headers = headers_of((text("access_key"), text("secret_key")), "GET", path, host, b"");
        let response = http.get(format!("{}{path}", node.url)).headers(headers).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
    }
}
