//! Charges for what other services did: a gateway of the operator's names the account, the API and a key of its own.
//!
//! Deciding blocks for a moment, because a key is looked up; the answer is awaited, until it is durable. So many can be
//! decided one after the other and made durable together.

use std::collections::HashMap;
use std::sync::Arc;

use charging::{AccountId, ChargeId, Refusal};
use ledger::directory::GatewayRow;
use ledger::meter::{MeterError, Sitting, Work};
use ledger::{Durable, Pending};
use sha2::{Digest, Sha256};
use wire::error;

use crate::app::App;
use crate::auth::payer::Payer;
use crate::http::enterprise_projects;
use crate::http::error::Failure;

mod answer;
mod item;

use answer::Outcome;
pub use answer::{Answer, Decided};
pub use item::{Do, Item};

/// Who is charged, looked up once for many requests.
#[derive(Default)]
struct Accounts(HashMap<String, (AccountId, Payer)>);

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

/// Decides on requests, in their order. Blocks while their keys are looked up. Of what there is something wrong with,
/// nothing is charged.
///
/// # Errors
/// If keys cannot be looked up; nothing is charged then.
pub fn decide(app: &App, gateway: &GatewayRow, items: Vec<Item>) -> Result<Vec<Decided>, Failure> {
    let mut accounts = Accounts::default();
    let mut one = |meter: &Sitting<'_>, item| decided(app, meter, gateway, &mut accounts, item);
    Ok(app.meter.sit(|meter| items.into_iter().map(|item| one(meter, item)).collect())?)
}

/// Decides on one request in the same way.
///
/// # Errors
/// As [`decide`].
pub fn decide_one(app: &App, gateway: &GatewayRow, item: Item) -> Result<Decided, Failure> {
    Ok(app.meter.sit(|meter| decided(app, meter, gateway, &mut Accounts::default(), item))?)
}

fn decided(
    app: &App,
    meter: &Sitting<'_>,
    gateway: &GatewayRow,
    accounts: &mut Accounts,
    item: Item,
) -> Decided {
    let outcome = outcome(app, meter, gateway, accounts, &item);
    let what = item.what.map_or("", Do::word);
    Decided { counted: Arc::clone(&app.counted), what, account: item.account, key: item.key, outcome }
}

fn outcome(
    app: &App,
    meter: &Sitting<'_>,
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
            Outcome::Charged(durable(meter.charge(payer.account, id, &work, now))?)
        }
        Do::Authorise => {
            let work = work(app, gateway, account, &payer, item)?;
            Outcome::Authorised(durable(meter.authorise(payer.account, id, &work, now))?)
        }
        Do::Commit => {
            no_work(item)?;
            Outcome::Charged(durable(meter.commit(id, item.units, now))?)
        }
        Do::Void => {
            no_work(item)?;
            if item.units.is_some() {
                return Err(invalid("all units of what is voided are given back: leave units out"));
            }
            Outcome::Voided(meter.void(id, now)?)
        }
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
