//! What a data folder goes through: files that are lost or empty, a configuration that is edited.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use server::config::DEFAULTS;

use crate::customer::{API, Customer};
use crate::server::{BLANK, INKMETER, Server};

/// Starts a server that must not come up; what it says.
fn refused(data: &Path) -> String {
    fails(data, &["serve", "--listen", "127.0.0.1:0", "--clock", "manual"])
}

/// What a command says that must fail.
fn fails(data: &Path, command: &[&str]) -> String {
    let output = Command::new(INKMETER).arg("--data").arg(data).args(command).output().unwrap();
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
        ("rules.json", "Restore it from a backup"),
    ] {
        let (here, away) = (data.join(file), data.join(format!("{file}.away")));
        std::fs::rename(&here, &away).unwrap();
        let said = refused(&data);
        assert!(said.contains(told) && said.contains(file), "{file}: {said}");
        if file == "journal" {
            // Of no books at all every law would hold.
            let said = fails(&data, &["verify"]);
            assert!(said.contains(told), "{said}");
        } else if file == "directory.db" {
            std::fs::remove_file(&here).unwrap();
            let output = customer.server.run(&["verify"]);
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(!output.status.success() && said.contains("directory"), "{said}");
            assert!(!here.exists(), "whoever verifies makes nothing");
        }
        let made = std::fs::metadata(&here);
        assert!(!["master.key", "rules.json"].contains(&file) || made.is_err(), "a new {file} was made");
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
async fn a_key_file_of_other_books_is_told() {
    let mut customer = served_once().await;
    let ready = async |customer: &Customer| {
        let url = format!("{}/readyz", customer.server.url);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    };
    assert!(!ready(&customer).await.contains("key file"));
    customer.server.kill();
    let file = customer.server.data.path().join("master.key");
    let right = std::fs::read(&file).unwrap();
    std::fs::write(&file, [7; 32]).unwrap();
    customer.server.restart();
    assert!(ready(&customer).await.contains("put the file back"));
    customer.server.kill();
    std::fs::write(&file, right).unwrap();
    customer.server.restart();
    assert!(!ready(&customer).await.contains("key file"));
    customer.charged().await;
}

#[test]
fn a_clock_that_cannot_be_read_is_not_guessed() {
    let mut server = Server::start(true);
    server.json(&["clock", "advance", "400d"]);
    server.kill();
    let (data, path) = (server.data.path().to_owned(), server.data.path().join("clock"));
    let kept = std::fs::read_to_string(&path).unwrap();
    for damaged in ["", "\n", "soon", "17e11"] {
        std::fs::write(&path, damaged).unwrap();
        let said = refused(&data);
        assert!(said.contains("clock") && said.contains("remove it"), "{damaged:?}: {said}");
    }
    std::fs::write(&path, &kept).unwrap();
    server.restart();
    let now = server.json(&["clock", "show"])["now"].as_str().unwrap().to_owned();
    // It is shown in whole seconds.
    let kept_ms: i64 = kept.parse().unwrap();
    assert_eq!(charging::Timestamp::parse(&now).unwrap().ms(), kept_ms / 1000 * 1000);
}

#[test]
fn a_data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let open = |path: &Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let mut server = Server::start(true);
    let data = server.data.path().to_owned();
    server.kill();
    open(&data);
    server.restart();
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("master.key")), 0o600);

    // A folder with something else in it may be anybody's.
    let shared = tempfile::tempdir().unwrap();
    std::fs::write(shared.path().join("letter.txt"), "Dear Sir").unwrap();
    open(shared.path());
    let said = refused(shared.path());
    assert!(said.contains("chmod 700") && said.contains("letter.txt"), "{said}");
    assert_eq!(mode(shared.path()), 0o755);
    assert_eq!(std::fs::read_dir(shared.path()).unwrap().count(), 1, "nothing is made there");
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
    let said = refused(customer.server.data.path());
    assert!(said.contains("no such file") && said.contains("books") && said.contains("--config"), "{said}");
    assert!(!config.exists(), "no default prices for books that have others");
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

/// A configuration with prices of general text, and what else is given.
fn priced(versions: &[(u16, &str, &str)], more: &str) -> String {
    let version = |(version, from, price): &(u16, &str, &str)| {
        format!(
            "[[catalog.api.price]]\nversion = {version}\neffective_from = \"{from}\"\n\
             tiers = [{{ from_units = 0, unit_price = \"{price}\" }}]\n"
        )
    };
    let versions: String = versions.iter().map(version).collect();
    let apis = if versions.is_empty() { "" } else { "[[catalog.api]]\nname = \"general-text\"\n" };
    format!(
        "[ocr]\nengine = \"blank\"\n[catalog]\ncurrency = \"CNY\"\nregions = [\"cn-north-4\"]\npackage = []\n\
         {apis}{versions}{more}"
    )
}

const OTHER: &str = "[[catalog.api]]\nname = \"web-image\"\n[[catalog.api.price]]\nversion = 1\n\
                     effective_from = \"2020-01-01T00:00:00Z\"\n\
                     tiers = [{ from_units = 0, unit_price = \"0.10\" }]\n";
const BEGIN: &str = "2026-03-02T09:00:00+08:00";
const OLD: (u16, &str, &str) = (1, "2020-01-01T00:00:00Z", "0.05");
const NEW: (u16, &str, &str) = (2, "2026-03-02T11:00:00+08:00", "0.07");

/// The price a call is charged by is always one of the configuration, and nothing that was charged changes.
#[tokio::test]
async fn prices_begin_after_the_books_and_do_not_go_while_they_are_charged() {
    let config = priced(&[OLD], OTHER);
    let mut customer = Customer::with(Server::with_config_beginning(BEGIN, &config), "V0", "intl").await;
    let data = customer.server.data.path().to_owned();
    let write = |text: &str| std::fs::write(data.join("config.toml"), text).unwrap();
    customer.server.json(&["top-up", "alice", "5"]);
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    customer.charged().await;
    customer.server.kill();

    for from in ["2021-01-01T00:00:00Z", "2026-03-02T09:00:00+08:00"] {
        write(&priced(&[OLD, (2, from, "0.07")], OTHER));
        let said = refused(&data);
        assert!(said.contains("version 2") && said.contains("later date"), "{said}");
    }
    write(&priced(&[OLD], OTHER).replace("CNY", "USD"));
    let said = refused(&data);
    assert!(said.contains("CNY") && said.contains("USD"), "{said}");

    write(&priced(&[OLD, NEW], OTHER));
    customer.server.restart();
    customer.server.json(&["clock", "advance", "3h"]);
    customer.renew_token().await;
    customer.charged().await;
    let charges = customer.server.charges("alice");
    let amounts: Vec<_> = charges.iter().map(|row| row["amount"].to_string()).collect();
    assert_eq!(amounts, ["0.05", "0.07"]);
    customer.server.kill();

    write(&priced(&[OLD], OTHER));
    let said = refused(&data);
    assert!(said.contains("version 2") && said.contains("0.07") && said.contains("Put it back"), "{said}");
    // The one that is over may go.
    write(&priced(&[NEW], OTHER));
    customer.server.restart();
    customer.renew_token().await;
    customer.charged().await;
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
}

/// An API and a policy that left the configuration: nothing of the past is lost, nothing new is sold.
#[tokio::test]
async fn what_left_the_configuration_is_not_sold_any_more() {
    let terms: String =
        (0..6).map(|tier| format!("terms.V{tier} = {{ grace_days = 2, retention_days = 3 }}\n")).collect();
    let policy = format!("[policies.own]\n{terms}");
    let all = priced(&[OLD], &format!("{OTHER}{policy}"));
    let mut customer = Customer::with(Server::with_config_beginning(BEGIN, &all), "V0", "own").await;
    let data = customer.server.data.path().to_owned();
    let write = |text: &str| std::fs::write(data.join("config.toml"), text).unwrap();
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    customer.charged().await;
    customer.server.kill();

    write(&priced(&[], OTHER));
    customer.server.restart();
    customer.renew_token().await;
    let (status, _, reason) = customer.refused().await;
    assert_eq!((status, reason.as_str()), (404, "unknown_api"));
    let said = customer.server.run(&["account", "create", "bob", "--tier", "V0", "--policy", "own"]);
    assert!(!said.status.success() && String::from_utf8(said.stderr).unwrap().contains("no policy own"));
    // What was charged is settled, and by the account's own terms: two days of grace.
    customer.server.json(&["clock", "advance", "2h"]);
    assert_eq!(customer.show()["standing"], "grace");
    customer.server.json(&["clock", "advance", "47h"]);
    assert_eq!(customer.show()["standing"], "frozen");
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
    customer.server.kill();

    // It comes back as it was, and not otherwise.
    write(&all.replace("0.05", "0.50"));
    assert!(refused(&data).contains("version 1"), "edited while it was away");
    write(&all);
    customer.server.restart();
    customer.server.json(&["top-up", "alice", "5"]);
    customer.renew_token().await;
    customer.charged().await;
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
}

#[tokio::test]
async fn books_ahead_of_the_clock_say_so() {
    let mut alice = served_once().await;
    alice.server.json(&["clock", "advance", "400d"]);
    alice.renew_token().await;
    alice.charged().await;
    assert_eq!(alice.server.json(&["clock", "show"])["books"], serde_json::Value::Null);
    alice.server.stop();
    alice.server.restart_on("system");
    let clock = alice.server.json(&["clock", "show"]);
    let (now, books) = (clock["now"].as_str().unwrap(), clock["books"].as_str().unwrap());
    assert!(books > now, "{clock}");
    // What is shown and foretold is of that time.
    assert_eq!(alice.show()["now"], books);
    assert_eq!(alice.server.json(&["forecast", "alice"])["from"], books);
    let said = String::from_utf8(alice.server.run(&["clock", "show"]).stdout).unwrap();
    assert!(said.contains(books) && said.contains("ahead of this clock"), "{said}");
}
