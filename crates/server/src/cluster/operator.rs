//! What the operator asks for, of which some is in every shard: it is proved once that it is the operator, at the node that is
//! asked, and the shards take the node's word for it.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wire::error;

use super::Cluster;
use super::ask::{Ask, Proven};
use super::entrance::Sent;
use super::inside::{METHOD, OPERATOR};
use super::whose::{Asked, param, session_shard};
use crate::auth::session::{Kind, cookie};
use crate::http::admin::{BODY_LIMIT_BYTES, bearer, not_the_operator};
use crate::http::audit::Actor;
use crate::http::error::Failure;
use crate::shard::Shard;

/// How many rows of all shards are told at once if nobody says how many.
const ROWS: usize = 100;
const JOURNAL: &str = "/v1/admin/journal";
/// The largest answer of a shard that is put together with others', in bytes.
const ANSWER_LIMIT_BYTES: usize = 256 << 20;

/// Answers the operator, and nobody else.
pub(super) async fn serve(
    cluster: Arc<Cluster>,
    asked: Asked,
    request: Request,
) -> Result<Response, Failure> {
    // Its own shard knows whether there is such a session.
    if let Asked::Session(shard) = asked {
        return Ok(cluster.pass(cluster.known(shard), request).await);
    }
    let is_sign_in = asked == Asked::SignIn;
    let actor = match is_sign_in {
        true => None,
        false => Some(prove(&cluster, request.method(), request.headers()).await?),
    };
    let (ask, _held) = cluster.whole(request, BODY_LIMIT_BYTES).await?;
    // Of what is only looked at the whole is asked for, and the door leaves out the rest.
    let is_look = ask.parts().method == Method::HEAD;
    let ask = if is_look { ask.with_method(Method::GET) } else { ask };
    // Who signs in is looked at where the session will be: it is bound to the token.
    let ask = match actor {
        Some(actor) => ask.proven(Proven::Operator(actor)),
        None => ask,
    };
    let shard = match asked {
        Asked::SignIn | Asked::Session(_) => cluster.any(),
        Asked::Of(shard) => {
            if !cluster.board.has(shard) {
                return Err(
                    Failure::of(error::INVALID_PARAMETER).because(format!("there is no shard {shard}"))
                );
            }
            let target = without_shard(&ask.parts().uri);
            if target.path() == JOURNAL {
                return journal(&cluster, &ask.with_target(target), shard).await;
            }
            return cluster.reach(shard, Sent::Ask(&ask.with_target(target))).await;
        }
        Asked::Account(name) => cluster.shard_of(&name).await?.unwrap_or_default(),
        Asked::NewAccount => for_new_account(&cluster, ask.body()).await?,
        Asked::NewMember(master) => for_new_member(&cluster, &master, ask.body()).await?,
        Asked::Charge => return wherever(&cluster, &ask).await,
        Asked::Accounts => {
            let mut all = Vec::new();
            for answer in from_all(&cluster, &ask).await? {
                match answer {
                    Answer::Told(Value::Array(rows)) => all.extend(rows),
                    Answer::Told(_) => {}
                    Answer::Refused(response) => return Ok(response),
                }
            }
            return Ok(Json(all).into_response());
        }
        Asked::Outbox => return outbox(&cluster, &ask).await,
        Asked::Audit => return audit(&cluster, &ask).await,
        Asked::Retry => return retry(&cluster, &ask).await,
    };
    cluster.reach(shard, Sent::Ask(&ask)).await
}

/// Sees to it that it is the operator who asks. Answers by which proof.
async fn prove(cluster: &Cluster, method: &Method, headers: &HeaderMap) -> Result<Actor, Failure> {
    let has_session = cookie(headers, Kind::Operator.cookie()).is_some();
    if headers.contains_key("authorization") || !has_session {
        if let Some(hash) = bearer(headers).and_then(|token| cluster.operator.matching(token)) {
            return Ok(Actor::with_token(&hash));
        }
        cluster.shared.counted.operator_refused();
        return Err(not_the_operator());
    }
    let mut headers = headers.clone();
    if let Ok(method) = HeaderValue::from_str(method.as_str()) {
        headers.insert(METHOD, method);
    }
    let response =
        cluster.reach(cluster.known(session_shard(&headers)), Sent::Question(OPERATOR, &headers)).await?;
    if response.status().is_success() {
        let told = answer(response).await?;
        let actor = match told {
            Answer::Told(told) => serde_json::from_value(told).ok(),
            Answer::Refused(_) => None,
        };
        return actor.ok_or_else(not_the_operator);
    }
    // In the words of the shard, of which only the code comes over: they are the same for all sessions that are not.
    Err(if response.status() == axum::http::StatusCode::FORBIDDEN {
        Failure::of(error::ACCESS_DENIED).with_cure("csrf", "Load the page again and repeat.")
    } else {
        not_the_operator()
    })
}

/// Where a new account is to be: beside the one that is named, or anywhere.
async fn for_new_account(cluster: &Cluster, body: &Bytes) -> Result<Shard, Failure> {
    #[derive(Deserialize)]
    struct New {
        name: String,
        beside: Option<String>,
    }
    // What makes no sense is refused by whoever gets it.
    let Ok(New { name, beside }) = serde_json::from_slice(body) else { return Ok(Shard::FIRST) };
    let beside = match beside {
        Some(beside) => match cluster.shard_of(&beside).await? {
            Some(shard) => Some(shard),
            None => return Ok(Shard::FIRST),
        },
        None => None,
    };
    let claimed = cluster.claim(&name, beside).await?;
    match beside {
        Some(beside) if beside != claimed => Err(Failure::of(error::INVALID_PARAMETER)
            .because("the name is taken")
            .with_cure("name_taken", "Choose another name.")),
        _ => Ok(claimed),
    }
}

/// Members are in their master's books, so they must be where these are.
async fn for_new_member(cluster: &Cluster, master: &str, body: &Bytes) -> Result<Shard, Failure> {
    #[derive(Deserialize)]
    struct New {
        member: String,
    }
    let shard = cluster.shard_of(master).await?.unwrap_or_default();
    if let Ok(New { member }) = serde_json::from_slice(body)
        && let Some(elsewhere) = cluster.shard_of(&member).await?
        && elsewhere != shard
    {
        return Err(Failure::of(error::INVALID_PARAMETER)
            .because("the account was opened in another shard than the one that is to pay for it")
            .with_cure(
                "other_shard",
                "Open the member's account beside its master's (inkmeter account create NAME --beside MASTER).",
            ));
    }
    Ok(shard)
}

enum Answer {
    Told(Value),
    Refused(Response),
}

/// What each shard says, in their order.
async fn from_all(cluster: &Cluster, ask: &Ask) -> Result<Vec<Answer>, Failure> {
    let asked = cluster
        .board
        .shards()
        .map(|shard| async move { answer(cluster.reach(shard, Sent::Ask(ask)).await?).await });
    futures_util::future::join_all(asked).await.into_iter().collect()
}

async fn answer(response: Response) -> Result<Answer, Failure> {
    if !response.status().is_success() {
        return Ok(Answer::Refused(response));
    }
    let broken = || Failure::of(error::BACKEND_UNAVAILABLE).because("a shard's answer broke off");
    let body = Limited::new(response.into_body(), ANSWER_LIMIT_BYTES).collect().await;
    let body = body.map_err(|_| broken())?.to_bytes();
    serde_json::from_slice(&body).map(Answer::Told).map_err(|_| broken())
}

/// Asks one shard after the other until one knows.
async fn wherever(cluster: &Cluster, ask: &Ask) -> Result<Response, Failure> {
    let mut last = None;
    for shard in cluster.board.shards() {
        let response = cluster.reach(shard, Sent::Ask(ask)).await?;
        if response.status().is_success() || response.status().is_server_error() {
            return Ok(response);
        }
        last = Some(response);
    }
    last.ok_or_else(|| Failure::of(error::BACKEND_UNAVAILABLE))
}

/// How far a shard's journal is, and whether it is here.
async fn journal(cluster: &Cluster, ask: &Ask, shard: Shard) -> Result<Response, Failure> {
    let is_here = cluster.board.houses().iter().any(|(here, _)| *here == shard);
    match answer(cluster.reach(shard, Sent::Ask(ask)).await?).await? {
        Answer::Told(mut told) => {
            told["shard"] = shard.0.into();
            told["here"] = is_here.into();
            Ok(Json(told).into_response())
        }
        Answer::Refused(response) => Ok(response),
    }
}

/// The latest deliveries of all shards together.
async fn outbox(cluster: &Cluster, ask: &Ask) -> Result<Response, Failure> {
    let limit = first_page(&ask.parts().uri)?;
    let (mut counts, mut canary, mut deliveries) = (Map::new(), Value::Null, Vec::new());
    for (answer, shard) in from_all(cluster, ask).await?.into_iter().zip(0_u8..) {
        let mut told = match answer {
            Answer::Told(told) => told,
            Answer::Refused(response) => return Ok(response),
        };
        for (state, count) in told["counts"].as_object().into_iter().flatten() {
            let so_far = counts.get(state).and_then(Value::as_u64).unwrap_or(0);
            counts.insert(state.clone(), json!(so_far + count.as_u64().unwrap_or(0)));
        }
        if canary.is_null() {
            canary = told["canary"].take();
        }
        deliveries.extend(of_shard(told["deliveries"].take(), shard));
    }
    deliveries.sort_by(|a, b| text(b, "at").cmp(text(a, "at")));
    deliveries.truncate(limit);
    Ok(Json(json!({ "counts": counts, "canary": canary, "deliveries": deliveries })).into_response())
}

/// What operators did last, in all shards together.
async fn audit(cluster: &Cluster, ask: &Ask) -> Result<Response, Failure> {
    let limit = first_page(&ask.parts().uri)?;
    let mut actions = Vec::new();
    for (answer, shard) in from_all(cluster, ask).await?.into_iter().zip(0_u8..) {
        match answer {
            Answer::Told(mut told) => actions.extend(of_shard(told["actions"].take(), shard)),
            Answer::Refused(response) => return Ok(response),
        }
    }
    actions.sort_by(|a, b| text(b, "at").cmp(text(a, "at")));
    actions.truncate(limit);
    Ok(Json(json!({ "actions": actions })).into_response())
}

/// How many rows are asked for. A page further back is one shard's: `shard` in the query says whose.
fn first_page(uri: &Uri) -> Result<usize, Failure> {
    if param(uri, "before").is_some() {
        return Err(Failure::of(error::INVALID_PARAMETER)
            .because("before is a place in one shard's list: say which with shard"));
    }
    Ok(param(uri, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(ROWS))
}

/// Rows, each with the shard they are from.
fn of_shard(rows: Value, shard: u8) -> Vec<Value> {
    let Value::Array(mut rows) = rows else { return Vec::new() };
    for row in &mut rows {
        row["shard"] = shard.into();
    }
    rows
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

/// Sends again what failed, in all shards; or the one delivery that is named, wherever it is.
async fn retry(cluster: &Cluster, ask: &Ask) -> Result<Response, Failure> {
    let is_one = serde_json::from_slice(ask.body()).is_ok_and(|body: Value| body["key"].is_string());
    if is_one {
        return wherever(cluster, ask).await;
    }
    let (mut due, mut left) = (0, Vec::new());
    for answer in from_all(cluster, ask).await? {
        match answer {
            Answer::Told(mut told) => {
                due += told["due"].as_u64().unwrap_or(0);
                if let Value::Array(rows) = told["left"].take() {
                    left.extend(rows);
                }
            }
            Answer::Refused(response) => return Ok(response),
        }
    }
    Ok(Json(json!({ "due": due, "left": left })).into_response())
}

/// A target without what says which shard is meant.
fn without_shard(uri: &Uri) -> Uri {
    if param(uri, "shard").is_none() {
        return uri.clone();
    }
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let rest = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs.filter(|(name, _)| name != "shard"))
        .finish();
    let path = uri.path();
    let target = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    Uri::try_from(target).unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_the_shard_goes_no_further() {
        for (given, expected) in [
            ("/v1/admin/journal?shard=3", "/v1/admin/journal"),
            ("/v1/admin/outbox?limit=3&shard=1&state=a%2Cb", "/v1/admin/outbox?limit=3&state=a%2Cb"),
            ("/v1/admin/outbox?limit=3", "/v1/admin/outbox?limit=3"),
        ] {
            assert_eq!(without_shard(&Uri::from_static(given)).to_string(), expected);
        }
    }
}
