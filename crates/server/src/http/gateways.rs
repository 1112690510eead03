//! `/v1/admin/gateways`: the operator's own programs that charge accounts for what they served.
//!
//! A gateway's token is shown once, when it is made; what is kept is its hash.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Name, Timestamp};
use ledger::directory::{DirectoryError, GatewayRow};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::admin::{self, BODY_LIMIT_BYTES};
use super::body::read_body;
use super::customer;
use super::error::Failure;
use super::extract::{Path, Query};
use super::invalid::parse;
use super::routes::Routes;
use crate::app::App;
use crate::auth::rights::Need;
use crate::auth::secrets::{new_token, token_hash};
use crate::usecase::metering::charge_id;

type Answer = Result<Json<Value>, Failure>;

/// Routes under `/v1/admin/gateways`.
pub fn routes() -> Routes {
    Routes::under("/v1/admin")
        .get(Need::Operator, "/gateways", list)
        .post(Need::Operator, "/gateways", make)
        .delete(Need::Operator, "/gateways/{gateway}", remove)
        .post(Need::Operator, "/gateways/{gateway}/token", change_token)
        .get(Need::Operator, "/gateways/{gateway}/charge", find)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    #[serde(default)]
    apis: Vec<Name>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Find {
    account: String,
    key: String,
}

/// The charge that a gateway's key of an account stands for, explained; also of a gateway that is gone.
async fn find(
    State(app): State<Arc<App>>,
    Path(gateway): Path<String>,
    Query(Find { account, key }): Query<Find>,
) -> Answer {
    let (account, _) = admin::find(&app, &account).await?;
    let charge = charge_id(&gateway, account, &key);
    customer::explain(app, None, charge.to_string()).await
}

async fn list(State(app): State<Arc<App>>) -> Answer {
    let rows = app.auth.directory.gateways()?;
    Ok(Json(json!({ "gateways": rows.iter().map(view).collect::<Vec<_>>() })))
}

/// Makes a gateway. An API it is to charge for must be sold: a name that is misspelt would charge for nothing.
async fn make(State(app): State<Arc<App>>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let New { name, apis } = parse(&body)?;
    let sold = &app.engine.rules().catalog.apis;
    if let Some(unknown) = apis.iter().find(|api| !sold.contains_key(*api)) {
        let cure =
            "Give the names of APIs that have a price in the configuration ([[api]]), or none for all.";
        let failure = Failure::of(error::INVALID_PARAMETER).because(format!("no API {unknown} is sold"));
        return Err(failure.with_cure("unknown_api", cure));
    }
    let token = new_token();
    let row = GatewayRow {
        name,
        apis: apis.iter().map(Name::to_string).collect(),
        created_at_ms: app.clock.now().ms(),
    };
    app.auth.directory.insert_gateway(&row, &token_hash(&token)).map_err(refused)?;
    Ok(with_token(view(&row), token))
}

async fn change_token(State(app): State<Arc<App>>, Path(name): Path<String>) -> Answer {
    let token = new_token();
    if !app.auth.directory.change_gateway_token(&name, &token_hash(&token))? {
        return Err(unknown());
    }
    let rows = app.auth.directory.gateways()?;
    let row = rows.iter().find(|row| row.name.eq_ignore_ascii_case(&name)).ok_or_else(unknown)?;
    Ok(with_token(view(row), token))
}

async fn remove(State(app): State<Arc<App>>, Path(name): Path<String>) -> Answer {
    if !app.auth.directory.remove_gateway(&name)? {
        return Err(unknown());
    }
    list(State(app)).await
}

fn view(row: &GatewayRow) -> Value {
    json!({
        "name": row.name,
        "apis": row.apis,
        "created_at": Timestamp::from_ms(row.created_at_ms).to_string(),
    })
}

fn with_token(mut view: Value, token: String) -> Json<Value> {
    view["token"] = token.into();
    Json(view)
}

fn unknown() -> Failure {
    let failure = Failure::of(error::INVALID_PARAMETER).because("there is no such gateway");
    failure.with_cure("unknown_gateway", "Give the name of a gateway that is there (inkmeter gateway list).")
}

fn refused(problem: DirectoryError) -> Failure {
    let (reason, cure) = match problem {
        DirectoryError::GatewayTaken => (
            "gateway_taken",
            "Choose another name, or give that gateway a new token (inkmeter gateway token).",
        ),
        DirectoryError::TooManyGateways => {
            ("too_many_gateways", "Remove a gateway that is not needed any more.")
        }
        DirectoryError::InvalidName => ("invalid_name", "Choose a name like ocr-gateway."),
        DirectoryError::OutOfBounds => ("too_many_apis", "Give none, which means all."),
        problem => return problem.into(),
    };
    Failure::of(error::INVALID_PARAMETER).because(problem).with_cure(reason, cure)
}
