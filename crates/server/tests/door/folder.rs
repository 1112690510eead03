//! What a data folder goes through: files that are lost or empty, a configuration that is edited.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use server::config::DEFAULTS;

use crate::customer::{API, Customer};
use crate::server::{BLANK, INKMETER, Server};

/// Starts a server that must not come up; what it says.
fn refused(data: &Path) -> String {
    let mut command = Command::new(INKMETER);
    command.arg("--data").arg(data).args(["serve", "--listen", "127.0.0.1:0", "--clock", "manual"]);
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

async fn served_once() -> Customer {
    let customer = Customer::open("V0", "intl").await;
    customer.server.json(&["top-up", "alice", "1"]);
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    customer.charged().await;
    customer
}

#[tokio::test]
async fn what_is_lost_is_not_replaced_without_a_word() {
    let mut customer = served_once().await;
    customer.server.kill();
    let data = customer.server.data.path().to_owned();
    for (file, told) in [
        ("journal", "Restore the whole folder"),
        ("directory.db", "Restore the whole folder"),
        ("master.key", "master-key new"),
    ] {
        let (here, away) = (data.join(file), data.join(format!("{file}.away")));
        std::fs::rename(&here, &away).unwrap();
        let said = refused(&data);
        assert!(said.contains(told) && said.contains(file), "{file}: {said}");
        let made = std::fs::metadata(&here);
        assert!(file != "master.key" || made.is_err(), "a new key was made");
        if here.is_dir() {
            std::fs::remove_dir_all(&here).unwrap();
        } else {
            let _ = std::fs::remove_file(&here);
        }
        std::fs::rename(&away, &here).unwrap();
    }
    customer.server.restart();
    customer.charged().await;
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
}

#[tokio::test]
async fn an_empty_token_file_opens_nothing() {
    let mut server = Server::start(true);
    let path = server.data.path().join("operator.token");
    let accounts = |server: &Server| format!("{}/v1/admin/accounts", server.url);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    for authorization in [None, Some(""), Some("Bearer "), Some("Bearer x")] {
        let mut request = http.get(accounts(&server));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{authorization:?}");
    }
    server.kill();
    std::fs::write(&path, "").unwrap();
    assert!(refused(server.data.path()).contains("holds no token"));
    std::fs::remove_file(&path).unwrap();
    server.restart();
    let request = http.get(accounts(&server)).bearer_auth(server.operator_token());
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_edited_configuration_leaves_the_past_as_it_was() {
    let with = |edit: &str| format!("{}\n{edit}", DEFAULTS.replace(BLANK.0, BLANK.1));
    let terms: String =
        (0..6).map(|tier| format!("terms.V{tier} = {{ grace_days = 15, retention_days = 15 }}\n")).collect();
    let delay = |minutes: u32| {
        with(&format!("[policies.intl]\nsettlement_delay_minutes = {minutes}\nhold_s = 600\n{terms}"))
    };
    let mut customer = Customer::with(Server::with_config(&delay(7)), "V0", "intl").await;
    customer.server.json(&["top-up", "alice", "5"]);
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    // One hour is settled by each delay, and one is open when the delay changes.
    for minutes in [9, 5, 7] {
        customer.charged().await;
        customer.server.json(&["clock", "advance", "61m"]);
        customer.renew_token().await;
        customer.charged().await;
        customer.server.kill();
        std::fs::write(customer.server.data.path().join("config.toml"), delay(minutes)).unwrap();
        customer.server.restart();
        customer.renew_token().await;
        customer.server.json(&["clock", "advance", "2h"]);
        customer.renew_token().await;
        assert_eq!(customer.server.json(&["verify"])["holds"], true, "{minutes}");
    }
    // Without the configuration the rulebook knows; and verifying writes none.
    customer.server.kill();
    let config = customer.server.data.path().join("config.toml");
    let edited = delay(7).replace("unit_price = \"0.05\"", "unit_price = \"0.07\"");
    std::fs::remove_file(&config).unwrap();
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
    assert!(!config.exists());
    // A price that calls were charged by cannot be edited.
    std::fs::write(&config, edited).unwrap();
    let said = refused(customer.server.data.path());
    assert!(said.contains("version 1") && said.contains("0.05") && said.contains("later date"), "{said}");
}

#[tokio::test]
async fn what_is_made_from_the_journal_can_be_made_anew() {
    let mut customer = served_once().await;
    let data = customer.server.data.path().to_owned();
    // The read model, lost under a running server: nothing to compare is no proof.
    std::fs::remove_file(data.join("read.db")).unwrap();
    let said = customer.server.run(&["verify"]);
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(!said.status.success() && text.contains("start it again"), "{text}");
    customer.server.kill();
    customer.server.restart();
    assert_eq!(customer.server.json(&["verify"])["holds"], true);

    // A snapshot that a disk has damaged: the start passes it over, and verifying says what to do.
    assert!(customer.server.stop().success());
    let snapshots = || {
        let files = std::fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.to_str().unwrap().contains("snapshot-")).collect::<Vec<_>>()
    };
    for snapshot in snapshots() {
        let mut bytes = std::fs::read(&snapshot).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&snapshot, bytes).unwrap();
    }
    assert!(!snapshots().is_empty(), "a stop leaves a snapshot");
    let said = customer.server.run(&["verify"]);
    let text = String::from_utf8(said.stdout).unwrap();
    let named = snapshots().into_iter().find(|path| text.contains(path.to_str().unwrap()));
    assert!(!said.status.success() && text.contains("remove"), "{text}");
    customer.server.restart();
    customer.renew_token().await;
    customer.charged().await;
    std::fs::remove_file(named.expect(&text)).unwrap();
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
}

/// The journal's last segment.
fn last_segment(data: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "segment")).max().unwrap()
}

#[tokio::test]
async fn an_acknowledged_top_up_does_not_vanish_without_a_word() {
    let mut customer = served_once().await;
    let data = customer.server.data.path().to_owned();
    let cash = |customer: &Customer| customer.show()["cash"].to_string();
    customer.server.json(&["top-up", "alice", "2"]);
    let before = cash(&customer);
    let older = std::fs::read(last_segment(&data)).unwrap();
    customer.server.json(&["top-up", "alice", "4"]);
    // Whoever asks is told of what the read model has.
    customer.server.charges("alice");
    customer.server.kill();

    let whole = std::fs::read(last_segment(&data)).unwrap();
    let mut flipped = whole.clone();
    let last = flipped.iter().rposition(|byte| *byte != 0).unwrap();
    flipped[last] ^= 1;
    for journal in [flipped, older] {
        std::fs::write(last_segment(&data), &journal).unwrap();
        for _ in 0..2 {
            let said = refused(&data);
            assert!(said.contains("read.db") && said.contains("accept-loss"), "{said}");
        }
        assert!(std::fs::read(last_segment(&data)).unwrap() == journal, "nothing was cut off");
        let said = String::from_utf8(customer.server.run(&["verify"]).stdout).unwrap();
        assert!(said.contains("acknowledged are missing"), "{said}");
    }
    // Restored, it goes on; and there is nothing to accept.
    std::fs::write(last_segment(&data), whole).unwrap();
    assert_eq!(customer.server.json(&["accept-loss"])["set_aside"], serde_json::json!([]));
    customer.server.restart();
    let all = cash(&customer);
    assert_ne!(all, before);
    customer.server.charges("alice");

    // Lost for good, and accepted. The outbox is evidence too.
    customer.server.kill();
    let mut flipped = std::fs::read(last_segment(&data)).unwrap();
    let last = flipped.iter().rposition(|byte| *byte != 0).unwrap();
    flipped[last] ^= 1;
    std::fs::write(last_segment(&data), flipped).unwrap();
    let outbox = ledger::outbox::Outbox::open(&data.join("outbox.db")).unwrap();
    outbox.take_in(&[], 1_000, 0).unwrap();
    drop(outbox);
    std::fs::rename(data.join("read.db"), data.join("read.db.away")).unwrap();
    let said = refused(&data);
    assert!(said.contains("outbox.db has seen 1000 notices") && said.contains("accept-loss"), "{said}");
    std::fs::rename(data.join("read.db.away"), data.join("read.db")).unwrap();
    let accepted = customer.server.json(&["accept-loss"]);
    assert_eq!(accepted["outbox_begins_anew"], true);
    assert!(accepted["set_aside"][0]["set_aside"].as_str().unwrap().ends_with("lost-read.db"), "{accepted}");
    customer.server.restart();
    customer.renew_token().await;
    assert_eq!(cash(&customer), before);
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
}
