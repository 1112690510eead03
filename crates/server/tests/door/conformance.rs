//! The stock SDKs as real clients use them: each way of making a client, of proving who calls and of being refused, and
//! charging and arrears as OCR's and the Billing Center's SDKs see them. The table is in docs/compat.md.

use charging::Money;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::customer::{API, Customer, PIXEL};
use crate::documented::{Answer, check_documented};
use crate::iam::token_request;
use crate::sdk_driver::Sdk;
use crate::server::{BLANK, Server};

const OCR: (&str, &str) = ("ocr", "recognize_general_text");

/// A picture as the SDK's request has it.
fn picture() -> Value {
    json!({ "body": { "class": "GeneralTextRequestBody", "image": PIXEL } })
}

/// A customer whom the API is enabled for, with a package of a thousand calls.
async fn customer() -> Customer {
    let alice = Customer::with(Server::configured(&[BLANK]), "V5", "cn").await;
    alice.server.json(&["top-up", "alice", "40"]);
    alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice
}

/// An amount, whether it came as a number or as text.
fn number(value: &Value) -> Money {
    value.to_string().trim_matches('"').parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Method and path of each request that was sent.
fn paths(exchanges: &[Value]) -> Vec<String> {
    let text = |exchange: &Value, field: &str| exchange[field].as_str().unwrap().to_owned();
    exchanges.iter().map(|exchange| text(exchange, "method") + " " + &text(exchange, "path")).collect()
}

/// A client that knows its project, its region or only an endpoint sends what it always sends, and is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_are_made_in_every_way() {
    let alice = customer().await;
    let (project, url) = (alice.project("cn-north-4"), &alice.server.url);
    let ocr = format!("POST /v2/{project}/ocr/general-text");
    let look_up = "GET /v3/projects?name=cn-north-4".to_owned();
    for (client, sent) in [
        (json!({"ids": [project], "endpoint": url}), vec![ocr.clone()]),
        (json!({"region": ["cn-north-4", url], "iam": url}), vec![look_up.clone(), ocr.clone()]),
        (json!({"region": ["cn-north-4", url, url], "iam": url}), vec![look_up.clone(), ocr.clone()]),
        (json!({}), vec![look_up.clone(), ocr.clone()]),
        (
            json!({"ids": [project], "endpoint": url, "headers": {"X-Auth-Token": alice.token}}),
            vec![ocr.clone()],
        ),
    ] {
        // A process of its own: the SDK keeps the ids it has looked up.
        let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
        let (answer, exchanges) = sdk.exchange(OCR.0, OCR.1, picture(), client.clone());
        assert_eq!((&answer["status"], paths(&exchanges)), (&json!(200), sent), "{client}: {answer:#}");
        let result = &answer["result"];
        assert_eq!(
            (&result["words_block_count"], &result["direction"], &result["words_block_list"]),
            (&json!(0), &json!(-1.0), &json!([])),
            "{client}"
        );
        let last = exchanges.last().unwrap();
        assert!(last["sent"]["Authorization"].as_str().unwrap().starts_with("SDK-HMAC-SHA256 Access="));
        assert_eq!(last["sent"]["X-Project-Id"], project);
    }
    // Without a project and without a region nobody can tell which one is meant.
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let (answer, exchanges) = sdk.exchange(OCR.0, OCR.1, picture(), json!({"endpoint": url}));
    assert_eq!(paths(&exchanges), ["POST /v2/%7Bproject_id%7D/ocr/general-text"]);
    assert!((400..500).contains(&answer["status"].as_u64().unwrap()), "{answer:#}");
    assert_eq!(alice.server.charges("alice").len(), 5, "nothing but what was served is charged");
}

/// The Billing Center of both sites: the account's id is looked up, or given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_is_found_by_its_keys() {
    let alice = customer().await;
    let (id, url) = (&alice.account["account_id"], &alice.server.url);
    let balances = "GET /v2/accounts/customer-accounts/balances".to_owned();
    for site in ["bss", "bssintl"] {
        let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
        let method = "show_customer_account_balances";
        let (given, exchanges) = sdk.exchange(site, method, json!({}), json!({"ids": [id], "endpoint": url}));
        assert_eq!(paths(&exchanges), std::slice::from_ref(&balances));
        assert_eq!(&exchanges[0]["sent"]["X-Domain-Id"], id);
        let (found, exchanges) = sdk.exchange(site, method, json!({}), json!({}));
        assert_eq!(paths(&exchanges), ["GET /v3/auth/domains".to_owned(), balances.clone()]);
        for answer in [given, found] {
            let cash = &answer["account_balances"][0];
            assert_eq!((&cash["account_id"], number(&cash["amount"])), (id, Money::ZERO), "{answer:#}");
        }
        let query =
            json!({"create_time_begin": "2026-01-01T00:00:00Z", "limit": 10, "offset": 0, "status": 5});
        let (orders, exchanges) = sdk.exchange(site, "list_customer_orders", query, json!({}));
        assert_eq!(
            (&orders["total_count"], orders["order_infos"][0]["status"].as_u64()),
            (&json!(1), Some(5))
        );
        assert_eq!(
            paths(&exchanges),
            [
                "GET /v2/orders/customer-orders?create_time_begin=2026-01-01T00%3A00%3A00Z&limit=10&offset=0&status=5"
            ]
        );
    }
}

/// Refusals reach the program as the SDK's own exceptions, with the code and the request's id; nothing is tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_the_sdks_exceptions() {
    let alice = customer().await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let url = &alice.server.url;
    let elsewhere = json!({"ids": [alice.project("cn-east-3")], "endpoint": url});
    let (not_enabled, exchanges) = sdk.exchange(OCR.0, OCR.1, picture(), elsewhere);
    assert_eq!((&not_enabled["status"], &not_enabled["code"]), (&json!(403), &json!("ModelArts.4204")));
    assert_eq!(not_enabled["message"], "Request api error! The API general-text is not subscribed.");
    assert_eq!((exchanges.len(), &not_enabled["request_id"]), (1, &exchanges[0]["request_id"]));
    let image = json!({ "body": { "class": "AcceptanceBillRequestBody", "image": PIXEL } });
    let (not_there, exchanges) = sdk.exchange("ocr", "recognize_acceptance_bill", image, json!({}));
    assert_eq!(
        (&not_there["status"], &not_there["code"]),
        (&json!(404), &json!("APIG.0101")),
        "{not_there:#}"
    );
    assert_eq!(not_there["request_id"], exchanges.last().unwrap()["request_id"]);
    assert_eq!(alice.server.charges("alice"), Vec::<Value>::new());
}

/// A call beyond the throttle is sent once. What is posted keeps code and words; of a `GET` the SDK's own retry rules
/// lose the body, and the program sees the bare status: nothing of ours can change that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttled_calls_are_the_sdks_exceptions() {
    let throttled = ("\nper_minute = 0", "\nper_minute = 1");
    let alice = Customer::with(Server::configured(&[BLANK, throttled]), "V5", "cn").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let url = &alice.server.url;
    let client = json!({"ids": [alice.project("cn-north-4")], "endpoint": url});
    assert_eq!(sdk.exchange(OCR.0, OCR.1, picture(), client.clone()).0["status"], 200);
    let (refused, exchanges) = sdk.exchange(OCR.0, OCR.1, picture(), client);
    assert_eq!((&refused["status"], &refused["code"]), (&json!(429), &json!("APIG.0308")), "{refused:#}");
    let words =
        "The throttling threshold has been reached: policy user over ratelimit,limit:1,time:1 minute.";
    assert_eq!(refused["message"], words);
    assert_eq!((exchanges.len(), &refused["request_id"]), (1, &exchanges[0]["request_id"]));

    let client = json!({"ids": [alice.account["account_id"]], "endpoint": url});
    let balances = "show_customer_account_balances";
    assert_eq!(sdk.exchange("bss", balances, json!({}), client.clone()).0["status"], 200);
    for site in ["bss", "bssintl"] {
        let (refused, _) = sdk.exchange(site, balances, json!({}), client.clone());
        assert_eq!((&refused["status"], &refused["code"]), (&json!(429), &json!("429")), "{refused:#}");
    }
    assert_eq!(alice.server.charges("alice").len(), 1, "what was refused is not charged");
}

/// What was signed with another secret, or changed after it was signed, is refused; five in a row lock the key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_cover_everything() {
    let alice = customer().await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let (project, url) = (alice.project("cn-north-4").to_owned(), alice.server.url.clone());
    let with = |more: Value| {
        let mut client = json!({"ids": [project], "endpoint": url});
        client.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client
    };
    let refused = |sdk: &mut Sdk, client: Value, what: &str| {
        let (answer, exchanges) = sdk.exchange(OCR.0, OCR.1, picture(), client);
        assert_eq!(
            (&answer["status"], &answer["code"]),
            (&json!(401), &json!("APIG.0301")),
            "{what}: {answer:#}"
        );
        assert_eq!(exchanges.len(), 1, "{what}: nothing is tried again");
    };
    // Between them something right, which begins the count anew.
    for changed in ["body", "query", "signed header", "missing header"] {
        refused(&mut sdk, with(json!({"tamper": changed})), changed);
        assert_eq!(
            sdk.exchange(OCR.0, OCR.1, picture(), with(json!({}))).0["status"],
            200,
            "after {changed}"
        );
    }
    let yesterday = server::clock::system_now_ms() - 16 * 60_000;
    let late = wire::signature::format_date(yesterday / 1000);
    refused(&mut sdk, with(json!({"headers": {"X-Sdk-Date": late}})), "sixteen minutes late");
    assert_eq!(sdk.exchange(OCR.0, OCR.1, picture(), with(json!({}))).0["status"], 200);
    let forged = json!({"access_key": alice.account["access_key"], "secret_key": "not the secret"});
    let mut forger = Sdk::start(&alice.server, &forged).unwrap();
    for _ in 0..5 {
        refused(&mut forger, with(json!({})), "another secret");
    }
    refused(&mut sdk, with(json!({})), "the right secret, while the key is locked");
    assert_eq!(alice.server.charges("alice").len(), 5, "what was refused is not charged");
}

/// Tokens as programs without an SDK use them: of a project, of the account, too old, and none for who guesses.
#[tokio::test]
async fn tokens_open_what_they_are_for() {
    let mut alice = customer().await;
    let ask = async |alice: &Customer, password: &str, scope: Value| {
        let user = json!({"name": alice.account["user"], "password": password, "domain": {"name": "alice"}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": scope}});
        let url = format!("{}/v3/auth/tokens", alice.server.url);
        let response = alice.http.post(url).json(&body).send().await.unwrap();
        let token = response.headers().get("x-subject-token").map(|token| token.to_str().unwrap().to_owned());
        let (status, kind) = (response.status().as_u16(), response.headers()["content-type"].clone());
        let text = response.text().await.unwrap();
        let answer = Answer { status, kind: kind.to_str().unwrap(), text: &text };
        check_documented("POST", "/v3/auth/tokens", answer);
        (status, token, serde_json::from_str::<Value>(&text).unwrap())
    };
    let password = alice.account["password"].as_str().unwrap().to_owned();
    let of_project = json!({"project": {"name": "cn-north-4"}});
    let (status, token, body) = ask(&alice, &password, of_project.clone()).await;
    assert_eq!((status, &body["token"]["project"]["id"]), (201, &alice.account["projects"]["cn-north-4"]));
    alice.token = token.unwrap();
    assert_eq!(alice.charged().await.0, "lot");
    let (_, token, _) = ask(&alice, &password, json!({"domain": {"name": "alice"}})).await;
    alice.token = token.unwrap();
    let response = alice.call().await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.json::<Value>().await.unwrap()["error_code"], "ModelArts.0212");

    alice.renew_token().await;
    alice.server.json(&["clock", "advance", "25h"]);
    let response = alice.call().await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let code = response.json::<Value>().await.unwrap()["error_code"].clone();
    assert!(code == "APIG.0301" || code == "APIG.0307", "{code}");

    for _ in 0..5 {
        let (status, _, body) = ask(&alice, "a guess", of_project.clone()).await;
        assert_eq!((status, &body["error"]["message"]), (401, &json!("The username or password is wrong.")));
    }
    let (status, token, body) = ask(&alice, &password, of_project).await;
    assert_eq!((status, token, &body["error"]["message"]), (401, None, &json!("The account is locked.")));
    assert_eq!(alice.server.charges("alice").len(), 1, "nothing but what was served is charged");
}

/// What users do for themselves, through IAM's SDK: a token for a token, another password, how they are reached.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_help_themselves_through_the_sdk() {
    let mut alice = customer().await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let project = json!({"class": "ScopeProjectOption", "name": "cn-north-4"});
    let token = json!({"class": "ScopedToken", "id": alice.token});
    let identity = json!({"class": "ScopedTokenIdentity", "methods": ["token"], "token": token});
    let scope = json!({"class": "TokenSocpeOption", "project": project});
    let auth = json!({"class": "ScopedTokenAuth", "identity": identity, "scope": scope});
    let body = json!({"body": {"class": "KeystoneCreateScopedTokenRequestBody", "auth": auth}});
    let scoped = sdk.ok("iam", "keystone_create_scoped_token", body);
    assert_eq!(scoped["token"]["methods"], json!(["token"]), "{scoped:#}");
    assert_eq!(scoped["token"]["project"]["id"], alice.project("cn-north-4"));
    alice.token = scoped["x_subject_token"].as_str().unwrap().to_owned();
    assert_eq!(alice.charged().await.0, "lot");

    let keys = sdk.ok("iam", "list_permanent_access_keys", json!({}));
    let user = &keys["credentials"][0]["user_id"];
    let contact =
        json!({"class": "UpdateUserInformationOption", "email": "a@example.com", "mobile": "0086-123"});
    let body = json!({"class": "UpdateUserInformationRequestBody", "user": contact});
    sdk.ok("iam", "update_user_information", json!({"user_id": user, "body": body}));
    let shown = sdk.ok("iam", "show_user", json!({"user_id": user}));
    assert_eq!(
        (&shown["user"]["email"], &shown["user"]["phone"]),
        (&json!("a@example.com"), &json!("123")),
        "{shown:#}"
    );
    let change = |original: &Value| {
        let option = json!({"class": "KeystoneUpdatePasswordOption", "password": "Another-Word-2",
            "original_password": original});
        let body = json!({"class": "KeystoneUpdateUserPasswordRequestBody", "user": option});
        json!({"user_id": user, "body": body})
    };
    let refused = sdk.call("iam", "keystone_update_user_password", change(&json!("not this one")));
    assert_eq!(refused["status"], 401, "{refused:#}");
    sdk.ok("iam", "keystone_update_user_password", change(&alice.account["password"]));
    alice.account["password"] = json!("Another-Word-2");
    let project = json!({"class": "AuthScopeProject", "name": "cn-north-4"});
    let asked = token_request(&alice.account, json!({"class": "AuthScope", "project": project}));
    let made = sdk.ok("iam", "keystone_create_user_token_by_password", asked);
    assert_eq!(made["token"]["user"]["name"], "alice", "{made:#}");
    alice.token = made["x_subject_token"].as_str().unwrap().to_owned();
    assert_eq!(alice.charged().await.0, "lot");
}

/// A package falls by what was served, usage is in four lists of the Billing Center to the cent, and standing is what
/// the page says: a package works throughout, calls at a price end when frozen, money brings them back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charging_and_arrears_through_the_sdks() {
    let alice = Customer::with(Server::configured(&[BLANK]), "V3", "cn").await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let east = [&["--api", "general-text", "--region", "cn-east-3"][..]].concat();
    alice.server.json(&["top-up", "alice", "40.10"]);
    alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    assert!(alice.server.run(&[&["subscribe", "alice"][..], &east].concat()).status.success());
    let url = alice.server.url.clone();
    let client = |region: &str| json!({"ids": [alice.project(region)], "endpoint": url});
    let read = |sdk: &mut Sdk, region: &str| {
        let answer = sdk.exchange(OCR.0, OCR.1, picture(), client(region)).0;
        (answer["status"].as_u64().unwrap(), answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let left = |sdk: &mut Sdk, site: &str| {
        let body = json!({"body": {"class": "ListFreeResourceInfosReq"}});
        let packages = sdk.ok(site, "list_free_resource_infos", body);
        packages["free_resource_packages"][0]["free_resources"][0]["amount"].clone()
    };
    let served = |status: u64| (status, String::new());
    let broken = json!({ "body": { "class": "GeneralTextRequestBody", "image": "no base64!" } });
    for _ in 0..3 {
        assert_eq!(read(&mut sdk, "cn-north-4"), served(200));
        let refused = sdk.exchange(OCR.0, OCR.1, broken.clone(), client("cn-north-4")).0;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(400), &json!("AIS.0102")));
    }
    for site in ["bss", "bssintl"] {
        assert_eq!(left(&mut sdk, site), "997", "{site}: by the calls that were served alone");
    }

    // Four calls at 0.05 elsewhere; 0.10 is there.
    for _ in 0..4 {
        assert_eq!(read(&mut sdk, "cn-east-3"), served(200));
    }
    let cycle = alice.show()["now"].as_str().unwrap()[..7].to_owned();
    alice.server.json(&["clock", "advance", "1h"]);
    usage_in_every_list(&mut sdk, &cycle);
    assert_eq!(alice.show()["standing"], "grace");
    for region in ["cn-north-4", "cn-east-3"] {
        assert_eq!(read(&mut sdk, region), served(200), "grace still reads");
    }
    alice.server.json(&["clock", "advance", "1d"]);
    assert_eq!(alice.show()["standing"], "frozen");
    assert_eq!(read(&mut sdk, "cn-north-4"), served(200), "a package with quota left works throughout");
    assert_eq!(read(&mut sdk, "cn-east-3"), (403, "ModelArts.4106".into()));
    alice.server.json(&["top-up", "alice", "1"]);
    assert_eq!(read(&mut sdk, "cn-east-3"), served(200), "as soon as nothing is owed");
    let balances = sdk.ok("bss", "show_customer_account_balances", json!({}));
    let amounts = [&balances["account_balances"][0]["amount"], &balances["debt_amount"]].map(number);
    assert_eq!(amounts, [money("0.85"), Money::ZERO]);

    // Once more, and nobody pays: released.
    for _ in 0..40 {
        assert_eq!(read(&mut sdk, "cn-east-3"), served(200));
    }
    for advance in ["1h", "1d", "7d"] {
        alice.server.json(&["clock", "advance", advance]);
    }
    assert_eq!(alice.show()["standing"], "released");
    assert_eq!(read(&mut sdk, "cn-east-3"), (403, "ModelArts.4204".into()));
    for site in ["bss", "bssintl"] {
        assert_eq!(left(&mut sdk, site), "995", "{site}");
    }
}

/// 0.20 was used, 0.10 of it was paid.
fn usage_in_every_list(sdk: &mut Sdk, cycle: &str) {
    for site in ["bss", "bssintl"] {
        let resources =
            sdk.ok(site, "list_customerself_resource_records", json!({"cycle": cycle, "charge_mode": "3"}));
        let rows = resources["fee_records"].as_array().unwrap();
        let used = rows.iter().find(|row| row["region"] == "cn-east-3").unwrap();
        let sums = sdk.ok(site, "show_customer_monthly_sum", json!({"bill_cycle": cycle}));
        let sum = sums["bill_sums"].as_array().unwrap().iter().find(|row| row["charging_mode"] == 3).unwrap();
        let balances = sdk.ok(site, "show_customer_account_balances", json!({}));
        assert_eq!(
            [&used["amount"], &sum["consume_amount"]].map(number),
            [money("0.20"), money("0.20")],
            "{site}: {used:#} {sum:#}"
        );
        assert_eq!(
            [&used["debt_amount"], &sum["debt_amount"], &balances["debt_amount"]].map(number),
            [money("0.10"), money("0.10"), money("0.10")],
            "{site}"
        );
        assert_eq!(number(&balances["account_balances"][0]["amount"]), money("0"), "{site}");
    }
    let fees =
        sdk.ok("bss", "list_customer_bills_fee_records", json!({"bill_cycle": cycle, "charging_mode": 3}));
    let fee = &fees["records"][0];
    assert_eq!(
        [&fee["consume_amount"], &fee["cash_amount"], &fee["debt_amount"]].map(number),
        [money("0.20"), money("0.10"), money("0.10")],
        "{fees:#}"
    );
}
