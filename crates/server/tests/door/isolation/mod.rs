//! Nobody reaches what is another account's, and no answer tells whether it exists.
//!
//! Every route of the server is asked, by every kind of credential of one account, for everything that is another
//! account's and for the same of nobody: both answers must be the same but for the ids that were asked for. What the
//! other account has must be in none of them, and afterwards all of it must be as it was. A new route is asked by
//! itself; one that takes a body needs its row in [`rows`].

mod belongings;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use server::http::{customer_routes, gateway_routes, operator_routes, public_routes, published_routes};
use wire::signature::{self, format_date};

use crate::customer::Customer;
use crate::server::{BLANK, SANDBOX, Server};
use belongings::populate;

/// What is somebody's, by the names that paths give it.
type Ids = BTreeMap<&'static str, String>;

/// Where one sees what an account has.
const SEEN_AT: [&str; 19] = [
    "/v1/account",
    "/v1/access-keys",
    "/v1/alerts",
    "/v1/auto-top-up",
    "/v1/bills",
    "/v1/budgets",
    "/v1/caps",
    "/v1/charges",
    "/v1/coupons",
    "/v1/members",
    "/v1/packages",
    "/v1/recipients",
    "/v1/subscriptions",
    "/v1/transactions",
    "/v3/users",
    "/v3/groups",
    "/v3.0/OS-PERMISSION/role-assignments?domain_id={domain_id}",
    "/v3.0/OS-SECURITYPOLICY/domains/{domain_id}/login-policy",
    "/v3.0/OS-CREDENTIAL/credentials?user_id={user_id}",
];

/// What the account that asks is to the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kin {
    None,
    /// The other pays for it.
    Member,
    /// It pays for the other.
    Master,
}

impl Kin {
    /// Where it is told who the other is, and nothing else.
    fn knows(self) -> &'static [&'static str] {
        match self {
            Kin::None => &[],
            Kin::Member => &["/v1/membership"],
            Kin::Master => &[
                "/v1/members",
                "/v1/members/{member}",
                "/v2/enterprises/multi-accounts/sub-customers",
                "/v2/enterprises/multi-accounts/retrieve-amount",
            ],
        }
    }
}

struct World {
    server: Server,
    http: reqwest::Client,
    /// The account that asks.
    account: Value,
    kin: Kin,
    own: Ids,
    /// Another account's.
    theirs: Ids,
    /// Nobody's, of the same forms.
    nobodys: Ids,
}

/// A kind of credential of the account that asks.
enum Credential {
    None,
    Token(&'static str, String),
    Signature,
    Session { cookie: String, csrf: String },
    Operator(String),
}

impl Credential {
    fn name(&self) -> &'static str {
        match self {
            Credential::None => "nobody",
            Credential::Token(of, _) => of,
            Credential::Signature => "a signature",
            Credential::Session { .. } => "a session",
            Credential::Operator(_) => "the operator's token",
        }
    }
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl World {
    /// Two accounts with something of everything; the first asks for what is the other's.
    async fn open(kin: Kin) -> World {
        let mail = ("host = \"\"\nport = 587", "host = \"localhost\"\nport = 1");
        let with = Customer::with(Server::configured(&[BLANK, SANDBOX, mail]), "V0", "intl").await;
        let accounts = ["okapi", "zebra"].map(|name| with.server.json(&["account", "create", name]));
        let own = populate(&with, &accounts[0], "okapi").await;
        let theirs = populate(&with, &accounts[1], "zebra").await;
        let nobodys = theirs.iter().map(|(name, id)| (*name, of_nobody(id))).collect();
        for name in ["okapi-member", "zebra-member"] {
            with.server.json(&["account", "create", name]);
        }
        let members: &[[&str; 2]] = match kin {
            Kin::None => &[["okapi", "okapi-member"], ["zebra", "zebra-member"]],
            Kin::Member => &[["zebra", "okapi"], ["zebra", "zebra-member"]],
            Kin::Master => &[["okapi", "zebra"], ["okapi", "okapi-member"]],
        };
        for [master, member] in members {
            with.server.json(&["member", "add", master, member, "--calls", "10"]);
        }
        let Customer { server, http, .. } = with;
        let [account, _] = accounts;
        World { server, http, account, kin, own, theirs, nobodys }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// What another account's user sees of their own.
    async fn seen_by_them(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for path in SEEN_AT {
            let request = self.http.get(self.url(&filled(path, &self.theirs)));
            seen.push(answer(request.header("x-auth-token", &self.theirs["token"])).await.1);
        }
        seen
    }

    async fn credentials(&self) -> Vec<Credential> {
        let (http, url) = (&self.http, self.url("/v3/auth/tokens"));
        let password = |name: &str, password: &str| {
            json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
                "name": name, "password": password, "domain": {"name": self.own["account"]}}}}}})
        };
        let token = async |body: &Value| {
            let response = http.post(&url).json(body).send().await.unwrap();
            response.headers()["x-subject-token"].to_str().unwrap().to_owned()
        };
        let domain = token(&password(&self.own["account"], self.own["own_password"].as_str())).await;
        // Two users of the account: one who may do nothing, one who may do everything of OCR.
        let (nothing, everything) =
            (token(&password("bare", "pass word 1")).await, token(&password("full", "pass word 1")).await);
        let sign_in = json!({ "account": self.own["account"], "password": self.own["own_password"] });
        let response = http.post(self.url("/v1/session")).json(&sign_in).send().await.unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let view: Value = response.json().await.unwrap();
        let csrf = view["session"]["csrf_token"].as_str().unwrap().to_owned();
        vec![
            Credential::None,
            Credential::Token("a token of a project", self.own["token"].clone()),
            Credential::Token("a token of the domain", domain),
            Credential::Token("a token of a user without grants", nothing),
            Credential::Token("a token of a user with OCR FullAccess", everything),
            Credential::Signature,
            Credential::Session { cookie, csrf },
            Credential::Operator(self.server.operator_token()),
        ]
    }

    fn request(&self, credential: &Credential, question: &Question) -> RequestBuilder {
        let Question { method, path, header, body } = question;
        let request = self.http.request(method.clone(), self.url(path));
        let request = match header {
            Some((name, value)) => request.header(*name, value),
            None => request,
        };
        let request =
            if body.is_empty() { request } else { request.header("content-type", "application/json") };
        match credential {
            Credential::None => request.body(body.clone()),
            Credential::Token(_, token) => request.header("x-auth-token", token).body(body.clone()),
            Credential::Operator(token) => request.bearer_auth(token).body(body.clone()),
            Credential::Session { cookie, csrf } => {
                request.header("cookie", cookie).header("x-csrf-token", csrf).body(body.clone())
            }
            Credential::Signature => {
                let date = format_date(server::clock::system_now_ms() / 1000);
                let host = self.server.url.strip_prefix("http://").unwrap();
                let (path, query) = path.split_once('?').unwrap_or((path, ""));
                let signed = signature::Request {
                    method: method.as_str(),
                    path,
                    query,
                    headers: &[("Host", host), ("X-Sdk-Date", &date)],
                    body: body.as_bytes(),
                };
                let secret = self.account["secret_key"].as_str().unwrap();
                let header = signature::sign(&signed, &self.own["access_key"], secret.as_bytes()).unwrap();
                request.header("authorization", header).header("x-sdk-date", date).body(body.clone())
            }
        }
    }

    /// Asks, and gives the answer without what differs by itself: the ids that were asked for, and the request's own.
    async fn asked(&self, credential: &Credential, question: &Question, ids: &Ids) -> (u16, String) {
        let response = self.request(credential, question).send().await.unwrap();
        let status = response.status().as_u16();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let bytes = response.bytes().await.unwrap();
        let mut text = String::from_utf8_lossy(&bytes).replace(&id, "(request)");
        for (name, value) in ids {
            text = text.replace(value.as_str(), &format!("({name})"));
        }
        (status, text)
    }

    /// Asks for another account's and for nobody's; both answers must be the same.
    async fn compare(&self, credential: &Credential, of: &Template) {
        let what = format!("{} {} by {}, {:?} another's", of.method, of.path, credential.name(), of.foreign);
        let found = self.asked(credential, &of.of(&self.theirs, self), &of.mentioned(&self.theirs)).await;
        for (name, value) in &self.theirs {
            assert!(!found.1.contains(value.as_str()), "{what}, shows {name}: {}", found.1);
        }
        if of.foreign.is_empty() {
            return;
        }
        let absent = self.asked(credential, &of.of(&self.nobodys, self), &of.mentioned(&self.nobodys)).await;
        assert_eq!(found, absent, "{what}: what is there is told from what is not");
        // What the path or a header names is somebody else's: there is nothing to succeed with.
        let head =
            format!("{} {}", of.path.split('?').next().unwrap(), of.header.map_or("", |(_, value)| value));
        if of.foreign.iter().any(|name| head.contains(&format!("{{{name}}}"))) {
            assert!(found.0 >= 400, "{what}, succeeds: {found:?}");
        }
    }
}

/// A question as it is sent.
struct Question {
    method: Method,
    path: String,
    header: Option<(&'static str, String)>,
    body: String,
}

/// A question with names in it for what is somebody's; those in `foreign` are another's, the rest one's own.
#[derive(Debug, Clone)]
struct Template {
    method: Method,
    path: String,
    header: Option<(&'static str, &'static str)>,
    body: &'static str,
    foreign: BTreeSet<&'static str>,
}

impl Template {
    fn new(
        method: Method,
        path: &str,
        header: Option<(&'static str, &'static str)>,
        body: &'static str,
    ) -> Template {
        Template { method, path: path.to_owned(), header, body, foreign: BTreeSet::new() }
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.path, self.header.map_or("", |(_, value)| value), self.body)
    }

    /// The same, once for each thing it names that can be another's, and once with all of them.
    fn variants(&self, ids: &Ids) -> Vec<Template> {
        let text = self.text();
        let is_named =
            |name: &&'static str| !name.starts_with("own_") && text.contains(&format!("{{{name}}}"));
        let named: BTreeSet<&'static str> = ids.keys().copied().filter(is_named).collect();
        let with = |foreign: BTreeSet<&'static str>| Template { foreign, ..self.clone() };
        let each = named.iter().map(|name| with(BTreeSet::from([*name])));
        let mut variants: Vec<Template> = each.collect();
        if named.len() != 1 {
            variants.push(with(named));
        }
        variants
    }

    fn of(&self, foreign: &Ids, world: &World) -> Question {
        let ids: Ids = world
            .own
            .iter()
            .map(|(name, own)| {
                (*name, if self.foreign.contains(name) { foreign[name].clone() } else { own.clone() })
            })
            .collect();
        let path = filled(&self.path, &ids);
        assert!(!path.contains('{'), "{path}: what is it that the path names?");
        Question {
            method: self.method.clone(),
            path,
            header: self.header.map(|(name, value)| (name, filled(value, &ids))),
            body: filled(self.body, &ids),
        }
    }

    /// What of somebody's is in the question, and may be in the answer for that reason.
    fn mentioned(&self, ids: &Ids) -> Ids {
        ids.iter()
            .filter(|(name, _)| self.foreign.contains(**name))
            .map(|(name, id)| (*name, id.clone()))
            .collect()
    }
}

fn filled(text: &str, ids: &Ids) -> String {
    let common = rows::COMMON.iter().map(|(name, value)| (*name, *value));
    let own = ids.iter().map(|(name, value)| (*name, value.as_str()));
    own.chain(common).fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// An id of the same form that nobody has: digits and letters become others.
fn of_nobody(id: &str) -> String {
    let other = |c: char| match c {
        '0'..='8' | 'a'..='e' | 'g'..='y' | 'A'..='E' | 'G'..='Y' => char::from_u32(c as u32 + 1).unwrap(),
        '9' => '0',
        'f' => 'a',
        'F' => 'A',
        'z' => 'g',
        'Z' => 'G',
        c => c,
    };
    id.chars().map(other).collect()
}

/// Every route of the server.
fn routes() -> Vec<(Method, String)> {
    let routes = published_routes().names().into_iter().chain(public_routes().names());
    let routes = routes.chain(customer_routes().names()).chain(gateway_routes().names());
    let mut routes: Vec<(Method, String)> = routes.chain(operator_routes().names()).collect();
    // Whoever signs out or gives a token back asks nothing afterwards.
    routes.sort_by_key(|(method, path)| (*method == Method::DELETE && path == "/v1/session", path.clone()));
    routes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reaches_what_is_anothers() {
    nobody_reaches_of(Kin::None).await;
}

/// A member reaches nothing of the account that pays for it, beside its name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_member_reaches_what_is_its_masters() {
    nobody_reaches_of(Kin::Member).await;
}

/// Who pays for a member reaches nothing of it, beside its name, its quota and its use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_master_reaches_what_is_its_members() {
    nobody_reaches_of(Kin::Master).await;
}

async fn nobody_reaches_of(kin: Kin) {
    let world = World::open(kin).await;
    let before = world.seen_by_them().await;
    let mut templates = Vec::new();
    for (method, path) in routes() {
        let body = rows::body(&method, &path);
        let body = body
            .unwrap_or_else(|| panic!("{method} {path} takes a body and has no row in isolation/rows.rs"));
        // Recipients and enterprise projects both go by `{id}`.
        let path = path.replace("enterprise-projects/{id}", "enterprise-projects/{enterprise_project_id}");
        templates.push(Template::new(method, &path, None, body));
    }
    let sign_out = templates.pop().unwrap();
    for more in rows::MORE {
        let (method, path) = (more.call.0.parse().unwrap(), more.call.1);
        templates.push(Template::new(method, path, more.header, more.body));
    }
    templates.push(sign_out);
    for credential in world.credentials().await {
        // The operator's routes are there for the operator to reach everything.
        let is_operator = matches!(credential, Credential::Operator(_));
        let is_known =
            |path: &str| is_operator && path.starts_with("/v1/admin/") || world.kin.knows().contains(&path);
        for template in templates.iter().filter(|template| !is_known(&template.path)) {
            for variant in template.variants(&world.theirs) {
                world.compare(&credential, &variant).await;
            }
        }
    }
    assert_eq!(world.seen_by_them().await, before, "what another account has was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_query_reaches_what_is_anothers() {
    let world = World::open(Kin::None).await;
    let mut templates = Vec::new();
    for (_, path) in
        routes().into_iter().filter(|(method, path)| *method == Method::GET && !path.contains("/admin/"))
    {
        for (query, name) in rows::QUERIES {
            templates.push(Template::new(Method::GET, &format!("{path}?{query}={{{name}}}"), None, ""));
        }
    }
    // The account's own user may ask the most.
    let credential = Credential::Token("a token of a project", world.own["token"].clone());
    for template in templates {
        let name =
            rows::QUERIES.iter().find(|(query, _)| template.path.contains(&format!("?{query}="))).unwrap().1;
        let foreign = BTreeSet::from([world.theirs.get_key_value(name).map(|(name, _)| *name).unwrap()]);
        let template = Template { foreign, ..template };
        world.compare(&credential, &template).await;
    }
}
