//! Bills: which months there are, one month, the same as a file, and whether it adds up. For customers and, under
//! another path, for the operator.

use std::pin::Pin;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use charging::{AccountId, BillRounding, Money, Month, Standing, Timestamp, Zone, closing_of};
use futures_util::Stream;
use ledger::read::{ReadError, TransactionQuery};
use serde::Deserialize;
use serde_json::Value;
use tokio_util::io::ReaderStream;
use wire::error;

use super::admin::find;
use super::blocking;
use super::error::Failure;
use super::extract::{Path, Query, page_limit};
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::bill::proof::proof;
use crate::bill::{
    self, BillState, Content, ExportError, Facts, Format, Language, Rows, Stated, Wanted, json,
};
use crate::places::{Full, Place};
use crate::project_names::ProjectNames;

type Answer = Result<Json<Value>, Failure>;

/// `GET …/bills`.
pub async fn months(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    list_months(app, subject.account).await
}

/// `GET …/bills/{month}`.
pub async fn show(State(app): State<Arc<App>>, InPath([month]): InPath<1>, subject: Subject) -> Answer {
    show_bill(app, subject.account, month).await
}

/// `GET …/bills/{month}/export`.
pub async fn export(
    State(app): State<Arc<App>>,
    InPath([month]): InPath<1>,
    Query(asked): Query<Asked>,
    subject: Subject,
) -> Result<Response, Failure> {
    send(app, (subject.account, subject.name), month, asked).await
}

/// `GET …/transactions`.
pub async fn transactions(State(app): State<Arc<App>>, Query(page): Query<Page>, subject: Subject) -> Answer {
    list_transactions(app, subject.account, page).await
}

/// `GET /v1/admin/accounts/{name}/bills/{month}/check`.
pub async fn check_of(State(app): State<Arc<App>>, Path((name, month)): Path<(String, String)>) -> Answer {
    let (id, _) = find(&app, &name).await?;
    check(app, id, month).await
}

/// What of a living account stands on a bill.
struct Now {
    zone: Zone,
    rounding: BillRounding,
    standing: Standing,
    owed: Money,
    opened_at: Timestamp,
    at: Timestamp,
    /// Months of which something is not settled or not closed.
    open: Vec<Month>,
}

impl Now {
    /// How far the bill of a month has come.
    fn state(&self, month: Month) -> BillState {
        if self.at < self.zone.month_range(month).1 {
            BillState::Running
        } else if self.at < closing_of(self.zone, month) || self.open.contains(&month) {
            BillState::Over
        } else {
            BillState::Final
        }
    }

    /// Refuses a month for which there can be no bill: one that has not begun, or was over when the account was opened.
    fn check_has_begun(&self, month: Month) -> Result<(), Failure> {
        let (first, running) = (self.zone.month(self.opened_at), self.zone.month(self.at));
        let (why, reason) = if month < first {
            (format!("the account was opened in {first}, after {month}"), "before_opening")
        } else if month > running {
            (format!("{month} has not begun"), "month_not_begun")
        } else {
            return Ok(());
        };
        let cure = match first == running {
            true => format!("Choose {first}."),
            false => format!("Choose a month from {first} to {running}."),
        };
        Err(Failure::of(error::INVALID_PARAMETER).because(why).with_cure(reason, cure))
    }
}

/// Looks at the account; what is due by now is settled first, so that the bill shows it.
async fn look(app: &App, account: AccountId) -> Result<Now, Failure> {
    let read = app.engine.read(account, app.clock.now(), |live, at| {
        let account = &live.account;
        let (policy, opened_at) = (account.policy().clone(), account.opened_at());
        let hours = account.open_hours().iter().map(|hour| account.zone().month(hour.start));
        let open = account.open_months().map(|month| month.month).chain(hours).collect();
        (account.zone(), policy, account.standing(), account.debt(), (opened_at, at, open))
    })?;
    let (zone, policy, standing, owed, (opened_at, at, open)) = read.await?;
    let rounding = app.engine.rules().policies.get(policy.as_str()).map(|policy| policy.bill_rounding);
    Ok(Now { zone, rounding: rounding.unwrap_or_default(), standing, owed, opened_at, at, open })
}

fn parse_month(text: &str) -> Result<Month, Failure> {
    text.parse().map_err(|problem: String| Failure::of(error::INVALID_PARAMETER).because(problem))
}

async fn list_months(app: Arc<App>, account: AccountId) -> Answer {
    let now = look(&app, account).await?;
    blocking(move || {
        let currency = &app.engine.rules().catalog.currency;
        let months = app.read.months(account, now.rounding)?;
        Ok(Json(Value::Array(
            months.iter().map(|of| json::month(of, currency, now.state(of.month))).collect(),
        )))
    })
    .await
}

async fn show_bill(app: Arc<App>, account: AccountId, month: String) -> Answer {
    let month = parse_month(&month)?;
    let now = look(&app, account).await?;
    now.check_has_begun(month)?;
    blocking(move || {
        let bill = app.read.bill(account, month, now.rounding)?;
        let projects = ProjectNames::of(&app, account)?;
        let around = (&app.engine.rules().catalog, &projects);
        Ok(Json(json::bill(&bill, around, now.rounding, now.zone, (now.state(month), now.at))))
    })
    .await
}

async fn check(app: Arc<App>, account: AccountId, month: String) -> Answer {
    let month = parse_month(&month)?;
    let now = look(&app, account).await?;
    at_the_desk(&app, account, move |app| {
        let proof = app.read.look_at_bill(account, month, |view| {
            let sums = view.sums()?;
            let stated = Stated::of(sums.total(), now.rounding);
            Ok::<Value, ReadError>(proof(&sums, view, stated, now.at))
        });
        Ok(Json(proof?))
    })
    .await
}

/// Which file is asked for, in the query's words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    format: String,
    rows: Option<String>,
    #[serde(default)]
    bom: bool,
    #[serde(alias = "lang")]
    language: Option<String>,
}

impl Asked {
    fn wanted(&self) -> Result<Wanted, Failure> {
        let wrong = |field: &str, text: &str, choices: &str| {
            Failure::of(error::INVALID_PARAMETER).because(format!("{field}={text}: choose one of {choices}"))
        };
        let rows = self.rows.as_deref().unwrap_or("hours");
        let language = self.language.as_deref().unwrap_or("en");
        Ok(Wanted {
            format: Format::from_word(&self.format)
                .ok_or_else(|| wrong("format", &self.format, "csv, xlsx, pdf, focus"))?,
            rows: Rows::from_word(rows).ok_or_else(|| wrong("rows", rows, "hours, transactions, charges"))?,
            bom: self.bom,
            language: Language::from_tag(language).ok_or_else(|| wrong("language", language, "en, zh-CN"))?,
        })
    }
}

/// Goes through a whole month of an account.
async fn at_the_desk<T: Send + 'static>(
    app: &Arc<App>,
    account: AccountId,
    work: impl FnOnce(&App) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let theirs = Arc::clone(app);
    let done = app.exports.done(account, move || work(&theirs)).await;
    done.unwrap_or_else(|| Err(Failure::of(error::BACKEND_UNAVAILABLE)))
}

/// The account's files, or all there are, take up the places.
fn too_many(full: Full) -> Failure {
    let failure = Failure::of(error::THROTTLED).to_be_retried_after(60);
    if full.own >= bill::OF_AN_ACCOUNT {
        let said =
            format!("{} files of this account are being made or sent, which is as many as may be.", full.own);
        return failure
            .saying(said)
            .with_cure("too_many_exports", "Take one after the other: try again when one is there.");
    }
    failure.saying("Too many bills are being sent.").with_cure("too_many_exports", "Try again in a minute.")
}

/// Makes the file, then sends it piece by piece.
async fn send(
    app: Arc<App>,
    (account, name): (AccountId, String),
    month: String,
    asked: Asked,
) -> Result<Response, Failure> {
    let (month, wanted) = (parse_month(&month)?, asked.wanted()?);
    let now = look(&app, account).await?;
    now.check_has_begun(month)?;
    let place = app.exports.place(account).map_err(too_many)?;
    let file_name = wanted.file_name(&name, month);
    let made = at_the_desk(&app, account, move |app| {
        let facts = Facts {
            name,
            account,
            zone: now.zone,
            rounding: now.rounding,
            standing: now.standing,
            owed: now.owed,
            catalog: &app.engine.rules().catalog,
            issuer: &app.config.bills.issuer,
            how_to_pay: &app.config.bills.how_to_pay,
            projects: ProjectNames::of(app, account)?,
            provider: app.config.payment.provider,
            now: now.at,
            state: now.state(month),
        };
        Ok(bill::export(&app.read, &facts, month, wanted, &app.data.exports())?)
    })
    .await?;
    let pieces: Pieces = match made.content {
        Content::Memory(bytes) => Box::pin(futures_util::stream::iter([Ok(bytes.into())])),
        Content::Disk(file) => {
            Box::pin(ReaderStream::with_capacity(tokio::fs::File::from_std(file), 64 * 1024))
        }
    };
    // The place is given back when the last piece is sent, or the client has gone.
    let body = Body::from_stream(Sent { pieces, _place: place });
    let headers = [
        (CONTENT_TYPE, wanted.format.media_type().to_owned()),
        (CONTENT_LENGTH, made.bytes.to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
    ];
    Ok((headers, [("x-inkmeter-rows", made.rows.to_string())], body).into_response())
}

type Pieces = Pin<Box<dyn Stream<Item = std::io::Result<bytes::Bytes>> + Send>>;

/// The pieces of a file, and its place.
struct Sent {
    pieces: Pieces,
    _place: Place<AccountId>,
}

impl Stream for Sent {
    type Item = std::io::Result<bytes::Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.pieces.as_mut().poll_next(context)
    }
}

impl From<ExportError> for Failure {
    fn from(problem: ExportError) -> Failure {
        match problem {
            ExportError::Read(problem) => problem.into(),
            problem => {
                tracing::error!(%problem, "a bill cannot be written");
                Failure::of(error::BACKEND_UNAVAILABLE)
            }
        }
    }
}

/// A page of transactions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    after: Option<u64>,
    limit: Option<usize>,
}

async fn list_transactions(app: Arc<App>, account: AccountId, page: Page) -> Answer {
    let now = look(&app, account).await?;
    let limit = page_limit(page.limit, 100, 1_000)?;
    blocking(move || {
        let query = TransactionQuery { after: page.after.unwrap_or(0), limit, ..TransactionQuery::default() };
        let rows =
            app.read.transactions(account, &query).map_err(|problem: ReadError| Failure::from(problem))?;
        Ok(Json(Value::Array(rows.iter().map(|row| json::transaction(row, now.zone)).collect())))
    })
    .await
}
