//! `POST /v2/{project_id}/ocr/general-text`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use charging::Name;
use wire::error;

use super::error::Failure;
use super::extract::Path;
use super::{Known, request_id};
use crate::app::App;
use crate::line::Line;
use crate::usecase::read_text::{Call, read_text, receipt_headers};

/// Reads the text of one picture, and charges it.
pub async fn general_text(
    State(app): State<Arc<App>>,
    Path(project_id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let line = request.extensions().get::<Arc<Line>>().cloned();
    let known = Known::read(&app, request).await?;
    let region = app.auth.region_of(&known.caller, &project_id)?;
    let payer = known.caller.payer()?;
    let named = enterprise_project(&known)?;
    let is_member = payer.member.is_some();
    if is_member && named.is_some() {
        let detail =
            "a member's calls name no enterprise project: they stand in its master's books as the member's";
        return Err(Failure::of(error::INVALID_PARAMETER).because(detail));
    }
    let enterprise_project = payer.member.or(named);
    let call = Call { account: payer.account, region, enterprise_project, id: request_id::of_call() };
    let request = wire::general_text::Request::parse(&known.body)
        .map_err(|invalid| Failure::of(invalid.code).because(invalid.detail))?;
    drop(known);
    let served = read_text(app, call, request, line.as_deref()).await;
    let served = served.map_err(|failure| if is_member { failure.to_a_member() } else { failure })?;
    let mut receipt = receipt_headers(&served.receipt);
    if is_member {
        // What is left is the master's to know.
        receipt.remove("x-inkmeter-package-left");
        receipt.remove("x-inkmeter-available");
    }
    Ok((receipt, Json(served.response)).into_response())
}

fn enterprise_project(known: &Known) -> Result<Option<Name>, Failure> {
    let Some(value) = known.headers.get("enterprise-project-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or("?").trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |_| Failure::of(error::INVALID_PARAMETER).because("Enterprise-Project-Id is no id");
    Name::new(text).map(Some).map_err(wrong)
}
