//! The command line among other programs: readers that leave, servers that say nothing, output that is JSON.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use reqwest::StatusCode;
use serde_json::{Value, json};
use server::sign::Sign;
use wire::signature::format_date;

use crate::bad_input::signed;
use crate::customer::{API, Customer};
use crate::server::{INKMETER, Server, data_folder, picture};
use crate::wanted::wanted;

/// What a program ends with that SIGPIPE has ended.
const UNREAD: i32 = 128 + 13;

#[test]
fn a_reader_that_leaves_ends_the_command_in_silence() {
    let server = Server::start(true);
    server.json(&["account", "create", "alice"]);
    for command in [
        &["account", "list"][..],
        &["account", "list", "--json"],
        &["account", "show", "alice"],
        &["verify"],
        &["clock", "show"],
        &["forecast", "alice"],
        &["models", "check"],
        &["--help"],
    ] {
        let mut child = Command::new(INKMETER)
            .arg("--data")
            .arg(server.data.path())
            .args(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Nobody reads from the first byte on.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.is_empty(), "{command:?}: {said}");
        // clap prints the help, and takes no notice of who reads it.
        let expected = if command == ["--help"] { 0 } else { UNREAD };
        assert_eq!(output.status.code(), Some(expected), "{command:?}");
    }
}

#[test]
fn the_demo_ends_with_its_reader() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let mut child = Command::new(INKMETER)
        .args(["demo", "--folder"])
        .arg(scratch.path().join("demo"))
        .env("INKMETER_MODELS", models)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(UNREAD) && said.is_empty(), "{}: {said}", output.status);
}

/// What a shell makes of a variable that is not set: nothing, and never another command's answer.
#[test]
fn an_empty_argument_is_told() {
    let server = Server::start(true);
    assert!(server.run(&["account", "create", "alice"]).status.success());
    for command in [&["bill", "alice", "--month", ""][..], &["account", "show", ""], &["diagnose", ""]] {
        let output = server.run(command);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("is empty"), "{command:?}: {said}");
    }
}

#[test]
fn whoever_listens_where_a_killed_server_did_gets_no_token() {
    let mut server = Server::start(true);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    server.kill();
    assert!(server.data.path().join("server.address").exists(), "it was left behind");
    let other = TcpListener::bind(address).unwrap();
    other.set_nonblocking(true).unwrap();
    let output = server.run(&["account", "list"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("no server is running"), "{said}");
    assert_eq!(other.accept().map(|_| ()).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let data = data_folder();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let _sign = Sign::put_out(&data.path().join("server.address"), silent.local_addr().unwrap()).unwrap();
    std::fs::write(data.path().join("operator.token"), "token\n").unwrap();
    let mut command = Command::new(INKMETER);
    command.arg("--data").arg(data.path()).args(["--timeout", "300ms", "account", "list"]);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("said nothing for 0.3 seconds") && said.contains("--timeout"), "{said}");
}

#[test]
fn numbers_are_refused_where_they_are_written() {
    let server = Server::start(true);
    server.json(&["account", "create", "alice"]);
    for (command, wanted) in [
        (&["outbox", "--limit", "0"][..], "1..=1000"),
        (&["ocr", "x.png", "--page", "0"], "1.."),
        (&["clock", "advance", "1y"], "90s, 15m, 1h"),
        (&["clock", "advance", "-1h"], "90s, 15m, 1h"),
        (
            &["clock", "advance", "401d"],
            "more than 400 days, and time never goes back; if it is meant, say --yes",
        ),
        (&["clock", "advance", "99999999999d"], "at most 400 years"),
        (&["clock", "advance", "99999999999999999999d"], "at most 400 years"),
        (&["account", "create", "bob", "--tier", "V9"], "V0, V1, V2, V3, V4, V5"),
        (&["top-up", "alice", "1e9"], "amount: not an amount; write it like 12 or 12.34"),
        (&["top-up", "alice", "-5"], "the amount is out of range"),
        (&["alerts", "alice", "--balance", "-1"], "a balance threshold lies between zero and the limit"),
        (&["alerts", "alice", "--hours", "-1"], "\"-1\" is neither a number nor off"),
        (&["budget", "set", "alice", "team", "--amount", "-5"], "amount"),
        (&["budget", "set", "alice", "团队", "--amount", "5"], "\"团队\" cannot be the name of a budget"),
        (&["cap", "set", "alice", "--monthly", "-1"], "amount"),
        (
            &["coupon", "give", "alice", "--amount", "-5", "--valid-to", "2099-01-01T00:00:00Z"],
            "a coupon is worth nothing",
        ),
        (
            &["adjust", "alice", "-20", "--reason", "x"],
            "20.00 is to be taken from the balance, which is 0.00",
        ),
        (&["adjust", "alice", "0", "--reason", "x"], "a correction of nothing is none"),
        (&["adjust", "alice", "a lot", "--reason", "x"], "amount: not an amount"),
        (&["--timeout", "soon", "account", "list"], "length of time"),
    ] {
        let output = server.run(command);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(wanted), "{command:?}: {said}");
        assert!(!said.contains(" column "), "{command:?}: {said}");
    }
}

#[test]
fn a_clock_goes_to_the_next_thing_that_is_due() {
    let server = Server::start(true);
    server.json(&["account", "create", "alice"]);
    let refused = server.run(&["clock", "advance", "--to-next"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("nothing is due for any account"), "{said}");
    let service = ["--api", "general-text", "--region", "cn-north-4"];
    for ends in ["2098-05-01T00:00:00+08:00", "2099-05-01T00:00:00+08:00"] {
        let granted = [&["grant", "alice", "--calls", "5", "--expires-at", ends][..], &service].concat();
        server.json(&granted);
    }
    // A warning comes before each end, so several steps lead there; each is to where the last one pointed.
    let mut due = server.json(&["clock", "show"])["next_due"].as_str().unwrap().to_owned();
    let mut steps = 0;
    while due.as_str() <= "2098-05-01T00:00:00+08:00" {
        let clock = server.json(&["clock", "advance", "--to-next"]);
        let now = clock["now"].as_str().unwrap();
        assert_eq!(&now[..16], &due[..16], "{clock}");
        assert!(now >= due.as_str(), "{clock}");
        due = clock["next_due"].as_str().unwrap().to_owned();
        steps += 1;
    }
    assert!((1..20).contains(&steps), "{steps}");
    assert!(due.starts_with("2099-"), "{due}");
    for wrong in [&["clock", "advance"][..], &["clock", "advance", "1h", "--to-next"]] {
        assert!(!server.run(wrong).status.success(), "{wrong:?}");
    }
}

#[test]
fn an_account_has_one_layout() {
    let server = Server::start(true);
    server.json(&["account", "create", "alice"]);
    let text = |command: &[&str]| {
        let output = server.run(command);
        assert!(output.status.success(), "{command:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for change in [&["top-up", "alice", "12.5"][..], &["adjust", "alice", "-2", "--reason", "a mistake"]] {
        let said = text(change);
        let (_, account) = said.split_once('\n').unwrap();
        let shown = text(&["account", "show", "alice"]);
        assert!(
            account.starts_with("alice: in good standing since ") && account.contains("\nMoney\n"),
            "{said}"
        );
        assert!(shown.starts_with(account.trim_end()), "{change:?}:\n{account}\nbut\n{shown}");
    }
}

#[test]
fn models_that_are_missing_are_listed_for_programs() {
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(INKMETER);
    let output = command.args(["models", "check", "--json", "--dir"]).arg(empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed["complete"], false);
    let faults = listed["faults"].as_array().unwrap();
    assert!(!faults.is_empty() && faults.iter().all(|fault| fault["fault"] == "missing"), "{listed}");
}

#[test]
fn reading_a_picture_says_nothing_but_the_text() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let mut command = Command::new(INKMETER);
    let output = command.arg("ocr").arg(picture("receipt_en.jpg")).env("INKMETER_MODELS", models).output();
    let output = output.unwrap();
    assert!(output.status.success() && !output.stdout.is_empty());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn every_file_that_is_read_has_its_line() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let mut command = Command::new(INKMETER);
    command.args(["ocr", "--json", "not-there.jpg"]).arg(picture("receipt_en.jpg"));
    let output = command.env("INKMETER_MODELS", models).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [unread, read] = &lines[..] else { panic!("{out}") };
    assert_eq!((&unread["file"], unread["error"].is_string()), (&json!("not-there.jpg"), true));
    assert!(!read["result"]["words_block_list"].as_array().unwrap().is_empty(), "{read}");
}

#[tokio::test]
async fn a_key_is_changed_without_a_gap() {
    let mut alice = Customer::open("V0", "intl").await;
    let first = alice.account["access_key"].clone();
    let made = alice.server.json(&["key", "create", "alice"]);
    let listed = alice.server.json(&["key", "list", "alice"]);
    let names: Vec<&Value> =
        listed["keys"].as_array().unwrap().iter().map(|key| &key["access_key"]).collect();
    assert_eq!((names, &listed["user"]), (vec![&first, &made["access_key"]], &"alice".into()));
    let left = alice.server.json(&["key", "delete", "alice", first.as_str().unwrap()]);
    assert_eq!(left["keys"].as_array().unwrap().len(), 1);
    for wrong in [&["key", "delete", "alice", "AKNONE"][..], &["key", "list", "nobody"]] {
        let output = alice.server.run(wrong);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{wrong:?}");
    }
    // The new one signs.
    alice.server.json(&[&["subscribe", "alice"][..], &API].concat());
    alice.account["access_key"] = made["access_key"].clone();
    let secret = made["secret_key"].as_str().unwrap();
    let now = format_date(server::clock::system_now_ms() / 1000);
    assert_eq!(signed(&alice, secret, &now).send().await.unwrap().status(), StatusCode::OK);
    alice.account["access_key"] = first;
    assert_eq!(signed(&alice, secret, &now).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
