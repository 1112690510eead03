//! Members: their calls stand in their master's books, under a quota of their own, and they see nothing else there.

use ledger::directory::Directory;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::customer::{API, Customer, PIXEL, token_in, token_of};
use crate::sdk_driver::Sdk;
use crate::server::{BLANK, SANDBOX, Server};

pub struct Member {
    pub account: Value,
    token: String,
}

impl Member {
    pub async fn open(master: &Customer, name: &str) -> Member {
        let account = master.server.json(&["account", "create", name]);
        let token = token_of(&master.http, &master.server.url, &account).await;
        Member { account, token }
    }

    async fn ask(&self, with: &Customer, (method, path): (Method, &str), body: Value) -> (StatusCode, Value) {
        let request = with.http.request(method, format!("{}{path}", with.server.url));
        let request = request.header("x-auth-token", &self.token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        (status, if lines.len() == 1 { lines[0].clone() } else { Value::Array(lines) })
    }

    pub async fn call(&self, with: &Customer) -> reqwest::Response {
        let project = self.account["projects"]["cn-north-4"].as_str().unwrap();
        let url = format!("{}/v2/{project}/ocr/general-text", with.server.url);
        let request = with.http.post(url).header("x-auth-token", &self.token);
        request.json(&json!({ "image": PIXEL })).send().await.unwrap()
    }

    async fn refused(&self, with: &Customer) -> (u16, Value) {
        let response = self.call(with).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

/// Whose calls cost what is told by name; and a member is told that its own books are not all there is.
#[tokio::test]
async fn a_diagnosis_names_who_called_and_who_pays() {
    let alice = Customer::open("V0", "intl").await;
    let bob = Member::open(&alice, "bob").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.server.json(&["member", "add", "alice", "bob", "--calls", "9"]);
    alice.charged().await;
    for _ in 0..2 {
        assert_eq!(bob.call(&alice).await.status(), StatusCode::OK);
    }
    let found = alice.server.json(&["diagnose", "alice"]);
    let evidence = &found["findings"][0]["evidence"];
    let of_bob = &evidence["enterprise_projects"];
    assert_eq!((&evidence["calls"], of_bob.as_array().unwrap().len()), (&json!(3), 1), "{found:#}");
    assert_eq!((&of_bob[0]["name"], &of_bob[0]["calls"]), (&json!("bob"), &json!(2)));
    assert_eq!(of_bob[0]["enterprise_project"], bob.account["account_id"]);
    let sentences = evidence["sentences"].as_array().unwrap();
    assert!(sentences.contains(&json!("Of these, 2 calls for 0.10 CNY are of bob.")), "{sentences:#?}");

    let of_master = "its calls are paid for by its master,";
    let (_, own) = bob.ask(&alice, (Method::GET, "/v1/diagnosis"), Value::Null).await;
    assert!(own["summary"].as_str().unwrap().contains(of_master), "{own:#}");
    let (_, ahead) = bob.ask(&alice, (Method::GET, "/v1/forecast"), Value::Null).await;
    assert!(ahead["supposed"].as_str().unwrap().contains(of_master), "{ahead:#}");
    assert!(!found["summary"].as_str().unwrap().contains("master"), "{found:#}");
}

#[tokio::test]
async fn a_member_uses_its_masters_packages_and_balance_under_its_quota() {
    let alice = Customer::open("V0", "intl").await;
    let bob = Member::open(&alice, "bob").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let (status, body) = bob.refused(&alice).await;
    assert_eq!(
        (status, &body["error_code"]),
        (403, &json!("ModelArts.4204")),
        "its own books have nothing enabled"
    );

    let list = alice.server.json(&["member", "add", "alice", "bob", "--calls", "3"]);
    assert_eq!(list["members"][0]["quota"], json!({ "amount": null, "calls": 3 }), "{list:#}");
    alice.server.json(&["top-up", "alice", "100"]);
    alice.order(&["package", "buy", "alice", "--calls", "1000"]);
    let response = bob.call(&alice).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-inkmeter-pocket"], "lot");
    for hidden in ["x-inkmeter-package-left", "x-inkmeter-available"] {
        assert!(!response.headers().contains_key(hidden), "{hidden} is the master's to know");
    }
    alice.charged().await;
    bob.call(&alice).await;
    bob.call(&alice).await;
    let (status, body) = bob.refused(&alice).await;
    assert_eq!((status, &body["reason"]), (403, &json!("member_quota_reached")), "{body:#}");
    assert_eq!(body["error_code"], "Inkmeter.0102");
    assert_eq!(alice.charged().await.0, "lot", "the master's own calls go on");
    alice.server.json(&["member", "remove", "alice", "bob"]);
    alice.server.json(&["member", "add", "alice", "bob", "--calls", "3"]);
    let (status, body) = bob.refused(&alice).await;
    assert_eq!((status, &body["reason"]), (403, &json!("member_quota_reached")), "no new quota: {body:#}");

    // In the master's books the member's calls name it; the member sees them, and nothing else.
    let charges = alice.server.charges("alice");
    let of_bob: Vec<&Value> =
        charges.iter().filter(|c| c["enterprise_project"] == bob.account["account_id"]).collect();
    assert_eq!((charges.len(), of_bob.len()), (5, 3));
    let (_, seen) = bob.ask(&alice, (Method::GET, "/v1/charges"), Value::Null).await;
    let ids = |rows: &[Value]| rows.iter().map(|row| row["request_id"].clone()).collect::<Vec<_>>();
    let wanted: Vec<Value> = of_bob.iter().map(|row| row["request_id"].clone()).collect();
    assert_eq!(ids(seen.as_array().unwrap()), wanted);
    let after = format!("/v1/charges?after={}", wanted[1].as_str().unwrap());
    let (_, rest) = bob.ask(&alice, (Method::GET, &after), Value::Null).await;
    assert_eq!(rest["request_id"], wanted[2]);
    let foreign = charges.iter().find(|charge| !wanted.contains(&charge["request_id"])).unwrap();
    let after = format!("/v1/charges?after={}", foreign["request_id"].as_str().unwrap());
    let (status, _) = bob.ask(&alice, (Method::GET, &after), Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a charge of the master's is no place to go on from");
    let (_, usage) = bob.ask(&alice, (Method::GET, "/v1/usage?by=month"), Value::Null).await;
    assert_eq!(
        (&usage["rows"][0]["units"], usage["rows"].as_array().unwrap().len()),
        (&json!(3), 1),
        "{usage:#}"
    );
    let (_, own) = bob.ask(&alice, (Method::GET, "/v1/membership"), Value::Null).await;
    assert_eq!(
        (&own["master"], &own["membership"]["used"]["calls"]),
        (&json!("alice"), &json!(3)),
        "{own:#}"
    );
    let (_, account) = bob.ask(&alice, (Method::GET, "/v1/account"), Value::Null).await;
    assert_eq!(account["name"], "bob");
    let path = format!("/v1/charges/{}/explanation", wanted[0].as_str().unwrap());
    let (status, _) = bob.ask(&alice, (Method::GET, &path), Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for (method, path) in [
        (Method::POST, "/v1/packages"),
        (Method::POST, "/v1/top-ups"),
        (Method::PUT, "/v1/subscriptions/cn-north-4/general-text"),
    ] {
        let (status, body) = bob.ask(&alice, (method, path), json!({})).await;
        assert_eq!((status, &body["reason"]), (StatusCode::FORBIDDEN, &json!("no_permission")), "{path}");
    }

    // The master changes the quota; a quota of money is not overshot.
    alice.server.json(&["member", "set", "alice", "bob", "--amount", "0"]);
    let bob = Member { token: token_of(&alice.http, &alice.server.url, &bob.account).await, ..bob };
    assert_eq!(bob.call(&alice).await.status(), StatusCode::OK, "packages cost nothing more");
    let carol = Member::open(&alice, "carol").await;
    alice.server.json(&["member", "add", "alice", "carol", "--amount", "0.12"]);
    alice.server.run(&["subscribe", "alice", "--api", "general-text", "--region", "cn-east-3"]);
    let project = carol.account["projects"]["cn-east-3"].as_str().unwrap().to_owned();
    let renewed = async || {
        let token = token_in(&alice.http, &alice.server.url, &carol.account, "cn-east-3").await;
        Member { account: carol.account.clone(), token }
    };
    let call = async |carol: &Member| {
        let url = format!("{}/v2/{project}/ocr/general-text", alice.server.url);
        let request = alice.http.post(url).header("x-auth-token", &carol.token);
        request.json(&json!({ "image": PIXEL })).send().await.unwrap().status().as_u16()
    };
    let carol_now = renewed().await;
    assert_eq!(
        [call(&carol_now).await, call(&carol_now).await, call(&carol_now).await],
        [200, 200, 403],
        "two calls of 0.05, and no third"
    );
    // A month later the quota is new.
    alice.server.json(&["clock", "advance", "31d"]);
    let carol_now = renewed().await;
    assert_eq!(call(&carol_now).await, 200);
    let (_, own) = carol_now.ask(&alice, (Method::GET, "/v1/membership"), Value::Null).await;
    let used = &own["membership"]["used"];
    assert_eq!((&used["calls"], used["amount"].to_string().as_str()), (&json!(1), "0.05"), "{own:#}");
}

/// Whatever refuses a member's call, nothing its master owns, owes or was told is in the answer.
#[tokio::test]
async fn a_refusal_tells_a_member_what_to_ask_for_and_nothing_its_master_owns() {
    let alice = Customer::open("V0", "intl").await;
    let bob = Member::open(&alice, "bob").await;
    alice.server.json(&["member", "add", "alice", "bob"]);
    alice.server.json(&["top-up", "alice", "100"]);
    let buy =
        ["package", "buy", "alice", "--api", "general-text", "--region", "cn-east-3", "--calls", "1000"];
    assert!(alice.server.run(&buy).status.success());
    let own: Value = alice.call().await.json().await.unwrap();
    let cure = own["cure"].as_str().unwrap();
    assert!(cure.contains("cn-east-3"), "the master itself is told where its packages are: {cure}");
    let (status, told) = bob.refused(&alice).await;
    assert_eq!((status, &told["error_code"]), (403, &json!("ModelArts.4204")));
    assert_eq!(told["error_msg"], "Request api error! The API general-text is not subscribed.");
    assert_eq!(told["reason"], "not_subscribed");
    assert_eq!(
        told["cure"],
        "Ask the master account to enable general-text in cn-north-4, or to buy a package for it there."
    );
    // A spending cap: the code says what it is, and no sum.
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    assert!(alice.server.run(&["cap", "set", "alice", "--monthly", "0.01"]).status.success());
    let (status, told) = bob.refused(&alice).await;
    assert_eq!((status, &told["reason"]), (403, &json!("spend_cap_reached")));
    assert_eq!(told["error_code"], "Inkmeter.0101");
    assert!(!told["error_msg"].as_str().unwrap().contains("0.0"), "{told:#}");
    assert!(told["cure"].as_str().unwrap().starts_with("Ask the master account to raise"), "{told:#}");
    // What is wrong with the call is the member's own affair, and told as to everybody.
    let project = bob.account["projects"]["cn-north-4"].as_str().unwrap();
    let path = format!("/v2/{project}/ocr/general-text");
    let wrong = json!({ "image": PIXEL, "language": "klingon" });
    let (status, told) = bob.ask(&alice, (Method::POST, &path), wrong).await;
    assert_eq!((status, &told["cure"]), (StatusCode::BAD_REQUEST, &Value::Null), "{told:#}");
}

/// What a member has from before it is its own to end and to pay; what would begin something is its master's.
#[tokio::test]
async fn a_member_ends_and_pays_what_is_its_own_and_begins_nothing() {
    let alice = Customer::with(Server::configured(&[BLANK, SANDBOX]), "V0", "intl").await;
    let (bob, carol) = (Member::open(&alice, "bob").await, Member::open(&alice, "carol").await);
    alice.server.json(&["top-up", "bob", "100"]);
    let buy = ["package", "buy", "bob", "--calls", "1000"];
    assert!(alice.server.run(&[&buy[..], &API[..]].concat()).status.success());
    let renewal = "/v1/packages/0/renewal";
    let (auto, none) = (json!({ "mode": "auto" }), json!({ "mode": "none" }));
    let rule = json!({ "below": "1", "amount": "10" });
    for (path, body) in [(renewal, &auto), ("/v1/auto-top-up", &rule)] {
        let (status, told) = bob.ask(&alice, (Method::PUT, path), body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{told:#}");
    }
    assert!(alice.server.run(&[&["subscribe", "carol"][..], &API[..]].concat()).status.success());
    assert_eq!(carol.call(&alice).await.status(), StatusCode::OK);
    alice.server.json(&["clock", "advance", "1h"]);
    for name in ["bob", "carol"] {
        alice.server.json(&["member", "add", "alice", name]);
    }

    let top_up = json!({ "amount": "10" });
    let resources = "/v2/orders/subscriptions/resources";
    for (method, path, body) in [
        (Method::PUT, renewal, &auto),
        (Method::PUT, "/v1/auto-top-up", &rule),
        (Method::POST, "/v1/top-ups", &top_up),
        (Method::POST, "/v1/orders", &top_up),
        (Method::POST, "/v1/quotes", &top_up),
        (Method::POST, "/v1/orders/0/pay", &top_up),
        (Method::POST, "/v1/packages/0/renew", &top_up),
        (Method::POST, "/v3/orders/customer-orders/pay", &top_up),
        (Method::POST, &format!("{resources}/renew"), &top_up),
        (Method::POST, &format!("{resources}/autorenew/x"), &top_up),
        (Method::POST, &format!("{resources}/to-on-demand/instantly"), &top_up),
    ] {
        let (status, told) = bob.ask(&alice, (method, path), body.clone()).await;
        assert_eq!((status, &told["reason"]), (StatusCode::FORBIDDEN, &json!("no_permission")), "{path}");
        let code = if path.starts_with("/v1/") { "ModelArts.4203" } else { "CBC.0151" };
        assert_eq!(told["error_code"], code, "{path}");
    }
    for (method, path, body) in
        [(Method::PUT, renewal, none), (Method::DELETE, "/v1/auto-top-up", Value::Null)]
    {
        let (status, told) = bob.ask(&alice, (method, path), body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told:#}");
    }
    let (status, told) = carol.ask(&alice, (Method::POST, "/v1/top-ups"), top_up.clone()).await;
    assert_eq!((status, &told["status"]), (StatusCode::OK, &json!("paid")), "{told:#}");
    let (status, _) = carol.ask(&alice, (Method::POST, "/v1/top-ups"), top_up).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "it owes nothing any more");
}

/// In its master's bills a member goes by its name, while it is one and later.
async fn called_bob(alice: &Customer, bob: &Member) {
    let month = alice.show()["now"].as_str().unwrap()[..7].to_owned();
    let ask = async |path: String| {
        let request = alice.http.get(format!("{}{path}", alice.server.url));
        request.header("x-auth-token", &alice.token).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let fees = ask(format!("/v2/bills/customer-bills/fee-records?bill_cycle={month}")).await;
    let bill = ask(format!("/v1/bills/{month}")).await;
    for (row, id) in
        [(&fees["records"][0], "enterprise_project_id"), (&bill["lines"][0], "enterprise_project")]
    {
        assert_eq!((&row[id], &row["enterprise_project_name"]), (&bob.account["account_id"], &json!("bob")));
    }
}

/// Members as the Billing Center of both sites lists them; another account is like one that is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_listed_by_both_sites() {
    let alice = Customer::open("V0", "intl").await;
    let (bob, carol) = (Member::open(&alice, "bob").await, Member::open(&alice, "carol").await);
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let dave = alice.server.json(&["account", "create", "dave"]);
    for site in ["bss", "bssintl"] {
        for name in ["bob", "carol"] {
            alice.server.json(&["member", "add", "alice", name]);
        }
        let names = |sdk: &mut Sdk, how: Value| -> Vec<Value> {
            let listed = sdk.ok(site, "list_enterprise_sub_customers", how);
            let rows = listed["sub_customer_infos"].as_array().unwrap();
            assert!(rows.iter().all(|row| row["status"] == 1 && row["display_name"] == row["name"]));
            rows.iter().map(|row| row["name"].clone()).collect()
        };
        let listed = sdk.ok(site, "list_enterprise_sub_customers", json!({"limit": 1, "offset": 1}));
        assert_eq!(listed["total_count"], 2, "{listed:#}");
        assert_eq!(listed["sub_customer_infos"][0]["id"], carol.account["account_id"], "{listed:#}");
        assert_eq!(names(&mut sdk, json!({"sub_customer_account_name": "ar", "fuzzy_query": 1})), ["carol"]);
        assert!(names(&mut sdk, json!({"sub_customer_account_name": "ar"})).is_empty());
        assert!(names(&mut sdk, json!({"org_id": "unit"})).is_empty());
        alice.server.json(&["member", "remove", "alice", "carol"]);
        assert_eq!(names(&mut sdk, json!({})), ["bob"]);
        let own = json!({"customer_id": alice.account["account_id"]});
        let review = sdk.ok(site, "show_realname_authentication_review_result", own);
        assert_eq!(review["review_result"], Value::Null, "{review:#}");
        for other in [&dave["account_id"], &json!("nobody")] {
            let review =
                sdk.call(site, "show_realname_authentication_review_result", json!({"customer_id": other}));
            assert_eq!(review["code"], "CBC.0151", "{review:#}");
        }
    }
    let of_bob = json!({"sub_customer_id": bob.account["account_id"]});
    let amounts = sdk.ok("bss", "list_enterprise_multi_account", of_bob);
    let row = &amounts["amount_infos"][0];
    assert_eq!(
        (&amounts["total_count"], &row["avail_retrieve_amount"]),
        (&json!(1), &json!("0.00")),
        "{row:#}"
    );
    let credit = json!({"sub_customer_id": bob.account["account_id"], "balance_type": "BALANCE_TYPE_CREDIT"});
    assert_eq!(sdk.ok("bss", "list_enterprise_multi_account", credit)["amount_infos"], json!([]));
    for other in [&carol.account["account_id"], &dave["account_id"], &json!("nobody")] {
        let amounts = sdk.call("bss", "list_enterprise_multi_account", json!({"sub_customer_id": other}));
        assert_eq!(amounts["code"], "CBC.0151", "{amounts:#}");
    }
}

#[tokio::test]
async fn a_membership_begins_and_ends_with_the_next_call() {
    let alice = Customer::open("V0", "intl").await;
    let (bob, carol) = (Member::open(&alice, "bob").await, Member::open(&alice, "carol").await);
    for name in ["alice", "bob"] {
        alice.server.json(&["top-up", name, "1"]);
        alice.server.run(&["subscribe", name, "--api", "general-text", "--region", "cn-north-4"]);
    }
    bob.call(&alice).await;
    alice.server.json(&["member", "add", "alice", "bob"]);
    bob.call(&alice).await;
    for wrong in [["alice", "alice"], ["bob", "carol"], ["carol", "bob"], ["carol", "alice"]] {
        let refused = alice.server.run(&["member", "add", wrong[0], wrong[1]]);
        assert!(!refused.status.success(), "{wrong:?}: members are one level deep");
    }
    alice.server.json(&["clock", "advance", "1h"]);
    called_bob(&alice, &bob).await;
    let listed = alice.server.json(&["member", "remove", "alice", "bob"]);
    assert_eq!(listed["members"], json!([]));
    called_bob(&alice, &bob).await;
    bob.call(&alice).await;
    assert_eq!((alice.server.charges("bob").len(), alice.server.charges("alice").len()), (2, 1));
    let (status, own) = carol.ask(&alice, (Method::GET, "/v1/membership"), Value::Null).await;
    assert_eq!((status, &own["master"]), (StatusCode::OK, &Value::Null));
    // Nobody's own calls can be put down to a member: not even to an account that is not there.
    let absent = json!("0123456789abcdef0123456789abcdef");
    for id in [&bob.account["account_id"], &carol.account["account_id"], &absent] {
        let project = json!({ "name": "shop", "id": id });
        let (status, told) = bob.ask(&alice, (Method::POST, "/v1/enterprise-projects"), project).await;
        assert_eq!((status, &told["reason"]), (StatusCode::BAD_REQUEST, &json!("id_of_an_account")), "{id}");
    }
    assert!(alice.server.run(&["verify"]).status.success(), "the laws hold");
}

/// What the master's books say of memberships, newest first.
async fn memberships_in_books(alice: &Customer) -> Vec<String> {
    let url = format!("{}/v1/admin/accounts/alice/history?limit=1000", alice.server.url);
    let request = alice.http.get(url).bearer_auth(alice.server.operator_token());
    let rows: Value = request.send().await.unwrap().json().await.unwrap();
    let kinds = rows.as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned());
    kinds.filter(|kind| kind.starts_with("member_")).collect()
}

/// What stands between the two is what a process leaves behind that is killed between them.
#[tokio::test]
async fn a_membership_that_was_cut_in_two_is_none_after_the_next_start() {
    let mut alice = Customer::open("V0", "intl").await;
    for name in ["bob", "carol", "dora"] {
        alice.server.json(&["account", "create", name]);
    }
    for name in ["bob", "carol"] {
        alice.server.json(&["member", "add", "alice", name, "--calls", "3"]);
    }
    alice.server.kill();
    {
        let directory = Directory::open(&alice.server.data.path().join("directory.db")).unwrap();
        let id = |name: &str| directory.account_by_name(name).unwrap().unwrap().account_id;
        // In the books alone: an addition before its second half, or a removal after its first.
        assert!(directory.unlink_member(&id("alice"), &id("bob")).unwrap());
        // In the directory alone: the journal's end was lost.
        directory.link_member(&id("alice"), &id("dora")).unwrap();
    }
    for _ in 0..2 {
        alice.server.restart();
        let listed = alice.server.json(&["member", "list", "alice"]);
        let names: Vec<&Value> =
            listed["members"].as_array().unwrap().iter().map(|member| &member["member"]).collect();
        assert_eq!(names, ["carol"]);
        let history = memberships_in_books(&alice).await;
        assert_eq!(history, ["member_removed", "member_set", "member_set"], "bob's is ended, and once");
        let directory = Directory::open(&alice.server.data.path().join("directory.db")).unwrap();
        for (name, is_member) in [("bob", false), ("carol", true), ("dora", false)] {
            let row = directory.account_by_name(name).unwrap().unwrap();
            assert_eq!(row.master_id.is_some(), is_member, "{name}");
        }
        assert!(alice.server.run(&["verify"]).status.success(), "the laws hold");
        alice.server.kill();
    }
}

/// Killed at any moment while memberships come and go, directory and books agree after the start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memberships_are_whole_after_any_kill() {
    let mut alice = Customer::open("V0", "intl").await;
    alice.server.json(&["account", "create", "bob"]);
    for round in 0..5_u64 {
        let (http, url, operator) =
            (alice.http.clone(), alice.server.url.clone(), alice.server.operator_token());
        let coming_and_going = tokio::spawn(async move {
            let members = format!("{url}/v1/admin/accounts/alice/members");
            loop {
                let add = http.post(&members).json(&json!({ "member": "bob", "calls": 3 }));
                let remove = http.delete(format!("{members}/bob"));
                for request in [add, remove] {
                    match request.bearer_auth(&operator).send().await {
                        Ok(response) => assert_eq!(response.status(), StatusCode::OK),
                        Err(_) => return,
                    }
                }
            }
        });
        tokio::time::sleep(std::time::Duration::from_millis(50 + 7 * round)).await;
        alice.server.kill();
        coming_and_going.await.unwrap();
        alice.server.restart();
        let latest = memberships_in_books(&alice).await.remove(0);
        let listed = alice.server.json(&["member", "list", "alice"]);
        let is_listed = listed["members"].as_array().unwrap().len() == 1;
        assert_eq!(latest == "member_set", is_listed, "{latest}, and {listed}");
    }
    assert!(alice.server.run(&["verify"]).status.success(), "the laws hold");
}

#[tokio::test]
async fn who_cannot_be_a_member_is_told_why() {
    let alice = Customer::open("V0", "intl").await;
    for name in ["bob", "carol"] {
        alice.server.json(&["account", "create", name]);
    }
    alice.server.json(&["member", "add", "alice", "bob"]);
    let operator = alice.server.operator_token();
    let ask = async |method: Method, path: &str, body: Value| {
        let url = format!("{}/v1/admin/accounts/{path}", alice.server.url);
        let response =
            alice.http.request(method, url).bearer_auth(&operator).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body["error_code"].clone(), body["reason"].clone())
    };
    let refused = |reason: &str| (400, json!("AIS.0101"), json!(reason));
    for (master, member, reason) in [
        ("alice", "nobody", "unknown_account"),
        ("alice", "alice", "not_a_member"),
        ("carol", "bob", "not_a_member"),
        ("bob", "carol", "not_a_member"),
    ] {
        let answer = ask(Method::POST, &format!("{master}/members"), json!({ "member": member })).await;
        assert_eq!(answer, refused(reason), "{member} of {master}");
    }
    for name in ["carol", "nobody"] {
        let path = format!("alice/members/{name}");
        assert_eq!(ask(Method::PUT, &path, json!({ "calls": 1 })).await, refused("unknown_member"), "{name}");
        assert_eq!(ask(Method::DELETE, &path, Value::Null).await, refused("unknown_member"), "{name}");
    }
    let listed = alice.server.json(&["member", "list", "alice"]);
    assert_eq!(listed["members"].as_array().unwrap().len(), 1);
    assert_eq!(alice.server.json(&["member", "list", "carol"])["members"], json!([]));
}
