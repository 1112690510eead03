//! Those who charge: each under keys of its own, one after the other, each key again and again until it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::nodes::Nodes;

/// How long a caller does something else between two charges.
const PAUSE: Duration = Duration::from_millis(100);
/// And before it asks again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long it waits for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(45);

/// The callers.
pub struct Callers {
    shared: Arc<Shared>,
    tasks: Mutex<JoinSet<Vec<Charge>>>,
}

struct Shared {
    urls: Vec<String>,
    token: String,
    accounts: Vec<String>,
    answered: AtomicUsize,
    most_errors: AtomicUsize,
    is_over: AtomicBool,
    last: Mutex<(Instant, Duration)>,
    refused: Mutex<Option<String>>,
}

struct Charge {
    account: usize,
    key: String,
    id: String,
}

/// What was acknowledged.
pub struct Told {
    accounts: Vec<String>,
    charges: Vec<Charge>,
    most_errors: usize,
}

/// What a gateway asks for one key.
pub fn item(account: &str, key: &str) -> Value {
    json!({ "do": "charge", "account": account, "key": key, "api": "general-text", "region": "cn-north-4" })
}

impl Callers {
    /// So many begin.
    ///
    /// # Errors
    /// None in practice.
    pub async fn begin(nodes: &Nodes, count: usize) -> Result<Callers> {
        let shared = Arc::new(Shared {
            urls: nodes.urls(),
            token: nodes.gateway().to_owned(),
            accounts: nodes.accounts().to_vec(),
            answered: AtomicUsize::new(0),
            most_errors: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            last: Mutex::new((Instant::now(), Duration::ZERO)),
            refused: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        for caller in 0..count {
            let http =
                reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(ANSWER_TIME).build()?;
            tasks.spawn(charges(Arc::clone(&shared), http, caller));
        }
        Ok(Callers { shared, tasks: Mutex::new(tasks) })
    }

    /// Waits until so many more are answered.
    ///
    /// # Errors
    /// It takes too long, or somebody was refused.
    pub async fn answered(&self, more: usize, most: Duration) -> Result<()> {
        let until = self.shared.answered.load(Ordering::SeqCst) + more;
        let begun = Instant::now();
        while self.shared.answered.load(Ordering::SeqCst) < until {
            if let Some(refused) = &*self.shared.refused.lock() {
                bail!("a charge was refused: {refused}");
            }
            ensure!(begun.elapsed() < most, "nobody is answered for {} s", most.as_secs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Begins anew with how long nobody was answered.
    pub fn forget_the_longest(&self) {
        *self.shared.last.lock() = (Instant::now(), Duration::ZERO);
    }

    /// The longest that nobody was answered since then.
    pub fn longest(&self) -> Duration {
        let last = self.shared.last.lock();
        last.1.max(last.0.elapsed())
    }

    /// Waits until every key that was begun is answered. What was told.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn end(&self, most: Duration) -> Result<Told> {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        let mut charges = Vec::new();
        let all = async {
            while let Some(of_caller) = tasks.join_next().await {
                charges.extend(of_caller?);
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(most, all).await??;
        let most_errors = self.shared.most_errors.load(Ordering::SeqCst);
        Ok(Told { accounts: self.shared.accounts.clone(), charges, most_errors })
    }
}

impl Told {
    /// How many charges.
    pub fn count(&self) -> u64 {
        self.charges.len() as u64
    }

    /// Account, key and id of each.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.charges
            .iter()
            .map(|charge| (self.accounts[charge.account].as_str(), charge.key.as_str(), charge.id.as_str()))
    }

    /// How often one key was answered with an error, at most.
    pub fn most_errors(&self) -> usize {
        self.most_errors
    }
}

async fn charges(shared: Arc<Shared>, http: reqwest::Client, caller: usize) -> Vec<Charge> {
    let mut told = Vec::new();
    while !shared.is_over.load(Ordering::SeqCst) && shared.refused.lock().is_none() {
        let number = told.len();
        let account = (caller * 7 + number * 5) % shared.accounts.len();
        let key = format!("{caller}-{number}");
        let Some(id) = charged(&shared, &http, account, &key, caller + number).await else { break };
        told.push(Charge { account, key, id });
        tokio::time::sleep(PAUSE).await;
    }
    told
}

/// The id of a key's charge, as soon as somebody tells it. After an error another node is asked. Nothing if it is refused.
async fn charged(
    shared: &Shared,
    http: &reqwest::Client,
    account: usize,
    key: &str,
    mut at: usize,
) -> Option<String> {
    let mut body = item(&shared.accounts[account], key);
    body.as_object_mut().map(|body| body.remove("do"));
    let mut errors = 0;
    loop {
        let url = format!("{}/v1/charges/charge", shared.urls[at % shared.urls.len()]);
        at += 1;
        let response = http.post(url).bearer_auth(&shared.token).json(&body).send().await;
        // Who is not there has said nothing.
        let is_there = response.is_ok();
        if let Ok(response) = response {
            let status = response.status();
            let answer: Value = response.json().await.unwrap_or_default();
            match answer["charge_id"].as_str() {
                Some(id) if status.is_success() => {
                    shared.answered.fetch_add(1, Ordering::SeqCst);
                    shared.most_errors.fetch_max(errors, Ordering::SeqCst);
                    let mut last = shared.last.lock();
                    last.1 = last.1.max(last.0.elapsed());
                    last.0 = Instant::now();
                    return Some(id.to_owned());
                }
                _ if status.is_client_error() => {
                    *shared.refused.lock() = Some(format!("{status} {answer}"));
                    return None;
                }
                _ => {}
            }
        }
        errors += usize::from(is_there);
        tokio::time::sleep(AGAIN).await;
    }
}
