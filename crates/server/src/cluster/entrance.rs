//! Where requests come in at a node: each goes to its shard's own routes, which are here or at another node.
//!
//! What is served here goes on as it came. What goes to another node is read whole first, so that it can be sent again: to
//! the shard's next owner, if it turns out that the one before has nothing done with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use wire::error;
use wire::iam::TokenRequest;

use super::ask::{self, Ask, ELSEWHERE, STOPPED};
use super::board::Whom;
use super::peers::NoAnswer;
use super::whose::{Names, OfNode, Whose, whose};
use super::{Cluster, charges, inside, operator, own};
use crate::app::Shared;
use crate::auth::password;
use crate::guests::Guest;
use crate::house::House;
use crate::http::body::{Bounds, full};
use crate::http::error::Failure;
use crate::http::{address_of, cors, request_id, session};
use crate::shard::Shard;

/// How long to wait before somebody is asked again who could not be reached.
const PAUSE: Duration = Duration::from_millis(100);
/// The largest body that says for whom it is.
const NAMING_LIMIT_BYTES: usize = 64 * 1024;
/// After how many seconds a request is worth another try for which nobody was there.
const RETRY_AFTER_S: u32 = 1;

/// Memory that a body takes as long as it waits.
pub(super) type Held = Vec<OwnedSemaphorePermit>;

/// What is sent to a shard.
#[derive(Clone, Copy)]
pub(super) enum Sent<'a> {
    /// A client's request.
    Ask(&'a Ask),
    /// A question of a node's own.
    Question(&'static str, &'a HeaderMap),
}

impl Cluster {
    /// All routes of all shards.
    pub fn router(self: Arc<Cluster>) -> Router {
        Router::new().fallback(move |request: Request| {
            let cluster = Arc::clone(&self);
            async move { cluster.serve(request).await }
        })
    }

    async fn serve(self: Arc<Cluster>, request: Request) -> Response {
        let shared = self.shared.clone();
        let asked_from = request.headers().get(ORIGIN).cloned();
        let mut response = self.answer(request).await;
        // Of a shard's answers its own routes see to it.
        if response.headers().contains_key(request_id::HEADER) {
            return response;
        }
        shared.counted.response(response.status().as_u16());
        request_id::put_on(&mut response);
        cors::answer(&shared.config.server.cors_origins, asked_from, response).await
    }

    /// Those that are marked with a shard there is not are the first one's to refuse.
    pub(super) fn known(&self, shard: Shard) -> Shard {
        if self.board.has(shard) { shard } else { Shard::FIRST }
    }

    async fn answer(self: Arc<Cluster>, mut request: Request) -> Response {
        ask::without_ours(request.headers_mut());
        match whose(request.method(), request.uri(), request.headers()) {
            Whose::Node(OfNode::Health) => "ok\n".into_response(),
            Whose::Node(OfNode::Ready) => told(own::readiness(&self)).await,
            Whose::Node(OfNode::Metrics) => told(own::metrics(&self, request.headers())).await,
            Whose::Shard(shard) => self.pass(self.known(shard), request).await,
            Whose::Any => self.pass(self.any(), request).await,
            Whose::Body(names) => told(self.by_body(names, request)).await,
            Whose::Operator(asked) => told(operator::serve(self, asked, request)).await,
            Whose::Gateway => told(charges::serve(self, request)).await,
        }
    }

    /// A shard that is here, if one is.
    pub(super) fn any(&self) -> Shard {
        self.board.houses().first().map_or(Shard::FIRST, |(shard, _)| *shard)
    }

    /// Hands a request on to its shard.
    pub(super) async fn pass(&self, shard: Shard, mut request: Request) -> Response {
        if let Whom::Here(house, _visit) = self.board.whom(shard) {
            return served(&house, request).await;
        }
        told(async {
            let limit_bytes = self.shared.config.server.body_limit_bytes;
            if let Some(refused) = self.refused_by_head(shard, &mut request).await? {
                return Ok(refused);
            }
            let (ask, _held) = self.whole(request, limit_bytes).await?;
            self.reach(shard, Sent::Ask(&ask)).await
        })
        .await
    }

    /// Asks the shard what it says to the head of a request whose body may be large: nobody else's is read. What it says if
    /// that is no.
    async fn refused_by_head(
        &self,
        shard: Shard,
        request: &mut Request,
    ) -> Result<Option<Response>, Failure> {
        let length =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let may_be_large =
            length.map_or(!request.body().is_end_stream(), |length: usize| length > NAMING_LIMIT_BYTES);
        if !may_be_large {
            return Ok(None);
        }
        let mut headers = request.headers().clone();
        if let Ok(method) = HeaderValue::from_str(request.method().as_str()) {
            headers.insert(inside::METHOD, method);
        }
        let response = self.reach(shard, Sent::Question(inside::CALLER, &headers)).await?;
        if response.status().is_success() {
            return Ok(None);
        }
        let body = std::mem::take(request.body_mut());
        self.bounds().discard_later(request.headers(), body);
        Ok(Some(response))
    }

    /// A request with its body, and the memory that takes.
    pub(super) async fn whole(&self, request: Request, limit_bytes: usize) -> Result<(Ask, Held), Failure> {
        let (parts, body) = request.into_parts();
        let guest = parts.extensions.get::<Arc<Guest>>().map(|guest| &**guest);
        let of_address = guest.and_then(Guest::shared_body_kib);
        let body = self.bounds().read(guest, body, limit_bytes).await?;
        // As long as it waits, of both: all bodies' memory and that of its address.
        let kib = u32::try_from(body.len() / 1024).unwrap_or(u32::MAX);
        let mut held = Held::new();
        for memory in
            [Some(Arc::clone(&self.shared.body_kib)), of_address].into_iter().flatten().filter(|_| kib > 0)
        {
            let taken = memory.try_acquire_many_owned(kib);
            held.push(taken.map_err(|_| full("other bodies take all the memory there is for bodies"))?);
        }
        Ok((Ask::new(parts, body), held))
    }

    fn bounds(&self) -> Bounds<'_> {
        let Shared { config, body_kib, .. } = &self.shared;
        Bounds { server: &config.server, body_kib, stopping: &self.stopping }
    }

    /// Sends something to a shard, wherever that is, and waits for somebody to have it: a node that is gone keeps it for as
    /// long as its lease.
    ///
    /// # Errors
    /// Nobody has it in time; or whoever had it was lost before the answer, and what was asked was to change something.
    pub(super) async fn reach(&self, shard: Shard, sent: Sent<'_>) -> Result<Response, Failure> {
        let begun = Instant::now();
        loop {
            let change = self.board.change(PAUSE);
            match self.board.whom(shard) {
                Whom::Here(house, _visit) => {
                    let response = sent.here(&house).await;
                    if !(sent.is_safe() && response.status().is_server_error() && house.has_stopped()) {
                        return Ok(response);
                    }
                }
                Whom::There(node) => match self.peers.send(&node, sent.for_node(shard)).await {
                    Ok(response) if is_elsewhere(&response) => self.look_around(),
                    Ok(response) if sent.is_safe() && response.headers().contains_key(STOPPED) => {}
                    Ok(mut response) => {
                        response.headers_mut().remove(STOPPED);
                        return Ok(response);
                    }
                    Err(NoAnswer::NotSent(problem)) => {
                        tracing::warn!(%problem, %shard, "a node cannot be reached");
                    }
                    Err(NoAnswer::Lost(problem)) => {
                        tracing::warn!(%problem, %shard, "a node was lost before its answer");
                        if !sent.is_safe() {
                            return Err(lost());
                        }
                    }
                },
                Whom::Nobody => {}
            }
            if begun.elapsed() > self.patience() || self.stopping.is_cancelled() {
                return Err(nobody());
            }
            change.await;
        }
    }

    async fn by_body(&self, names: Names, request: Request) -> Result<Response, Failure> {
        let (ask, _held) = self.whole(request, NAMING_LIMIT_BYTES).await?;
        // What makes no sense is the first one's to refuse.
        let shard = match names {
            Names::Token => self.of_token_request(ask.body()).await?,
            Names::SignIn => match serde_json::from_slice(ask.body()) {
                Ok(Named { account }) => self.shard_of(&account).await?,
                Err(_) => None,
            },
            Names::SignUp => match serde_json::from_slice(ask.body()) {
                // A name is claimed only for who will have the account: everything else is refused by the first.
                Ok(SignUp { account, password })
                    if self.shared.config.accounts.sign_up
                        && session::is_from_our_pages(&ask.parts().headers)
                        && password::fault(&password, &account).is_none() =>
                {
                    let _turn = self.shared.hashing.turn(address_of(&ask.parts().extensions)).await?;
                    Some(self.claim(&account, None).await?)
                }
                _ => None,
            },
        };
        self.reach(shard.unwrap_or_default(), Sent::Ask(&ask)).await
    }

    async fn of_token_request(&self, body: &Bytes) -> Result<Option<Shard>, Failure> {
        let Ok(TokenRequest { auth }) = serde_json::from_slice(body) else { return Ok(None) };
        let identity = auth.identity;
        let is_by = |method: &str| identity.methods.iter().any(|given| given == method);
        if let Some(password) = identity.password.filter(|_| is_by("password")) {
            let domain = password.user.domain;
            return Ok(match (domain.name, domain.id) {
                (Some(name), _) => self.shard_of(&name).await?,
                (None, id) => id.map(|id| self.known(Shard::of_id(&id))),
            });
        }
        Ok(identity.token.map(|token| self.known(Shard::of_token(&token.id))))
    }
}

impl Sent<'_> {
    fn for_node(self, shard: Shard) -> axum::http::Request<Full<Bytes>> {
        match self {
            Sent::Ask(ask) => ask.for_node(shard),
            Sent::Question(what, headers) => ask::question(what, headers, shard),
        }
    }

    async fn here(self, house: &House) -> Response {
        match self {
            Sent::Ask(ask) => served(house, ask.here()).await,
            Sent::Question(what, headers) => inside::answered(house, what, headers).await,
        }
    }

    /// Whether it may be asked twice.
    fn is_safe(self) -> bool {
        match self {
            Sent::Ask(ask) => ask.is_safe(),
            Sent::Question(..) => true,
        }
    }
}

/// What a shard's own routes answer.
pub(super) async fn served(house: &House, request: axum::http::Request<Body>) -> Response {
    match TowerToHyperService::new(house.router.clone()).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// An answer of this node itself, with an id if it is a failure.
async fn told(answering: impl Future<Output = Result<Response, Failure>>) -> Response {
    match answering.await {
        Ok(response) => response,
        Err(failure) => request_id::given(async { failure.into_response() }).await,
    }
}

fn is_elsewhere(response: &Response) -> bool {
    response.status() == StatusCode::MISDIRECTED_REQUEST && response.headers().contains_key(ELSEWHERE)
}

fn lost() -> Failure {
    let cure = "Look whether it was done, or ask again under the same key: with one, nothing is done twice.";
    Failure::of(error::BACKEND_UNAVAILABLE)
        .because("the node that served it was lost before its answer")
        .with_cure("unavailable", cure)
        .to_be_retried_after(RETRY_AFTER_S)
}

fn nobody() -> Failure {
    Failure::of(error::BACKEND_UNAVAILABLE)
        .because("no node has these books at the moment; nothing was done")
        .to_be_retried_after(RETRY_AFTER_S)
}

#[derive(Deserialize)]
struct Named {
    account: String,
}

#[derive(Deserialize)]
struct SignUp {
    account: String,
    password: String,
}
