//! One account from its first call to release, told of everything by email, SMS and webhook, each exactly once,
//! while the process is killed ten times between decision and delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::customer::Customer;
use crate::peers::{PATIENCE, Peers};
use crate::server::Server;

const KILLS: usize = 10;

/// What happens, one step after the other: a command line, or calls.
enum Step {
    Calls(usize),
    Order(&'static [&'static str]),
}

const STEPS: &[Step] = &[
    Step::Order(&["subscribe", "alice", "--api", "general-text", "--region", "cn-north-4"]),
    Step::Calls(1),
    // Arrears, grace, and the warnings before it ends.
    Step::Order(&["clock", "advance", "1h"]),
    Step::Order(&["clock", "advance", "3d"]),
    Step::Order(&["clock", "advance", "1d"]),
    Step::Order(&["clock", "advance", "1d"]),
    Step::Order(&["clock", "advance", "1d"]),
    // Restored from grace; and again into arrears.
    Step::Order(&["top-up", "alice", "0.05"]),
    Step::Calls(1),
    Step::Order(&["clock", "advance", "1h"]),
    Step::Order(&["clock", "advance", "4d"]),
    Step::Order(&["clock", "advance", "2d"]),
    Step::Order(&["clock", "advance", "1d"]),
    // Frozen, and the warnings before the release.
    Step::Order(&["clock", "advance", "1d"]),
    Step::Order(&["clock", "advance", "11d"]),
    Step::Order(&["clock", "advance", "1d"]),
    Step::Order(&["clock", "advance", "1d"]),
    Step::Order(&["clock", "advance", "1d"]),
    Step::Order(&["clock", "advance", "1d"]),
];

/// What an account in this story must have been told.
const KINDS: [&str; 5] = ["arrears_entered", "grace_entered", "restored", "frozen", "released"];

#[tokio::test]
async fn every_notice_arrives_exactly_once_by_every_channel() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let Some(mut peers) = Peers::start() else { return };
    let mut alice = Customer::with(Server::with_config(&peers.config()), "V5", "cn").await;
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

    let mut kills: Vec<usize> = (1..STEPS.len()).collect();
    kills.shuffle(&mut random);
    kills.truncate(KILLS);
    for (number, step) in STEPS.iter().enumerate() {
        match step {
            Step::Calls(count) => {
                alice.renew_token().await;
                for _ in 0..*count {
                    alice.charged().await;
                }
            }
            Step::Order(command) => {
                let output = alice.server.run(command);
                assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        if kills.contains(&number) {
            // What was decided is durable now; how far its delivery has come is left to chance.
            let pause = Duration::from_micros(random.random_range(0..40_000));
            tokio::time::sleep(pause).await;
            alice.server.kill();
            let unfinished = unfinished(&alice.server);
            println!("kill {pause:?} after step {number}: {unfinished} deliveries waited or were under way");
            alice.server.restart();
        }
    }
    assert_eq!(alice.show()["standing"], "released");
    let notices = notices(&alice.server);
    let deliveries = drained(&alice.server, 3 * notices.len());
    // What was said before the answer to an order is here when the answer is.
    peers.order(&json!({}));
    check(&notices, &deliveries, peers.take());
    assert!(alice.server.run(&["verify"]).status.success());
}

/// How many deliveries a server that is down had taken in and not finished.
fn unfinished(server: &Server) -> u64 {
    let outbox = ledger::outbox::Outbox::open(&server.data.path().join("outbox.db")).unwrap();
    let counts = outbox.counts().unwrap();
    counts
        .into_iter()
        .filter(|(state, _)| *state != ledger::outbox::State::Sent)
        .map(|(_, count)| count)
        .sum()
}

/// What alice was told.
fn notices(server: &Server) -> Vec<Value> {
    let output = server.run(&["notices", "alice", "--json"]);
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Waits until there are so many deliveries and nothing is left to be sent; gives them.
fn drained(server: &Server, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let outbox = server.json(&["outbox", "--limit", "1000"]);
        let waiting = ["pending", "failed", "sending", "held"];
        let deliveries = outbox["deliveries"].as_array().unwrap();
        if waiting.iter().all(|state| outbox["counts"][state].is_null()) && deliveries.len() >= count {
            return deliveries.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{outbox:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn check(notices: &[Value], deliveries: &[Value], received: &[Value]) {
    let kinds: BTreeSet<&str> = notices.iter().map(|notice| notice["kind"].as_str().unwrap()).collect();
    for kind in KINDS {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
    println!("{} notices: {kinds:?}", notices.len());

    // The outbox: one delivery for each notice and recipient, all sent.
    assert_eq!(deliveries.len(), 3 * notices.len());
    for (channel, address) in [("email", "alice@example.com"), ("sms", "8613800138000"), ("webhook", "")] {
        let ours: Vec<&Value> = deliveries.iter().filter(|d| d["channel"] == channel).collect();
        let numbers: BTreeSet<u64> = ours.iter().map(|d| d["notice"].as_u64().unwrap()).collect();
        assert_eq!((ours.len(), numbers.len()), (notices.len(), notices.len()), "{channel}");
        // The inbox: every id once. What came again is an attempt that a kill cut off, under the same id.
        let expected: BTreeSet<String> = ours.iter().map(|d| id_of(channel, text(d, "key"))).collect();
        let mut arrived: BTreeMap<String, u64> = BTreeMap::new();
        let messages = received.iter().filter(|message| message["via"] == channel);
        for message in messages {
            let id = match channel {
                "email" => {
                    assert_eq!((&message["tls"], &message["authenticated"]), (&true.into(), &true.into()));
                    assert_eq!(
                        (&message["to"][0], &message["auto"]),
                        (&address.into(), &"auto-generated".into())
                    );
                    text(message, "id").to_owned()
                }
                "sms" => {
                    assert_eq!((&message["to"], &message["source"]), (&address.into(), &"Inkmeter".into()));
                    assert_eq!((&message["esm_class"], &message["data_coding"]), (&0.into(), &8.into()));
                    message["reference"].to_string()
                }
                _ => {
                    assert_eq!((&message["valid"], &message["forged"]), (&true.into(), &false.into()));
                    let (body, no) = (&message["body"], message["body"]["no"].as_u64().unwrap());
                    let notice = notices.iter().find(|notice| notice["no"] == no).unwrap();
                    for field in ["kind", "category", "urgent", "at", "figures"] {
                        assert_eq!(body[field], notice[field], "{field} of {body:#}");
                    }
                    assert_eq!(body["id"], message["id"]);
                    text(message, "id").to_owned()
                }
            };
            *arrived.entry(id).or_default() += 1;
        }
        assert_eq!(arrived.keys().cloned().collect::<BTreeSet<_>>(), expected, "{channel}");
        for delivery in &ours {
            let (count, attempts) = (arrived[&id_of(channel, text(delivery, "key"))], &delivery["attempts"]);
            assert_eq!(delivery["state"], "sent", "{delivery:#}");
            assert!(count <= attempts.as_u64().unwrap(), "{count} arrived: {delivery:#}");
        }
        let (messages, ids) = (arrived.values().sum::<u64>(), arrived.len());
        println!(
            "{channel}: {ids} notices, {} of their messages came again after a kill",
            messages - ids as u64
        );
    }
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
