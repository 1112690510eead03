//! Charges for what other services did: a gateway of the operator's names the account, the API and a key of its own.
//!
//! Deciding blocks for a moment, because a key is looked up; the answer is awaited, until it is durable. So many can be
//! decided one after the other and made durable together.

use std::collections::HashMap;
use std::sync::Arc;

use charging::{AccountId, ChargeId, Name, Refusal};
use ledger::directory::GatewayRow;
use ledger::meter::{Authorised, Charge, MeterError, Work};
use ledger::{Durable, Pending};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wire::error;

use crate::app::App;
use crate::auth::payer::Payer;
use crate::http::enterprise_projects;
use crate::http::error::{Failure, Told};
use crate::metrics::Counted;
use crate::views;

/// The longest key, in bytes.
pub const KEY_LIMIT_BYTES: usize = 255;

/// The most units of one request.
const UNITS_LIMIT: u64 = 1_000_000;

/// What is asked of the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Do {
    /// Charge work that is done.
    Charge,
    /// Keep its units back until it is done.
    Authorise,
    /// Charge what was authorised.
    Commit,
    /// Give back what was authorised.
    Void,
}

impl Do {
    fn word(self) -> &'static str {
        match self {
            Do::Charge => "charge",
            Do::Authorise => "authorise",
            Do::Commit => "commit",
            Do::Void => "void",
        }
    }
}

/// One request as it comes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What is asked; said by the path, of a request alone.
    #[serde(rename = "do")]
    pub what: Option<Do>,
    /// The account's name.
    pub account: String,
    /// The gateway's name for the work: the same again is charged once.
    pub key: String,
    /// The API, of what is charged or authorised.
    pub api: Option<Name>,
    /// The region, likewise.
    pub region: Option<Name>,
    /// How many units; 1 of what is charged or authorised, all of what is committed.
    pub units: Option<u64>,
    /// The enterprise project it is put down to.
    pub enterprise_project: Option<Name>,
}

impl Item {
    /// What is asked, if it has the form of a request. What the account may do is another question.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<Do, String> {
        let what = self.what.ok_or("do is missing: charge, authorise, commit or void")?;
        if self.key.is_empty() || self.key.len() > KEY_LIMIT_BYTES {
            return Err(format!("key: it has 1 to {KEY_LIMIT_BYTES} bytes"));
        }
        if self.units.is_some_and(|units| !(1..=UNITS_LIMIT).contains(&units)) {
            return Err(format!("units: 1 to {UNITS_LIMIT}"));
        }
        Ok(what)
    }
}

/// Who is charged, looked up once for many requests.
#[derive(Default)]
pub struct Accounts(HashMap<String, (AccountId, Payer)>);

/// What was decided; not durable yet.
pub struct Decided {
    counted: Arc<Counted>,
    what: &'static str,
    account: String,
    key: String,
    outcome: Result<Outcome, Failure>,
}

enum Outcome {
    Charged(Durable<Result<Charge, Refusal>>),
    Authorised(Durable<Result<Authorised, Refusal>>),
    Voided(bool),
}

impl Accounts {
    fn find(&mut self, app: &App, name: &str) -> Result<(AccountId, Payer), Failure> {
        if let Some(found) = self.0.get(name) {
            return Ok(found.clone());
        }
        let row = app.auth.directory.account_by_name(name)?.ok_or_else(unknown_account)?;
        let id = row.account_id.parse().map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))?;
        let found = (id, Payer::of(id, row.master_id.as_deref())?);
        self.0.insert(name.to_owned(), found.clone());
        Ok(found)
    }
}

/// Decides on one request. Blocks while its key is looked up. If there is something wrong with it, nothing is charged.
pub fn decide(app: &App, gateway: &GatewayRow, accounts: &mut Accounts, item: Item) -> Decided {
    let outcome = outcome(app, gateway, accounts, &item);
    let what = item.what.map_or("", Do::word);
    Decided { counted: Arc::clone(&app.counted), what, account: item.account, key: item.key, outcome }
}

fn outcome(
    app: &App,
    gateway: &GatewayRow,
    accounts: &mut Accounts,
    item: &Item,
) -> Result<Outcome, Failure> {
    let what = item.check().map_err(invalid)?;
    let (account, payer) = accounts.find(app, &item.account)?;
    let id = charge_id(&gateway.name, account, &item.key);
    let now = app.clock.now();
    Ok(match what {
        Do::Charge => {
            let work = work(app, gateway, account, &payer, item)?;
            Outcome::Charged(durable(app.meter.charge(payer.account, id, &work, now))?)
        }
        Do::Authorise => {
            let work = work(app, gateway, account, &payer, item)?;
            Outcome::Authorised(durable(app.meter.authorise(payer.account, id, &work, now))?)
        }
        Do::Commit => {
            no_work(item)?;
            Outcome::Charged(durable(app.meter.commit(id, item.units, now))?)
        }
        Do::Void => {
            no_work(item)?;
            if item.units.is_some() {
                return Err(invalid("all units of what is voided are given back: leave units out"));
            }
            Outcome::Voided(app.meter.void(id, now)?)
        }
    })
}

impl Decided {
    /// The answer, once it is durable.
    ///
    /// # Errors
    /// What is wrong with the request, the core's refusal, or that the journal has stopped.
    pub async fn answer(self) -> Result<Value, Failure> {
        let (counted, what) = (Arc::clone(&self.counted), self.what);
        let answer = self.durable().await;
        counted.work(what, answer.as_ref().err());
        answer
    }

    async fn durable(self) -> Result<Value, Failure> {
        let mut answer = match self.outcome? {
            Outcome::Charged(charge) => charged(&charge.await?.map_err(refused)?),
            Outcome::Authorised(authorised) => match authorised.await?.map_err(refused)? {
                Authorised::Charged(charge) => charged(&charge),
                Authorised::Held { authorisation, repeated } => json!({
                    "state": "authorised",
                    "charge_id": authorisation.charge,
                    "pocket": authorisation.pocket.word(),
                    "expires_at": authorisation.expires_at.to_string(),
                    "repeated": repeated,
                }),
            },
            Outcome::Voided(true) => json!({ "state": "voided" }),
            Outcome::Voided(false) => json!({ "state": "not_authorised" }),
        };
        answer["account"] = self.account.into();
        answer["key"] = self.key.into();
        Ok(answer)
    }

    /// The answer to one of many, be it a failure.
    pub async fn told(self) -> Value {
        let (account, key) = (self.account.clone(), self.key.clone());
        self.answer().await.unwrap_or_else(|failure| {
            let mut told = failed(failure);
            told["account"] = account.into();
            told["key"] = key.into();
            told
        })
    }
}

/// The answer to what could not even be read.
pub fn failed(failure: Failure) -> Value {
    json!({ "state": "failed", "status": failure.status(), "error": failure.body() })
}

fn charged(charge: &Charge) -> Value {
    let units =
        charge.draws.iter().map(|draw| draw.units).chain(charge.rated.iter().map(|rated| rated.units));
    let amount: charging::Money = charge.rated.iter().map(|rated| rated.amount).sum();
    json!({
        "state": "charged",
        "charge_id": charge.charge,
        "pocket": charge.pocket.word(),
        "units": units.sum::<u64>(),
        "amount": views::raw(amount),
        "lots": views::draws(&charge.draws),
        "priced": views::rated(&charge.rated),
        "repeated": charge.repeated.is_some(),
        "left": charge.left.map(|left| json!({
            "package_units": left.in_lots,
            "available": views::raw(left.available),
        })),
    })
}

/// What a charge is for: what the gateway may charge for, and the account's own enterprise project, or the member's.
fn work(
    app: &App,
    gateway: &GatewayRow,
    account: AccountId,
    payer: &Payer,
    item: &Item,
) -> Result<Work, Failure> {
    let missing = |field| move || invalid(format!("{field} is missing"));
    let api = item.api.clone().ok_or_else(missing("api"))?;
    let region = item.region.clone().ok_or_else(missing("region"))?;
    if !gateway.may_charge_for(api.as_str()) {
        let cure =
            "The operator says which APIs a gateway charges for when it is made (inkmeter gateway new).";
        return Err(Failure::no_permission(error::NO_PERMISSION, cure));
    }
    if payer.member.is_some() && item.enterprise_project.is_some() {
        let detail =
            "a member's calls name no enterprise project: they stand in its master's books as the member's";
        return Err(invalid(detail));
    }
    let named = enterprise_projects::known(app, account, item.enterprise_project.clone())?;
    let enterprise_project = payer.member.clone().or(named);
    Ok(Work { of: account, api, region, enterprise_project, units: item.units.unwrap_or(1) })
}

fn no_work(item: &Item) -> Result<(), Failure> {
    if item.api.is_some() || item.region.is_some() || item.enterprise_project.is_some() {
        return Err(invalid(
            "what it is for was said when it was authorised: leave api, region and enterprise_project out",
        ));
    }
    Ok(())
}

/// The id of the charge that a gateway's key of an account stands for: what two gateways call alike are two things. A
/// call of OCR has another, by chance: ids of 128 bits do not meet.
pub fn charge_id(gateway: &str, account: AccountId, key: &str) -> ChargeId {
    let hash = Sha256::digest(format!("charge\n{gateway}\n{account}\n{key}"));
    let first: [u8; 16] = hash.first_chunk().copied().unwrap_or_default();
    ChargeId(u128::from_be_bytes(first))
}

fn durable<T: Send + 'static>(
    answer: Result<Pending<Result<T, Refusal>>, MeterError>,
) -> Result<Durable<Result<T, Refusal>>, Failure> {
    Ok(answer?.into_future())
}

/// A gateway is the operator's: it is told what the account is.
fn refused(refusal: Refusal) -> Failure {
    if matches!(*refusal.reason, charging::Reason::UnknownHold) {
        return MeterError::NotAuthorised.into();
    }
    Failure::refused(&refusal, Told::Payer)
}

fn invalid(detail: impl std::fmt::Display) -> Failure {
    Failure::of(error::INVALID_PARAMETER).because(detail)
}

fn unknown_account() -> Failure {
    invalid("there is no such account")
        .with_cure("unknown_account", "Give the name of an account that is there.")
}

impl From<MeterError> for Failure {
    fn from(problem: MeterError) -> Failure {
        let (reason, cure) = match problem {
            MeterError::TooManyHeld => {
                let cure = "Commit or void what is authorised, or wait until some of it has run out.";
                return Failure::of(error::THROTTLED).because(problem).with_cure("too_many_authorised", cure);
            }
            MeterError::UnknownAccount(unknown) => return unknown.into(),
            MeterError::Read(problem) => return problem.into(),
            MeterError::NoUnits => return invalid("units: at least 1; to charge nothing, void it"),
            MeterError::OtherWork => {
                ("key_conflict", "Use a key for one piece of work only, and send the same of it every time.")
            }
            MeterError::UnderWay => ("authorised_already", "Commit it or void it."),
            MeterError::NotAuthorised => (
                "not_authorised",
                "If the work is done, charge it in one step under the same key: it is charged once. Else authorise it again.",
            ),
            MeterError::TooManyUnits { .. } => (
                "too_many_units",
                "Authorise as many units as the work may take, and commit those that it took.",
            ),
            MeterError::Charged => {
                ("charged_already", "A charge stands; the operator can give money back as an adjustment.")
            }
        };
        Failure::of(error::KEY_CONFLICT).because(&problem).with_cure(reason, cure)
    }
}
