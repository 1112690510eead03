//! One account from its first call to its release (`notices.story`), told of everything by email, SMS and webhook,
//! each exactly once, while the process is killed ten times between decision and delivery.
//!
//! At a kill the other sides stand still at random places before they take anything, so what is cut off was not
//! taken, and every message has to be taken exactly once. What lies beyond that, an answer that the process did not
//! live to write down, is the subject of the second test.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::chance::choices;
use crate::customer::{Customer, PIXEL, token_in};
use crate::peers::Peers;
use crate::server::Server;
use crate::waiting::until;

const STORY: &str = include_str!("notices.story");
const BEGINNING: &str = "2026-09-01T09:30:00+08:00";
const KILLS: usize = 10;

/// Where each channel can stand still before it has taken a message.
const PLACES: [(&str, &[&str]); 3] = [
    ("email", &["hello", "hello_again", "sender", "recipient", "message"]),
    ("sms", &["bind", "submit"]),
    ("webhook", &["connection", "head", "body"]),
];

/// One step of the story.
struct Step {
    /// A command, or calls.
    does: &'static str,
    /// What the account is told by it: a kind, and its figures.
    told: Vec<&'static str>,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in STORY.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("  ") {
            Some(told) => steps.last_mut().unwrap().told.push(told),
            None => steps.push(Step { does: line, told: Vec::new() }),
        }
    }
    steps
}

#[tokio::test]
async fn every_notice_arrives_exactly_once_by_every_channel() {
    let mut random = choices();
    let Some(mut peers) = Peers::start() else { return };
    let mut alice = alice(&mut peers).await;

    let steps = steps();
    let mut kills: Vec<usize> = (0..steps.len()).filter(|number| !steps[*number].told.is_empty()).collect();
    kills.shuffle(&mut random);
    kills.truncate(KILLS);
    assert_eq!(kills.len(), KILLS);
    let mut bob = None;
    let mut told: Vec<Value> = Vec::new();
    let mut received: Vec<Value> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let is_killed = kills.contains(&number);
        if is_killed {
            let places = PLACES.map(|(channel, places)| (channel, *places.choose(&mut random).unwrap()));
            println!("killed at {:?}: {places:?}", step.does);
            peers.hold(&places);
        }
        take(&alice, &mut bob, step).await;
        if is_killed {
            // At once after the answer, or when some or all channels are in the midst of a message.
            let held = random.random_range(0..=PLACES.len());
            peers.wait_for_held(held);
            alice.server.kill();
            println!("  with {held} channels in the midst of a message; {}", unfinished(&alice.server));
            peers.hang_up();
            alice.server.restart();
        }
        let notices = told_since(&alice.server, told.len(), step.told.len()).await;
        let lines: Vec<String> = notices.iter().map(line).collect();
        let expected: Vec<String> = step.told.iter().map(|line| sorted(line)).collect();
        assert_eq!(lines, expected, "{}\n{}", step.does, lines.join("\n  "));
        told.extend(notices);
        settled(&alice.server, 3 * told.len()).await;
        received.extend(peers.received_since());
    }
    // Every kind of notice there is.
    let kinds: BTreeSet<&str> = told.iter().map(|notice| text(notice, "kind")).collect();
    assert_eq!(kinds, charging::NoticeKind::WORDS.iter().copied().collect());
    assert_eq!(alice.show()["standing"], "released");
    println!("{} notices", told.len());

    let deliveries = settled(&alice.server, 3 * told.len()).await;
    for (channel, _) in PLACES {
        let messages: Vec<&Value> = received.iter().filter(|message| message["via"] == channel).collect();
        let ours: Vec<&Value> = deliveries.iter().filter(|delivery| delivery["channel"] == channel).collect();
        assert_eq!((messages.len(), ours.len()), (told.len(), told.len()), "{channel}");
        for notice in &told {
            let delivery = ours.iter().find(|delivery| delivery["notice"] == notice["no"]).unwrap();
            let id = id_of(channel, text(delivery, "key"));
            let with_id: Vec<&&Value> = messages.iter().filter(|message| id_in(message) == id).collect();
            // A short message's reference has 16 bits: two messages may share one, if rarely.
            let same_id = ours.iter().filter(|delivery| id_of(channel, text(delivery, "key")) == id).count();
            assert_eq!(with_id.len(), same_id, "{channel}: {notice}");
            check(with_id[0], notice);
        }
    }
    assert!(alice.server.run(&["verify"]).status.success());
}

/// The process ends after the other side took a message and before it could write that down. No protocol can close
/// this gap: the message comes once more, under the id it had, and whoever drops ids it knows sees it once.
#[tokio::test]
async fn a_message_whose_answer_was_lost_comes_once_more_under_the_same_id() {
    let Some(mut peers) = Peers::start() else { return };
    let mut alice = alice(&mut peers).await;
    alice.server.json(&["subscribe", "alice", "--api", "general-text", "--region", "cn-north-4"]);
    alice.charged().await;
    peers.hold(&PLACES.map(|(channel, _)| (channel, "answer")));
    alice.server.json(&["clock", "advance", "1h"]);
    // Each channel has taken at least one of the two, and says nothing.
    peers.wait_for_held(PLACES.len());
    alice.server.kill();
    peers.hang_up();
    let before = peers.received_since();
    alice.server.restart();
    let deliveries = settled(&alice.server, 6).await;
    let received = [before.clone(), peers.received_since()].concat();
    for (channel, _) in PLACES {
        let of = |messages: &[Value]| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for message in messages.iter().filter(|message| message["via"] == channel) {
                *counts.entry(id_in(message)).or_default() += 1;
            }
            counts
        };
        let (first, all) = (of(&before), of(&received));
        assert!(!first.is_empty(), "{channel}");
        assert_eq!(all.len(), 2, "{channel}: two notices");
        for delivery in deliveries.iter().filter(|delivery| delivery["channel"] == channel) {
            let id = id_of(channel, text(delivery, "key"));
            assert_eq!(all[&id], 1 + first.get(&id).copied().unwrap_or(0), "{delivery}");
            if first.contains_key(&id) {
                assert_eq!((&delivery["attempts"], &delivery["cut_off"]), (&json!(2), &json!(1)));
            }
        }
    }
    let shown = alice.server.run(&["outbox"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("the server ended during an attempt"), "{shown}");
}

/// An account with a recipient at each of the peers.
async fn alice(peers: &mut Peers) -> Customer {
    let config = format!(
        "{}[payment]\nprovider = \"webhook\"\nwait_s = 1\n[payment.webhook]\nurl = \"{}\"\nsecret_file = {:?}\n\
         [[catalog.package]]\napi = \"general-text\"\ncalls = 10\nprice = \"1\"\nvalidity_months = 1\n",
        peers.config(),
        peers.payment(),
        peers.payment_secret(),
    );
    let alice = Customer::with(Server::with_config_beginning(BEGINNING, &config), "V5", "cn").await;
    for to in [
        ["--email", "alice@example.com", "--language", "en"],
        ["--sms", "+8613800138000", "--language", "zh"],
        ["--webhook", &peers.webhook(), "--language", "en"],
    ] {
        let added = alice.server.json(&[&["recipient", "add", "alice"][..], &to].concat());
        if let Some(secret) = added["secret"].as_str() {
            peers.expect_secret(secret);
        }
    }
    alice
}

/// Takes a step of the story.
async fn take(alice: &Customer, bob: &mut Option<Value>, step: &Step) {
    if let Some(command) = step.does.strip_prefix("$ ") {
        if command == "account create bob" {
            *bob = Some(alice.server.json(&["account", "create", "bob"]));
            return;
        }
        let output = alice.server.run(&command.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let words: Vec<&str> = step.does.split(' ').collect();
    let [verb @ ("call" | "refused" | "member"), count, region] = words[..] else {
        panic!("no step: {:?}", step.does)
    };
    let account = if verb == "member" { bob.as_ref().unwrap() } else { &alice.account };
    let token = token_in(&alice.http, &alice.server.url, account, region).await;
    let project = account["projects"][region].as_str().unwrap();
    let url = format!("{}/v2/{project}/ocr/general-text", alice.server.url);
    for _ in 0..count.parse().unwrap() {
        let call = alice.http.post(&url).header("x-auth-token", &token).json(&json!({ "image": PIXEL }));
        let status = call.send().await.unwrap().status();
        assert_eq!(status, if verb == "refused" { 403 } else { 200 }, "{}", step.does);
    }
}

/// What a server that is down had taken into its outbox and not finished. Opening it counts attempts that were under
/// way as failed, as the server will.
fn unfinished(server: &Server) -> String {
    let outbox = ledger::outbox::Outbox::open(&server.data.path().join("outbox.db")).unwrap();
    let counts =
        outbox.counts().unwrap().into_iter().filter(|(state, _)| *state != ledger::outbox::State::Sent);
    let counts: Vec<String> = counts.map(|(state, count)| format!("{count} {}", state.word())).collect();
    format!("the outbox: [{}]", counts.join(", "))
}

/// What the account was told after so many notices; waits for as many as are expected, for some are decided by the
/// server itself.
async fn told_since(server: &Server, before: usize, expected: usize) -> Vec<Value> {
    until("the account is told", || {
        let output = server.run(&["notices", "alice", "--json"]);
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        let mut notices: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        notices.sort_by_key(|notice| notice["no"].as_u64());
        let new = notices.split_off(before);
        if new.len() >= expected { Ok(new) } else { Err(format!("{expected} expected: {new:?}")) }
    })
    .await
}

/// Waits until so many deliveries are sent and written down as sent; gives them.
async fn settled(server: &Server, count: usize) -> Vec<Value> {
    until("it is sent, and written down", || {
        let outbox = server.json(&["outbox", "--limit", "1000"]);
        if outbox["counts"] == json!({ "sent": count }) || count == 0 {
            Ok(outbox["deliveries"].as_array().unwrap().clone())
        } else {
            Err(format!("{count} expected: {outbox:#}"))
        }
    })
    .await
}

/// A notice as the story writes it, its figures in order of name.
fn line(notice: &Value) -> String {
    let mut words = vec![text(notice, "kind").to_owned()];
    figures("", &notice["figures"], &mut words);
    sorted(&words.join(" "))
}

fn sorted(line: &str) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words[1..].sort_unstable();
    words.join(" ")
}

/// `name=value` for each figure. A list is joined by commas, a place in it written like api/region/calls, a reason like
/// reason/api/region.
fn figures(prefix: &str, value: &Value, words: &mut Vec<String>) {
    let scalar = |value: &Value| match value {
        Value::String(text) => text.replace(' ', "_"),
        Value::Object(fields) => {
            let parts = ["reason", "api", "region", "left"].into_iter().filter_map(|name| fields.get(name));
            parts.map(|part| part.to_string().replace('"', "")).collect::<Vec<_>>().join("/")
        }
        other => other.to_string(),
    };
    for (name, value) in value.as_object().unwrap() {
        match value {
            Value::Object(_) => figures(&format!("{name}."), value, words),
            Value::Array(list) => {
                let list: Vec<String> = list.iter().map(scalar).collect();
                words.push(format!("{prefix}{name}={}", list.join(",")));
            }
            value => words.push(format!("{prefix}{name}={}", scalar(value))),
        }
    }
}

/// The message says what the notice says.
fn check(message: &Value, notice: &Value) {
    match text(message, "via") {
        "email" => {
            assert_eq!((&message["tls"], &message["authenticated"]), (&true.into(), &true.into()));
            assert_eq!(
                (&message["to"][0], &message["auto"]),
                (&"alice@example.com".into(), &"auto-generated".into())
            );
            for (form, body) in [("text", text(message, "text")), ("html", text(message, "html"))] {
                for figure in figures_in_words(notice).into_iter().chain(certificate(notice)) {
                    assert!(body.contains(&figure), "{form}: {figure:?} of {notice} is not in {body}");
                }
            }
        }
        "sms" => {
            assert_eq!((&message["to"], &message["source"]), (&"8613800138000".into(), &"Inkmeter".into()));
            assert_eq!((&message["esm_class"], &message["data_coding"]), (&0.into(), &8.into()));
            let units: Vec<u16> = hex(text(message, "body"));
            let body = String::from_utf16(&units).unwrap();
            assert!(body.contains("alice"), "{body}");
        }
        _ => {
            assert_eq!((&message["valid"], &message["forged"]), (&true.into(), &false.into()));
            let body = &message["body"];
            for field in ["no", "kind", "category", "urgent", "at", "figures"] {
                assert_eq!(body[field], with_decimals_as_text(&notice[field]), "{field} of {body:#}");
            }
            assert_eq!(body["id"], message["id"]);
        }
    }
}

/// The peer reads decimals as text, lest it lose a digit.
fn with_decimals_as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.to_string().contains('.') => number.to_string().into(),
        Value::Array(items) => items.iter().map(with_decimals_as_text).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), with_decimals_as_text(value))).collect()
        }
        other => other.clone(),
    }
}

/// Amounts and instants among the figures of a notice, as an English email writes them.
fn figures_in_words(notice: &Value) -> Vec<String> {
    let figures = notice["figures"].as_object().unwrap().iter();
    let texts = figures.map(|(name, value)| (name, value.as_str().map_or(value.to_string(), str::to_owned)));
    texts
        .filter(|(name, _)| *name != "from_since")
        .filter_map(|(_, text)| {
            let text = text.as_str();
            let is_amount = text.split_once('.').is_some_and(|(_, cents)| cents.parse::<u64>().is_ok());
            let is_instant = text.len() >= 25 && charging::Timestamp::parse(text).is_ok();
            let instant = || format!("{} {}", text[..19].replace('T', " "), &text[text.len() - 6..]);
            match (is_amount, is_instant) {
                (true, _) => Some(format!("{text} CNY")),
                (_, true) => Some(instant()),
                _ => None,
            }
        })
        .collect()
}

/// What the record of a release names: what was deleted, and by which rule.
fn certificate(notice: &Value) -> Vec<String> {
    let figures = &notice["figures"];
    let deleted = figures["deleted"].as_array().into_iter().flatten();
    let places = deleted.map(|place| format!("{} in {}", text(place, "api"), text(place, "region")));
    let rule = figures["rule"].as_object().map(|rule| {
        format!("{} days of grace, {} days of retention", rule["grace_days"], rule["retention_days"])
    });
    places.chain(rule).collect()
}

/// The 16-bit units of a hexadecimal text.
fn hex(text: &str) -> Vec<u16> {
    (0..text.len()).step_by(4).map(|at| u16::from_str_radix(&text[at..at + 4], 16).unwrap()).collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

/// By which id the other side knows the message of a delivery.
fn id_of(channel: &str, key: &str) -> String {
    match channel {
        "email" => format!("<{key}@inkmeter.example.com>"),
        "sms" => {
            let hash = Sha256::digest(key);
            u16::from_be_bytes([hash[0], hash[1]]).to_string()
        }
        _ => key.to_owned(),
    }
}

/// The same, as it stands in a message.
fn id_in(message: &Value) -> String {
    match text(message, "via") {
        "sms" => message["reference"].to_string(),
        _ => text(message, "id").to_owned(),
    }
}
