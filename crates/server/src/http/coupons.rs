//! Coupons: what an account has, and giving one.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{AccountId, CouponChoice, CouponNo, CouponWorth, Money, Name, NewCoupon, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::admin::{BODY_LIMIT_BYTES, find};
use super::body::read_body;
use super::customer::key;
use super::error::Failure;
use super::extract::Path;
use super::invalid::parse;
use super::subject::Subject;
use crate::app::App;
use crate::views::commerce;

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Cash,
    Discount,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coupon {
    kind: Kind,
    amount: Option<Money>,
    percent_off: Option<u8>,
    #[serde(default)]
    apis: Vec<Name>,
    #[serde(default)]
    regions: Vec<Name>,
    valid_from: Option<Timestamp>,
    valid_to: Timestamp,
    key: Option<String>,
}

impl Coupon {
    fn worth(&self) -> Result<CouponWorth, Failure> {
        match (self.kind, self.amount, self.percent_off) {
            (Kind::Cash, Some(face), None) => Ok(CouponWorth::Cash { face }),
            (Kind::Discount, None, Some(percent_off)) => Ok(CouponWorth::Discount { percent_off }),
            _ => Err(Failure::of(error::INVALID_PARAMETER)
                .because("a cash coupon has an `amount`, a discount coupon a `percent_off`")),
        }
    }
}

/// Which coupons an order is to use: `"automatic"`, `"none"`, or the numbers of one of each kind.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged, expecting = "coupons is \"automatic\", \"none\", or an object of `discount` and `cash`")]
pub enum Choice {
    /// As the core chooses.
    #[default]
    Unsaid,
    /// A word.
    Word(ChoiceWord),
    /// These.
    #[serde(deserialize_with = "wire::object::field")]
    These(These),
}

/// A choice in a word.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceWord {
    /// As the core chooses.
    Automatic,
    /// None.
    None,
}

/// The numbers of one coupon of each kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct These {
    discount: Option<u32>,
    cash: Option<u32>,
}

impl From<Choice> for CouponChoice {
    fn from(choice: Choice) -> CouponChoice {
        match choice {
            Choice::Unsaid | Choice::Word(ChoiceWord::Automatic) => CouponChoice::Automatic,
            Choice::Word(ChoiceWord::None) => CouponChoice::None,
            Choice::These(These { discount, cash }) => {
                CouponChoice::These { discount: discount.map(CouponNo), cash: cash.map(CouponNo) }
            }
        }
    }
}

/// `GET …/coupons`.
pub async fn get(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    list(&app, subject.account).await
}

async fn list(app: &App, account: AccountId) -> Answer {
    Ok(Json(Value::Array(app.engine.read(account, app.clock.now(), commerce::coupons)?.await?)))
}

/// `POST /v1/admin/accounts/{name}/coupons`.
pub async fn give(State(app): State<Arc<App>>, Path(account): Path<String>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let coupon: Coupon = parse(&body)?;
    let (id, _) = find(&app, &account).await?;
    let key = key("coupon", coupon.key.as_deref())?;
    let new = NewCoupon {
        worth: coupon.worth()?,
        apis: coupon.apis,
        regions: coupon.regions,
        valid_from: coupon.valid_from.unwrap_or(Timestamp::EPOCH),
        valid_to: coupon.valid_to,
    };
    let given = app.engine.give_coupon(id, new, key, app.clock.now())?.await??;
    let coupons = app.engine.read(id, app.clock.now(), commerce::coupons)?.await?;
    let coupon = coupons.get(given.coupon.0 as usize).cloned().unwrap_or(Value::Null);
    Ok(Json(json!({ "coupon": coupon, "repeated": given.repeated })))
}
