//! `inkmeter backup` while customers call, the machine gone, and `inkmeter restore` elsewhere.

use std::collections::HashSet;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::callers::{Called, Refused, Tally, call_on};
use crate::customer::{API, Customer};
use crate::server::{INKMETER, Server, data_folder};

const CALLERS: usize = 8;
/// How many more answers there are before each backup.
const STEPS: [usize; 3] = [50, 200, 400];

/// The ids of all charges of alice.
fn charged(server: &Server) -> HashSet<String> {
    let id = |charge: &Value| charge["request_id"].as_str().unwrap().to_owned();
    server.charges("alice").iter().map(id).collect()
}

/// A customer who has paid.
async fn customer() -> Customer {
    let customer = Customer::open("V5", "intl").await;
    customer.server.json(&["top-up", "alice", "100000"]);
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    customer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_before_a_backup_is_in_it() {
    let mut customer = customer().await;
    let backup = tempfile::tempdir().unwrap();
    let to = backup.path().join("books");
    let (mut callers, mut points) = (JoinSet::new(), Vec::new());
    for step in STEPS {
        let tally = Tally::with_goal(step);
        for _ in 0..CALLERS {
            let called = Called { url: customer.path("cn-north-4"), token: customer.token.clone() };
            callers.spawn(call_on(customer.http.clone(), called, Refused::Stops, Arc::clone(&tally)));
        }
        tally.reached().await;
        let before = charged(&customer.server);
        assert!(before.len() >= step);
        let point = customer.server.json(&["backup", to.to_str().unwrap()]);
        assert!(point["new_records"].as_u64().unwrap() > 0, "{point}");
        points.push((point, before));
    }
    customer.server.kill();
    while callers.join_next().await.is_some() {}
    let listed = customer.server.json(&["restore", to.to_str().unwrap(), "--list"]);
    assert_eq!(listed["points"].as_array().unwrap().len(), STEPS.len());

    // The machine is gone with its folder.
    let lost = std::mem::replace(&mut customer.server, Server::start(true));
    let config = std::fs::read(lost.data.path().join("config.toml")).unwrap();
    std::fs::remove_dir_all(lost.data.path()).unwrap();
    let (mut sizes, token) = (Vec::new(), customer.token.clone());
    for (point, before) in &points {
        let folder = data_folder();
        let to_folder = folder.path().to_str().unwrap().to_owned();
        // The name has the milliseconds that `--at` needs to tell points of one second apart.
        let name = point["point"].as_str().unwrap();
        let (date, time) = name.split_once('T').unwrap();
        let at = format!(
            "{}-{}-{}T{}:{}:{}",
            &date[..4],
            &date[4..6],
            &date[6..],
            &time[..2],
            &time[2..4],
            &time[4..]
        );
        let restore = ["--data", &to_folder, "restore", to.to_str().unwrap(), "--at", &at, "--json"];
        let output = Command::new(INKMETER).args(restore).output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&told["holds"], &told["point"]), (&Value::from(true), &point["point"]), "{told}");
        assert_eq!(std::fs::read(folder.path().join("config.toml")).unwrap(), config);
        customer.server = Server::on(folder);
        let charges = charged(&customer.server);
        assert!(before.is_subset(&charges), "a charge that was answered is not in the backup made after it");
        sizes.push(charges.len());
        // Tokens and keys are as they were, and the books go on.
        customer.token.clone_from(&token);
        customer.charged().await;
        customer.renew_token().await;
        customer.charged().await;
        assert_eq!(customer.server.json(&["verify"])["holds"], true);
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[2], "{sizes:?}");
}
