//! A backup of all shards comes back as a whole or not at all: whatever it lacks, and whatever interrupts it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use postgres::{Client, NoTls};
use serde_json::{Value, json};

use super::backup::{CUSTOMERS, empty, json_of, refused};
use super::{Customer, SHARDS, database, http, node_folder, nodes};
use crate::server::{INKMETER, Server};

/// How often a restore is killed.
const KILLS: u64 = 16;

/// How many rows the database has of what books are made of.
fn rows(database: &str) -> i64 {
    let count = || {
        let mut client = Client::connect(database, NoTls).unwrap();
        let made = client.query_one("SELECT to_regclass('inkmeter_names') IS NOT NULL", &[]);
        if !made.unwrap().get::<_, bool>(0) {
            return 0;
        }
        let tables = ["shards", "records", "images", "names"];
        let count = |table| -> i64 {
            let count = client.query_one(&format!("SELECT count(*) FROM inkmeter_{table}"), &[]);
            count.unwrap().get(0)
        };
        tables.map(count).iter().sum()
    };
    std::thread::scope(|scope| scope.spawn(count).join().unwrap())
}

/// Changes a byte of a file.
fn damage(file: &Path, offset: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[offset] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_lacks_something_of_a_shard_is_not_restored_at_all() {
    let Some(cluster) = database().await else { return };
    let nodes = nodes(&cluster, 2).await;
    let (theirs, http) = (cluster.database(), http());
    for at in 0..CUSTOMERS {
        Customer::open(&http, &format!("customer-{at}"), [&nodes[0], &nodes[1]]).await;
    }
    let room = tempfile::tempdir().unwrap();
    let backup = room.path().join("books");
    let to = backup.to_str().unwrap();
    let data = nodes[0].data.path();
    let made = json_of(data, &theirs, &["backup", to]);
    let point = backup.join("points").join(made["point"].as_str().unwrap());
    let list: Value = serde_json::from_slice(&std::fs::read(point.join("point.json")).unwrap()).unwrap();
    assert_eq!(list["shards"], SHARDS);
    let others = list["others"].as_array().unwrap();
    let used = others.iter().find(|other| other["last_record"].as_u64().unwrap() > 0).unwrap();
    let segment = backup.join(format!("shards/{}/journal/00000000000000000001.segment", used["shard"]));

    let fresh = empty(&cluster, "fresh");
    let folder = room.path().join("restored");
    let restore = ["restore", to];
    let away = room.path().join("away");
    for (part, shard) in [
        (backup.join("shards/3/journal"), 3),
        (backup.join("shards/5"), 5),
        (point.join("shards/2"), 2),
        (backup.join("journal"), 0),
    ] {
        std::fs::rename(&part, &away).unwrap();
        let said = refused(&folder, &fresh, &restore);
        assert!(said.contains("6 shards") && said.contains(&format!("without shard {shard}")), "{said}");
        std::fs::rename(&away, &part).unwrap();
    }
    for (file, offset) in [(point.join("shards/1/directory.db"), 100), (segment, 100)] {
        let whole = std::fs::read(&file).unwrap();
        damage(&file, offset);
        let said = refused(&folder, &fresh, &restore);
        assert!(said.contains("damaged"), "{said}");
        std::fs::write(&file, whole).unwrap();
    }
    let listed = std::fs::read(point.join("point.json")).unwrap();
    let mut fewer = list.clone();
    fewer["others"].as_array_mut().unwrap().pop();
    std::fs::write(point.join("point.json"), fewer.to_string()).unwrap();
    let said = refused(&folder, &fresh, &restore);
    assert!(said.contains("there is no point"), "{said}");
    std::fs::write(point.join("point.json"), listed).unwrap();
    let said = refused(&folder, &theirs, &restore);
    assert!(said.contains("the database has books"), "{said}");
    let here = Server::start(true);
    let output = Command::new(INKMETER).arg("--data").arg(&folder).args(restore).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("6 shards") && said.contains("--database"), "{said}");
    assert!(!folder.exists() && !room.path().join("restored.unfinished").exists());
    // The tables were made, and there is nothing in them.
    assert_eq!(rows(&fresh), 0);

    // Whoever has another key, or books of its own, adds nothing.
    let stranger = node_folder(Some(data));
    damage(&stranger.path().join("master.key"), 0);
    let said = refused(stranger.path(), &theirs, &["backup", to]);
    assert!(said.contains("another master.key"), "{said}");
    let said = String::from_utf8(nodes[0].run(&["backup", to]).stderr).unwrap();
    assert!(said.contains("in several shards: name it"), "{said}");
    let said = refused(data, &fresh, &["backup", to]);
    assert!(said.contains("in another database"), "{said}");
    here.json(&["account", "create", "alice"]);
    here.json(&["top-up", "alice", "1"]);
    let own = room.path().join("own");
    let made = json_of(here.data.path(), &theirs, &["backup", own.to_str().unwrap()]);
    assert!(made["shards"].is_null() && own.join("journal").exists() && !own.join("shards").exists());
    let said = refused(here.data.path(), &theirs, &["backup", to]);
    assert!(said.contains("a backup of other books"), "{said}");

    // A folder with the nodes' key is enough, and what is not new is not copied again.
    let keys = node_folder(Some(data));
    let made = json_of(keys.path(), &theirs, &["backup", to, "--without-keys", "--keep", "1"]);
    assert_eq!((&made["new_records"], made["removed"].as_array().unwrap().len()), (&json!(0), 1), "{made}");
    let told = json_of(&folder, &fresh, &restore);
    assert_eq!((&told["holds"], &told["has_key"]), (&json!(true), &json!(false)), "{told}");
    assert!(rows(&fresh) > 0);
}

/// Killed at any moment, whatever it was doing: the database has all of it or nothing, and the next one goes through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_nothing_half() {
    let Some(cluster) = database().await else { return };
    let nodes = nodes(&cluster, 1).await;
    for at in 0..CUSTOMERS {
        nodes[0].json(&["account", "create", &format!("customer-{at}")]);
    }
    let room = tempfile::tempdir().unwrap();
    let backup = room.path().join("books");
    let to = backup.to_str().unwrap();
    json_of(nodes[0].data.path(), &cluster.database(), &["backup", to]);
    // How long one takes, and how much there is then.
    let begun = std::time::Instant::now();
    let whole = empty(&cluster, "whole");
    json_of(&room.path().join("whole"), &whole, &["restore", to]);
    let (took, all) = (begun.elapsed(), rows(&whole));

    let (mut half, mut nothing) = (0, 0);
    let mut fresh = empty(&cluster, "fresh");
    for round in 0..KILLS {
        let folder = room.path().join(format!("killed-{round}"));
        let mut command = Command::new(INKMETER);
        command.arg("--data").arg(&folder).args(["restore", to]).env("INKMETER_DATABASE", &fresh);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        // The later part, where the database is filled, more often.
        let at = took.mul_f64(0.5 + 0.6 * round as f64 / KILLS as f64);
        tokio::time::sleep(at).await;
        let _ = child.kill();
        child.wait().unwrap();
        // What it was sent last it may still do.
        tokio::time::sleep(Duration::from_millis(50)).await;
        match rows(&fresh) {
            0 => nothing += 1,
            there if there == all => fresh = empty(&cluster, &format!("fresh_{round}")),
            _ => half += 1,
        }
    }
    assert!(half == 0 && nothing > 0, "{half} half, {nothing} of {KILLS} killed in time");
    let told = json_of(&room.path().join("last"), &fresh, &["restore", to]);
    assert_eq!((&told["holds"], &told["accounts"]), (&json!(true), &json!(CUSTOMERS)), "{told}");
}
