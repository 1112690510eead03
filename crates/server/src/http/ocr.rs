//! `POST /v2/{project_id}/ocr/NAME`: who calls, for which project, and who pays. Every call of OCR comes this way.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use charging::Name;
use wire::error;
use wire::ocr::Answer;

use super::error::Failure;
use super::extract::Path;
use super::{Known, enterprise_projects, request_id};
use crate::app::App;
use crate::auth::Caller;
use crate::calls::{File, Metered};
use crate::hosts::Endpoint;
use crate::line::Line;
use crate::usecase::read_picture::{Call, put_receipt, read_picture};

/// Reads one picture as a call of the table wants it, charges it, and counts it.
pub async fn call<C: Metered>(
    State(app): State<Arc<App>>,
    Path(project_id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let begun = Instant::now();
    let counted = Arc::clone(&app.counted);
    let answer = charged::<C>(app, project_id, request).await;
    counted.call(C::NAME, answer.as_ref().err(), begun.elapsed());
    answer
}

async fn charged<C: Metered>(
    app: Arc<App>,
    project_id: String,
    request: Request,
) -> Result<Response, Failure> {
    let line = request.extensions().get::<Arc<Line>>().cloned();
    let endpoint = request.extensions().get::<Endpoint>().cloned();
    let part = app.telemetry.part("authenticate");
    let has_place = |caller: &Caller| {
        let payer = caller.payer()?;
        let member = payer.member.is_some().then_some(&caller.account);
        Ok(app.places.check_free(&payer.account, member)?)
    };
    let known = Known::read_if(&app, request, has_place).await?;
    drop(part);
    let region = app.auth.region_of(&known.caller, &project_id)?;
    if let Some(Endpoint::Region(here)) = endpoint
        && here != region
    {
        return Err(elsewhere(&known.caller, &here, &region));
    }
    let payer = known.caller.payer()?;
    let is_member = payer.member.is_some();
    if is_member && enterprise_projects::is_named(&known.headers) {
        let detail =
            "a member's calls name no enterprise project: they stand in its master's books as the member's";
        return Err(Failure::of(error::INVALID_PARAMETER).because(detail));
    }
    let named = enterprise_projects::of_call(&app, known.caller.account, &known.headers)?;
    let enterprise_project = payer.member.or(named);
    let member = is_member.then_some(known.caller.account);
    let call = Call { account: payer.account, member, region, enterprise_project, id: request_id::of_call() };
    let (picture, mut asked) =
        C::parse(&known.body).map_err(|invalid| Failure::of(invalid.code).because(invalid.detail))?;
    C::heed(&mut asked, &known.headers);
    drop(known);
    let mut charged = read_picture::<C>(app, call, picture, &asked, line.as_deref()).await?;
    let mut response = match C::file(&mut charged.found) {
        Some(File { format, bytes }) => ([(CONTENT_TYPE, format.content_type())], bytes).into_response(),
        None => Json(Answer { result: C::result(charged.found, &asked) }).into_response(),
    };
    put_receipt(response.headers_mut(), &charged.receipt);
    if is_member {
        // What is left is the master's to know.
        response.headers_mut().remove("x-inkmeter-package-left");
        response.headers_mut().remove("x-inkmeter-available");
    }
    Ok(response)
}

/// A call for a project of one region at the endpoint of another. A token is told that it is for elsewhere ("The token
/// must be updated": it is of another region), a signature that there is no such API here.
fn elsewhere(caller: &Caller, here: &Name, region: &Name) -> Failure {
    let code = if caller.project.is_some() { error::TOKEN_UPDATE } else { error::NO_SUCH_API };
    Failure::of(code).with_cure(
        "another_region",
        format!(
            "This is the endpoint of {here}, and the project is in {region}: call the endpoint of {region}."
        ),
    )
}
