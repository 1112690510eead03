//! What gateways ask for: each of their requests names an account, so those of one batch may be several shards'. They are sent
//! to each together, and the answers are put back into the order of the requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, Limited};
use ledger::directory::GatewayRow;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wire::error;

use super::Cluster;
use super::ask::{Ask, GatewayIs, Proven};
use super::entrance::Sent;
use super::inside::{GATEWAY, HASH};
use crate::auth::secrets::token_hash;
use crate::http::admin::{self, bearer};
use crate::http::charges::{self, Desk, Said};
use crate::http::error::Failure;
use crate::shard::Shard;
use crate::usecase::metering::{Answer, Item};

/// How long a gateway that was found, or was not, is not asked for again: one that is removed is heard for so long.
const FRESH: Duration = Duration::from_secs(1);
/// After how long the first shard, which knows the gateways, is not waited for by those who have been found before.
const LOOK_TIME: Duration = Duration::from_millis(500);
/// How many gateways are remembered.
const REMEMBERED: usize = 1_000;
/// The largest answer to a batch, in bytes.
const ANSWER_LIMIT_BYTES: usize = 64 << 20;
const BATCH: &str = "/v1/charges/batch";
const STREAM: &str = "/v1/charges/stream";

/// Gateways that were found lately.
pub(super) type Found = parking_lot::Mutex<BTreeMap<[u8; 32], (Instant, Option<Arc<GatewayRow>>)>>;

/// Answers a gateway, and nobody else.
pub(super) async fn serve(cluster: Arc<Cluster>, request: Request) -> Result<Response, Failure> {
    let token = bearer(request.headers()).ok_or_else(charges::unknown)?;
    let hash = token_hash(token);
    let row = cluster.gateway(hash).await?;
    match request.uri().path() {
        STREAM => {
            let desk = Desk::Nodes(Arc::clone(&cluster));
            Ok(charges::stream::answers(desk, hash, request.into_body()))
        }
        BATCH => {
            let (ask, _held) = cluster.whole(request, charges::batch::BODY_LIMIT_BYTES).await?;
            let items = charges::batch::items(ask.body())?;
            let mut lines = Vec::with_capacity(items.len());
            for said in cluster.decide(row, items).await {
                lines.push(said.told().await);
            }
            let text = serde_json::to_vec(&Lines { items: lines });
            let text = text.map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))?;
            Ok(([(CONTENT_TYPE, "application/json")], text).into_response())
        }
        _ => {
            let (ask, _held) = cluster.whole(request, admin::BODY_LIMIT_BYTES).await?;
            let shard = match serde_json::from_slice(ask.body()) {
                Ok(Of { account }) => cluster.shard_of(&account).await?,
                // It is refused by whoever gets it.
                Err(_) => None,
            };
            let ask = ask.proven(Proven::Gateway(row));
            cluster.reach(shard.unwrap_or_default(), Sent::Ask(&ask)).await
        }
    }
}

#[derive(Deserialize)]
struct Of {
    account: String,
}

#[derive(Serialize)]
struct Lines {
    items: Vec<charges::Line>,
}

#[derive(Serialize)]
struct Batch<'a> {
    items: Vec<&'a Item>,
}

#[derive(Deserialize)]
struct Answers {
    items: Vec<Box<RawValue>>,
}

impl Cluster {
    /// The gateway whose token has this hash, as of a moment ago; while the first shard has no owner, as of before.
    ///
    /// # Errors
    /// There is none, or nobody can be asked.
    pub(crate) async fn gateway(&self, hash: [u8; 32]) -> Result<Arc<GatewayRow>, Failure> {
        let found = self.gateways.lock().get(&hash).cloned();
        let before = match found {
            Some((at, row)) if at.elapsed() < FRESH => return row.ok_or_else(charges::unknown),
            Some((at, Some(row))) if at.elapsed() < self.patience() => row,
            _ => return self.looked_up(hash).await,
        };
        match tokio::time::timeout(LOOK_TIME, self.looked_up(hash)).await {
            Ok(Err(failure)) if failure.code() != charges::unknown().code() => Ok(before),
            Ok(looked_up) => looked_up,
            Err(_) => Ok(before),
        }
    }

    async fn looked_up(&self, hash: [u8; 32]) -> Result<Arc<GatewayRow>, Failure> {
        let mut headers = HeaderMap::new();
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        headers.insert(HASH, HeaderValue::from_str(&text).map_err(|_| charges::unknown())?);
        let response = self.reach(Shard::FIRST, Sent::Question(GATEWAY, &headers)).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                self.note(hash, None);
                return Err(charges::unknown());
            }
            _ => return Err(Failure::of(error::BACKEND_UNAVAILABLE)),
        }
        let body = Limited::new(response.into_body(), ANSWER_LIMIT_BYTES).collect().await;
        let is: Option<GatewayIs> = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok());
        let row: Arc<GatewayRow> =
            Arc::new(is.ok_or_else(|| Failure::of(error::BACKEND_UNAVAILABLE))?.into());
        self.note(hash, Some(Arc::clone(&row)));
        Ok(row)
    }

    fn note(&self, hash: [u8; 32], row: Option<Arc<GatewayRow>>) {
        let mut found = self.gateways.lock();
        if found.len() >= REMEMBERED {
            found.clear();
        }
        found.insert(hash, (Instant::now(), row));
    }

    /// Has requests decided on by the shards of their accounts, and gives the answers in their order.
    pub(crate) async fn decide(&self, gateway: Arc<GatewayRow>, items: Vec<Item>) -> Vec<Said> {
        let mut by_shard: BTreeMap<Shard, Vec<usize>> = BTreeMap::new();
        let mut said: Vec<Option<Said>> = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            // A batch with one that has no form would be refused as a whole.
            if let Err(detail) = item.check() {
                let failure = Failure::of(error::INVALID_PARAMETER).because(detail);
                said.push(Some(Said::Told(Answer::failed_of(item, failure))));
                continue;
            }
            match self.shard_of(&item.account).await {
                Ok(shard) => {
                    by_shard.entry(shard.unwrap_or_default()).or_default().push(at);
                    said.push(None);
                }
                Err(failure) => said.push(Some(Said::Told(Answer::failed_of(item, failure)))),
            }
        }
        let asked = by_shard.into_iter().map(|(shard, places)| {
            let (items, gateway) = (&items, Arc::clone(&gateway));
            async move {
                let of_shard: Vec<&Item> = places.iter().map(|at| &items[*at]).collect();
                let answers = self.batch(shard, gateway, &of_shard).await;
                (places, answers)
            }
        });
        for (places, answers) in futures_util::future::join_all(asked).await {
            match answers {
                Ok(answers) => {
                    for (at, answer) in places.into_iter().zip(answers) {
                        said[at] = Some(Said::Relayed(answer));
                    }
                }
                Err(failure) => {
                    for at in places {
                        said[at] = Some(Said::Told(Answer::failed_of(&items[at], failure.clone())));
                    }
                }
            }
        }
        said.into_iter().flatten().collect()
    }

    /// What a shard answers to requests of its accounts: as many as there were.
    async fn batch(
        &self,
        shard: Shard,
        gateway: Arc<GatewayRow>,
        items: &[&Item],
    ) -> Result<Vec<Box<RawValue>>, Failure> {
        let broken = || Failure::of(error::BACKEND_UNAVAILABLE).because("a shard's answer broke off");
        let body = serde_json::to_vec(&Batch { items: items.to_vec() }).map_err(|_| broken())?;
        let mut request = Request::new(());
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = Uri::from_static(BATCH);
        let (mut parts, ()) = request.into_parts();
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // It is proved already, and yet this door wants to see something.
        parts.headers.insert("authorization", HeaderValue::from_static("Bearer node"));
        let ask = Ask::new(parts, body.into()).proven(Proven::Gateway(gateway));
        let response = self.reach(shard, Sent::Ask(&ask)).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_LIMIT_BYTES).collect().await;
        let body = body.map_err(|_| broken())?.to_bytes();
        if status != StatusCode::OK {
            return Err(
                Failure::of(error::BACKEND_UNAVAILABLE).because("the shard of the account did not take it")
            );
        }
        let Answers { items: answers } = serde_json::from_slice(&body).map_err(|_| broken())?;
        if answers.len() == items.len() { Ok(answers) } else { Err(broken()) }
    }
}
