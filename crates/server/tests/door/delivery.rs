//! Delivery beyond the story: recipients and their limits, attempts and their repetition, long messages, probes, the
//! canary.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::customer::Customer;
use crate::peers::Peers;
use crate::receiver::{CONFIG, Receiver, alice, deliveries, go_into_arrears};
use crate::server::Server;
use crate::waiting::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_is_tried_again_until_it_is_given_up() {
    let (receiver, url) = Receiver::start().await;
    let alice = alice("").await;
    let hook = format!("{url}/hook");
    let arrears = ["--category", "arrears"];
    let added =
        alice.server.json(&[&["recipient", "add", "alice", "--webhook", &hook][..], &arrears].concat());
    assert_eq!(added["secret"].as_str().unwrap().len(), 40);
    let listed = alice.server.json(&["recipient", "list", "alice"]);
    assert_eq!((&listed[0]["id"], &listed[0]["secret"]), (&added["id"], &Value::Null));

    // The first attempts fail, the second of each succeeds, with the same id and body.
    receiver.0.lock().answers = vec![StatusCode::INTERNAL_SERVER_ERROR; 2];
    go_into_arrears(&alice).await;
    until("both are sent", || (deliveries(&alice, "sent").len() == 2).then_some(())).await;
    assert_eq!((receiver.tries(), receiver.kinds().len()), (4, 2));
    for sent in deliveries(&alice, "sent") {
        assert_eq!((&sent["attempts"], sent["detail"].as_str().unwrap().trim()), (&json!(2), "200 OK"));
    }
    for (headers, body) in &receiver.0.lock().taken {
        assert_eq!(headers["inkmeter-notice-id"], body["id"].as_str().unwrap());
        assert_eq!(
            (&headers["inkmeter-attempt"], &headers["content-type"]),
            (&"2".parse().unwrap(), &"application/json".parse().unwrap())
        );
    }

    // Three failed attempts are all there are; an operator may have it tried again.
    receiver.0.lock().answers = vec![StatusCode::BAD_GATEWAY; 3];
    alice.server.json(&["top-up", "alice", "1"]);
    let given_up = until("it is given up", || deliveries(&alice, "given_up").pop()).await;
    assert_eq!((&given_up["kind"], &given_up["attempts"]), (&json!("restored"), &json!(3)));
    assert!(given_up["detail"].as_str().unwrap().starts_with("502"), "{given_up}");
    let shown = alice.server.run(&["outbox", "--failed"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("502"), "{shown:?}");
    let again = alice.server.json(&["outbox", "retry", given_up["key"].as_str().unwrap()]);
    assert_eq!((&again["due"], &again["left"]), (&json!(1), &json!([])));
    until("it is sent after all", || (deliveries(&alice, "sent").len() == 3).then_some(())).await;
    assert!(!alice.server.run(&["outbox", "retry", "nothing"]).status.success());

    // A receiver that is gone is not tried again.
    receiver.0.lock().answers = vec![StatusCode::GONE];
    let tries = receiver.tries();
    let probe = alice.server.run(&["notify", "test", added["id"].as_str().unwrap(), "--json"]);
    assert!(!probe.status.success());
    let answer: Value = serde_json::from_slice(&probe.stdout).unwrap();
    assert_eq!((&answer["accepted"], receiver.tries()), (&json!(false), tries + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recipients_are_checked_and_kept_apart() {
    let (receiver, url) = Receiver::start().await;
    let mut alice = alice("").await;
    let refused = |arguments: &[&str]| {
        let output = alice.server.run(&[&["recipient", "add", "alice"], arguments].concat());
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&["--email", "alice@example.com"]).contains("sends no email"));
    assert!(refused(&["--email", "alice@example.com\r\nBcc: all@example.com"]).contains("line breaks"));
    assert!(refused(&["--sms", "123"]).contains("E.164"));
    assert!(refused(&["--webhook", "ftp://example.com"]).contains("https"));
    assert!(
        refused(&["--webhook", &format!("{url}/hook"), "--quiet", "25:00-08:00"]).contains("time of day")
    );
    assert!(refused(&["--webhook", &format!("{url}/hook"), "--daily-cap", "0"]).contains("daily_cap"));

    let hook = format!("{url}/hook");
    let mine = alice.server.json(&["recipient", "add", "alice", "--webhook", &hook, "--category", "budget"]);
    assert!(alice.server.run(&["recipient", "add", "alice", "--webhook", &hook]).status.code() == Some(1));
    let mut ids = vec![mine["id"].as_str().unwrap().to_owned()];
    for number in 1..50 {
        let more = format!("{url}/other?n={number}");
        let added =
            alice.server.json(&["recipient", "add", "alice", "--webhook", &more, "--category", "budget"]);
        ids.push(added["id"].as_str().unwrap().to_owned());
    }
    let one_more = alice.server.run(&["recipient", "add", "alice", "--webhook", &format!("{url}/other")]);
    assert!(String::from_utf8_lossy(&one_more.stderr).contains("at most 50"), "{one_more:?}");

    // Mail to both spellings arrives in the same box.
    let email = "[notify.email]\nhost = \"127.0.0.1\"\nfrom = \"ops@example.com\"\nsecurity = \"none\"\n";
    let mails = Server::with_config(&format!("{CONFIG}{email}"));
    mails.json(&["account", "create", "carol"]);
    let mail = |address: &str| mails.run(&["recipient", "add", "carol", "--email", address]);
    assert!(mail("carol@example.com").status.success());
    let twice = String::from_utf8(mail("Carol@EXAMPLE.com").stderr).unwrap();
    assert!(twice.contains("has this recipient"), "{twice}");

    // Nobody else's recipients can be seen, tested or removed; one's own, by the customer's own API.
    alice.server.json(&["account", "create", "bob"]);
    assert!(!alice.server.run(&["recipient", "remove", "bob", &ids[0]]).status.success());
    let of_bob = alice.server.json(&["recipient", "add", "bob", "--webhook", &hook, "--category", "budget"]);
    alice.renew_token().await;
    let tested = alice.http.post(format!("{}/v1/recipients/{}/test", alice.server.url, ids[0]));
    let tested = tested.header("x-auth-token", &alice.token).send().await.unwrap();
    assert_eq!(tested.json::<Value>().await.unwrap()["accepted"], true);
    assert_eq!(receiver.kinds(), ["probe"]);
    // Not for ever: a message may cost, and may bother somebody.
    let mut throttled = None;
    for number in 1..30 {
        let again = alice.http.post(format!("{}/v1/recipients/{}/test", alice.server.url, ids[0]));
        let again = again.header("x-auth-token", &alice.token).send().await.unwrap();
        if again.status() == 429 {
            throttled = Some(number);
            break;
        }
    }
    assert_eq!((throttled, receiver.tries()), (Some(20), 20));
    let path = format!("{}/v1/recipients/{}", alice.server.url, of_bob["id"].as_str().unwrap());
    let (changed, removed) = (alice.http.patch(&path), alice.http.delete(&path));
    for request in [changed.json(&json!({ "enabled": false })), removed] {
        let request = request.header("x-auth-token", &alice.token);
        assert_eq!(request.send().await.unwrap().status(), 400);
    }
    let still_there = alice.server.json(&["recipient", "list", "bob"]);
    assert_eq!(still_there.as_array().unwrap().len(), 1);
    assert_eq!((&still_there[0]["id"], &still_there[0]["enabled"]), (&of_bob["id"], &json!(true)));
    let seen = alice.server.json(&["recipient", "list", "alice"]);
    assert!(seen.as_array().unwrap().iter().all(|recipient| recipient["id"] != of_bob["id"]));

    // Those for other categories are not told; a redirect is not followed.
    go_into_arrears(&alice).await;
    alice.server.json(&["recipient", "remove", "alice", &ids[1]]);
    let moved = format!("{url}/elsewhere");
    let moved =
        alice.server.json(&["recipient", "add", "alice", "--webhook", &moved, "--category", "arrears"]);
    let probe = alice.server.run(&["notify", "test", moved["id"].as_str().unwrap(), "--json"]);
    let answer: Value = serde_json::from_slice(&probe.stdout).unwrap();
    assert_eq!((&answer["accepted"], answer["answer"].as_str().unwrap().trim()), (&json!(false), "307"));
    // Who became a recipient after the notice is not told of it.
    assert_eq!(deliveries(&alice, "sent").len(), 20, "only the probes");
    assert!(receiver.kinds().iter().all(|kind| kind == "probe"));
}

/// An address that a customer adds gets a code and nothing else, until the code was given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_says_that_it_wants_to_be_told() {
    let Some(mut peers) = Peers::start() else { return };
    let mut alice = Customer::with(Server::with_config(&peers.plain_config()), "V5", "cn").await;
    alice.renew_token().await;
    let post = |path: &str, body: Value| {
        let request = alice.http.post(format!("{}/v1/recipients{path}", alice.server.url));
        let request = request.header("x-auth-token", &alice.token).json(&body);
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    let code_in = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6);
        digits.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
    };
    let email = json!({ "channel": "email", "address": "alice@example.com", "language": "en" });
    let (status, added) = post("", email).await;
    assert_eq!((status, &added["confirmed"]), (200, &json!(false)), "{added}");
    let id = added["id"].as_str().unwrap().to_owned();
    let first = peers.wait_for("email");
    let first = code_in(first["text"].as_str().unwrap());
    let (status, refused) = post(&format!("/{id}/test"), json!({})).await;
    assert_eq!(status, 400, "no test messages to strangers either: {refused}");

    // A new code takes the place of the first; five wrong ones, and it is good no longer.
    let (confirm, code) = (format!("/{id}/confirm"), format!("/{id}/code"));
    assert_eq!(post(&code, Value::Null).await.0, 200);
    let second = code_in(peers.wait_for("email")["text"].as_str().unwrap());
    let wrong = if first == second { "no code".to_owned() } else { first };
    for _ in 0..5 {
        let (status, refused) = post(&confirm, json!({ "code": wrong })).await;
        assert!(status == 400 && refused.to_string().contains("not the code"), "{refused}");
    }
    let (status, refused) = post(&confirm, json!({ "code": second })).await;
    assert!(status == 400 && refused.to_string().contains("tried too often"), "{refused}");

    // What happens now is not told to the address, nor later.
    go_into_arrears(&alice).await;
    assert_eq!(post(&code, Value::Null).await.0, 200);
    let third = code_in(peers.wait_for("email")["text"].as_str().unwrap());
    let (status, confirmed) = post(&confirm, json!({ "code": format!(" {third} ") })).await;
    assert_eq!((status, &confirmed["confirmed"]), (200, &json!(true)), "{confirmed}");
    alice.server.json(&["top-up", "alice", "1"]);
    let told = peers.wait_for("email");
    assert!(told["subject"].as_str().unwrap().contains("restored"), "the first it is told of: {told}");
    assert_eq!(post(&code, Value::Null).await.0, 400, "it is confirmed");

    // By short message too; the operator may confirm without a code; webhooks need none.
    let (_, sms) = post("", json!({ "channel": "sms", "address": "+8613800138000" })).await;
    let body = peers.wait_for("sms")["body"].as_str().unwrap().to_owned();
    assert!(body.len() <= 280 && sms["confirmed"] == false, "{sms}");
    let listed = String::from_utf8(alice.server.run(&["recipient", "list", "alice"]).stdout).unwrap();
    assert!(listed.contains("not confirmed"), "{listed}");
    let confirmed = alice.server.json(&["recipient", "confirm", "alice", sms["id"].as_str().unwrap()]);
    assert_eq!(confirmed["confirmed"], true);
    let (_, webhook) = post("", json!({ "channel": "webhook", "address": peers.webhook() })).await;
    assert_eq!(webhook["confirmed"], true);
    let added = alice.server.json(&["recipient", "add", "alice", "--email", "ops@example.com"]);
    assert_eq!(added["confirmed"], true, "what the operator adds");
    // Codes and test messages together have their limit.
    let mut sent = 4;
    let limited = loop {
        let address = format!("a{sent}@example.com");
        let (status, answer) = post("", json!({ "channel": "email", "address": address })).await;
        if status != 200 {
            break (status, answer);
        }
        sent += 1;
        assert!(sent <= 20, "there is no limit");
    };
    assert_eq!((limited.0, sent), (429, 20), "{}", limited.1);
}

/// What is changed of a recipient holds from then on, for the next notice; everything else stays as it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_is_changed_in_place() {
    let (receiver, url) = Receiver::start().await;
    let mut alice = alice("").await;
    let hook = format!("{url}/hook");
    let added = alice.server.json(&["recipient", "add", "alice", "--webhook", &hook, "--category", "budget"]);
    let id = added["id"].as_str().unwrap().to_owned();
    let edit = |options: &[&str]| {
        let output = alice.server.run(&[&["recipient", "edit", "alice", &id][..], options].concat());
        (
            output.status.success(),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    let (done, shown) = edit(&["--quiet", "22:00-08:00", "--daily-cap", "9", "--language", "en", "--pause"]);
    assert!(done && shown.contains("(en): budget, quiet 22:00-08:00, at most 9 a day, paused"), "{shown}");
    let (done, shown) = edit(&["--quiet", "off", "--daily-cap", "off", "--all-categories", "--resume"]);
    assert!(done && shown.trim_end().ends_with("(en): everything"), "{shown}");
    for (wrong, why) in [
        (&[][..], "name what to change"),
        (&["--daily-cap", "0"], "daily_cap"),
        (&["--daily-cap", "many"], "a number, or off"),
        (&["--quiet", "22:00-22:00"], "the same"),
        (&["--category", "weather"], "weather"),
    ] {
        let (done, shown) = edit(wrong);
        assert!(!done && shown.contains(why), "{wrong:?}: {shown}");
    }

    // The customer's own way; nobody changes another account's.
    alice.renew_token().await;
    let patch = |token: &str, id: &str, body: Value| {
        let request = alice.http.patch(format!("{}/v1/recipients/{id}", alice.server.url));
        let request = request.header("x-auth-token", token).json(&body);
        async move { request.send().await.unwrap() }
    };
    let changed = patch(&alice.token, &id, json!({ "categories": ["arrears"] })).await;
    let changed: Value = changed.json().await.unwrap();
    let expected = json!({ "id": id, "channel": "webhook", "address": hook, "language": "en",
        "categories": ["arrears"], "quiet_hours": null, "daily_cap": null, "enabled": true, "confirmed": true,
        "created_at": added["created_at"] });
    assert_eq!(changed, expected);
    let bob = alice.server.json(&["account", "create", "bob"]);
    let bobs = crate::customer::token_of(&alice.http, &alice.server.url, &bob).await;
    assert_eq!(patch(&bobs, &id, json!({ "enabled": false })).await.status(), 400);
    assert_eq!(patch(&alice.token, &id, json!({ "address": "https://example.com/" })).await.status(), 400);

    // Its secret is still the one it was given, and the notices it asked for come.
    go_into_arrears(&alice).await;
    until("two notices", || (receiver.kinds().len() == 2).then_some(())).await;
    for (headers, body) in &receiver.0.lock().taken {
        assert_eq!((&body["category"], &body["language"]), (&json!("arrears"), &json!("en")));
        let time = headers["inkmeter-timestamp"].to_str().unwrap();
        let secret = added["secret"].as_str().unwrap();
        let signed = server::notify::channel::webhook::signature(secret, time, &body.to_string());
        assert_eq!(headers["inkmeter-signature"], signed.as_str());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_canary_and_the_operator_are_told() {
    let (receiver, url) = Receiver::start().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    std::fs::write(&file, "operator's secret").unwrap();
    let alice = alice(&format!(
        "[[notify.operator]]\nname = \"ops\"\nchannel = \"webhook\"\naddress = \"{url}/hook\"\nsecret_file = {file:?}\n\
         [notify.canary]\nevery = \"1h\"\nto = \"ops\"\n"
    ))
    .await;
    until("the canary arrives", || receiver.kinds().contains(&"canary".to_owned()).then_some(())).await;
    until("it is known to have", || {
        let outbox = alice.server.json(&["outbox"]);
        (outbox["canary"]["arrived"] == true && outbox["counts"]["sent"] == 1).then_some(())
    })
    .await;
    let ready = alice.http.get(format!("{}/readyz", alice.server.url)).send().await.unwrap();
    assert!(ready.text().await.unwrap().contains("\"accepted\":true,\"arrived\":true"));

    // The operator is told of what matters to it, and the account's own list does not show it.
    go_into_arrears(&alice).await;
    alice.server.json(&["clock", "advance", "7d"]);
    assert_eq!(alice.show()["standing"], "frozen");
    until("frozen is told", || receiver.kinds().contains(&"frozen".to_owned()).then_some(())).await;
    assert_eq!(receiver.kinds().len(), 2, "and nothing else: {:?}", receiver.kinds());
    assert_eq!(deliveries(&alice, "sent"), Vec::<Value>::new());
    let probe = alice.server.json(&["notify", "test", "ops"]);
    assert_eq!(probe["accepted"], true);
}

#[tokio::test]
async fn probes_and_refusals_of_the_real_peers() {
    let Some(mut peers) = Peers::start() else { return };
    let server = Server::with_config(&peers.config());
    server.json(&["account", "create", "alice"]);
    let probe = |to: &str| server.json(&["notify", "test", "--to", to]);
    let answer = probe("somebody@example.com");
    assert!(answer["answer"].as_str().unwrap().starts_with("250"), "{answer}");
    let email = peers.wait_for("email");
    assert_eq!((&email["to"][0], &email["tls"]), (&json!("somebody@example.com"), &json!(true)));
    assert!(email["html"].as_str().unwrap().contains("<html lang=\"en\">"), "{email}");

    // The gateway asks to slow down: the same message goes out again, within the same attempt.
    peers.order(&json!({ "refuse": { "sms": 2 } }));
    let answer = probe("+8613800138000");
    assert!(answer["answer"].as_str().unwrap().contains("accepted as msg1"), "{answer}");
    let sms = peers.wait_for("sms");
    assert_eq!((&sms["data_coding"], &sms["esm_class"]), (&json!(0), &json!(0)));
    let receipt = || {
        let outbox = server.json(&["outbox"]);
        let rows = outbox["deliveries"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["receipt"] == "DELIVRD")
    };
    until("the receipt comes", receipt).await;

    // The gateway ends the session: the next message binds again.
    peers.order(&json!({ "unbind": true }));
    let answer = probe("+8613800138001");
    assert!(answer["answer"].as_str().unwrap().contains("accepted as msg2"), "{answer}");
    let binds = peers.take().iter().filter(|said| said["via"] == "bind").count();
    assert_eq!(binds, 2);

    // A refused email is tried again later when it is a notice, and told at once when it is a probe.
    peers.order(&json!({ "refuse": { "email": 1 } }));
    let refused = server.run(&["notify", "test", "--to", "somebody@example.com"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("451"), "{refused:?}");
}
