//! What a gateway is told, once it is durable. A batch has up to a thousand answers, so each is written as it is, and no
//! [`serde_json::Value`] made of it first.

use std::sync::Arc;

use charging::{ChargeId, Draw, LotNo, Money, Rated, Refusal};
use ledger::Durable;
use ledger::meter::{Authorised, Charge, Left, MeterError};
use serde::Serialize;
use wire::error::ErrorBody;
use wire::number::Decimal;

use super::Item;
use crate::http::error::{Failure, Told};
use crate::metrics::Counted;
use crate::views;

/// What was decided; not durable yet.
pub struct Decided {
    pub(super) counted: Arc<Counted>,
    pub(super) what: &'static str,
    pub(super) account: String,
    pub(super) key: String,
    pub(super) outcome: Result<Outcome, Failure>,
}

pub(super) enum Outcome {
    Charged(Durable<Result<Charge, Refusal>>),
    Authorised(Durable<Result<Authorised, Refusal>>),
    Voided(bool),
}

/// One answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    #[serde(flatten)]
    state: State,
    /// As it was named in the request, if that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum State {
    Charged(Charged),
    Authorised { charge_id: ChargeId, pocket: &'static str, expires_at: String, repeated: bool },
    Voided,
    NotAuthorised,
    Failed { status: u16, error: ErrorBody },
}

#[derive(Debug, Serialize)]
struct Charged {
    charge_id: ChargeId,
    pocket: &'static str,
    units: u64,
    amount: Decimal,
    lots: Vec<FromLot>,
    priced: Vec<Priced>,
    repeated: bool,
    left: Option<IsLeft>,
}

#[derive(Debug, Serialize)]
struct FromLot {
    lot: LotNo,
    units: u64,
}

#[derive(Debug, Serialize)]
struct Priced {
    units: u64,
    price_version: u16,
    tier: u64,
    amount: Decimal,
}

#[derive(Debug, Serialize)]
struct IsLeft {
    package_units: u64,
    available: Decimal,
}

impl Decided {
    /// The answer, once it is durable.
    ///
    /// # Errors
    /// What is wrong with the request, the core's refusal, or that the journal has stopped.
    pub async fn answer(self) -> Result<Answer, Failure> {
        let state = Self::state(self.outcome).await;
        self.counted.work(self.what, state.as_ref().err());
        Ok(Answer { state: state?, account: Some(self.account), key: Some(self.key) })
    }

    /// The answer to one of many, be it a failure.
    pub async fn told(self) -> Answer {
        let state = Self::state(self.outcome).await;
        self.counted.work(self.what, state.as_ref().err());
        let state = state.unwrap_or_else(State::failed);
        Answer { state, account: Some(self.account), key: Some(self.key) }
    }

    async fn state(outcome: Result<Outcome, Failure>) -> Result<State, Failure> {
        Ok(match outcome? {
            Outcome::Charged(charge) => State::Charged(charge.await?.map_err(refused)?.into()),
            Outcome::Authorised(authorised) => match authorised.await?.map_err(refused)? {
                Authorised::Charged(charge) => State::Charged(charge.into()),
                Authorised::Held { authorisation, repeated } => State::Authorised {
                    charge_id: authorisation.charge,
                    pocket: authorisation.pocket.word(),
                    expires_at: authorisation.expires_at.to_string(),
                    repeated,
                },
            },
            Outcome::Voided(true) => State::Voided,
            Outcome::Voided(false) => State::NotAuthorised,
        })
    }
}

impl Answer {
    /// The answer to what could not even be read.
    pub fn failed(failure: Failure) -> Answer {
        Answer { state: State::failed(failure), account: None, key: None }
    }

    /// The answer to one that nobody could decide on.
    pub fn failed_of(item: &Item, failure: Failure) -> Answer {
        let (account, key) = (Some(item.account.clone()), Some(item.key.clone()));
        Answer { state: State::failed(failure), account, key }
    }
}

impl State {
    fn failed(failure: Failure) -> State {
        State::Failed { status: failure.status(), error: failure.body() }
    }
}

impl From<Charge> for Charged {
    fn from(Charge { charge, pocket, draws, rated, repeated, left }: Charge) -> Charged {
        let units = draws.iter().map(|draw| draw.units).chain(rated.iter().map(|part| part.units)).sum();
        let amount: Money = rated.iter().map(|part| part.amount).sum();
        let from = |Draw { lot, units, .. }: Draw| FromLot { lot, units };
        let priced = |Rated { units, price_version, tier, amount, .. }: Rated| Priced {
            units,
            price_version,
            tier: views::tier_number(tier),
            amount: views::money(amount),
        };
        Charged {
            charge_id: charge,
            pocket: pocket.word(),
            units,
            amount: views::money(amount),
            lots: draws.into_iter().map(from).collect(),
            priced: rated.into_iter().map(priced).collect(),
            repeated: repeated.is_some(),
            left: left.map(Into::into),
        }
    }
}

impl From<Left> for IsLeft {
    fn from(Left { in_lots, available }: Left) -> IsLeft {
        IsLeft { package_units: in_lots, available: views::money(available) }
    }
}

/// A gateway is the operator's: it is told what the account is.
fn refused(refusal: Refusal) -> Failure {
    if matches!(*refusal.reason, charging::Reason::UnknownHold) {
        return MeterError::NotAuthorised.into();
    }
    Failure::refused(&refusal, Told::Payer)
}
