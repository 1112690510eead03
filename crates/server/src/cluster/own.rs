//! What a node says of itself: whether it can serve, and what it has counted.

use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use wire::error;

use super::Cluster;
use crate::http::admin::bearer;
use crate::http::blocking;
use crate::http::error::Failure;
use crate::metrics;

/// 200 when the node hears of the others, and what it has itself can be served.
pub(super) async fn readiness(cluster: &Cluster) -> Result<Response, Failure> {
    let mut troubles = Vec::new();
    if cluster.heard_until() < Instant::now() {
        troubles.push("the database cannot be reached, which says where which books are".to_owned());
    }
    if let Some(trouble) = cluster.trouble() {
        troubles.push(format!("what other nodes serve cannot be served here: {trouble}"));
    }
    let houses = cluster.board.houses();
    for (shard, house) in &houses {
        if let Some(reason) = house.app.stop_reason() {
            troubles.push(format!("shard {shard}: {reason}"));
        }
        let of_shard = house.app.health.troubles(&house.app).await;
        troubles.extend(of_shard.into_iter().map(|trouble| format!("shard {shard}: {trouble}")));
    }
    if !troubles.is_empty() {
        let cure = "Other nodes take over what this one cannot serve. See to it that the database can be reached, and that \
                    the disk of the data folder has room and takes writes.";
        let failure = Failure::of(error::BACKEND_UNAVAILABLE).because(troubles.join("; "));
        return Err(failure.with_cure("cannot_write", cure));
    }
    let shards: Vec<String> = houses.iter().map(|(shard, _)| shard.to_string()).collect();
    let mut text =
        format!("ready\nshards here: {}\n", if shards.is_empty() { "none".into() } else { shards.join(" ") });
    let unserved = cluster.board.without_anybody();
    if unserved > 0 {
        text += &format!("shards that no node serves at the moment: {unserved}\n");
    }
    if let Some(trouble) =
        cluster.shared.certificates.as_ref().and_then(|certificates| certificates.trouble())
    {
        text += &format!("the new TLS certificate is not in use: {trouble}\n");
    }
    Ok(text.into_response())
}

/// What this node has counted, and how the shards are that it has.
pub(super) async fn metrics(cluster: &Cluster, headers: &HeaderMap) -> Result<Response, Failure> {
    let is_known = |token: &str| cluster.metrics.is(token) | cluster.operator.is(token);
    if !bearer(headers).is_some_and(is_known) {
        let who = "This needs the token of DATA/metrics.token, or the operator's.";
        return Err(Failure::of(error::AUTHENTICATION).saying(who));
    }
    let (mut houses, shared) = (Vec::new(), cluster.shared.clone());
    for (shard, house) in cluster.board.houses() {
        let is_ready = !house.has_stopped() && house.app.health.troubles(&house.app).await.is_empty();
        houses.push((shard, house, is_ready));
    }
    let shards = cluster.board.shards().count();
    let text = blocking(move || {
        metrics::of_shards(&shared, shards, &houses).map_err(|problem| {
            tracing::warn!(%problem, "the metrics cannot be told");
            Failure::of(error::BACKEND_UNAVAILABLE)
        })
    });
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text.await?).into_response())
}
