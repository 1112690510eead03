//! Sentences about caps, adjustments, coupons, renewals and top-ups through a payment provider.
//!
//! ```text
//! cap general-text at 5                      uncap general-text          (all: the whole account)
//! adjust -5 because of a double payment
//! coupon of 10 for general-text in cn-north-4 from 2023-04-20 to 2023-05-01
//! discount of 20 percent for general-text to 2023-05-01
//! buy 1000 calls of general-text in cn-north-4 without coupons
//! renew lot 1 with key 9
//! lot 1 ends with auto 3 days before         (manual, auto, pay_per_use, none)
//! top up 50 by itself below 20 within 200 a month
//! no top up by itself
//! ask for 30 with key 3
//! top-up 1 is paid                           top-up 1 is declined: card expired
//! ```

use charging::{
    Account, AutoTopUp, Context, Coupon, CouponChoice, CouponWorth, Event, LotNo, Money, Name, NewCoupon,
    PaymentAnswer, Recorded, Refusal, RenewalMode, RenewalPlan, Timestamp, TopUpOrigin, TopUpState,
};

use super::script::{Place, Words, calls};
use super::words::text;

pub enum Action {
    Cap { api: Option<Name>, monthly: Money },
    Uncap { api: Option<Name> },
    Adjust { amount: Money, reason: String },
    Coupon(NewCoupon),
    BuyWithoutCoupons { calls: u64, place: Place },
    Renew { lot: LotNo, key: Option<u128> },
    Renewal { lot: LotNo, plan: RenewalPlan },
    AutoTopUp(Option<AutoTopUp>),
    Ask { amount: Money, key: Option<u128> },
    Answer { no: u64, answer: PaymentAnswer },
}

/// Reads a sentence if it is one of these.
pub fn read(sentence: &str) -> Result<Option<Action>, String> {
    let mut words = Words::of(sentence);
    let first = words.next("a sentence")?;
    let action = match first {
        "cap" => {
            let api = api(&mut words)?;
            words.must("at")?;
            Action::Cap { api, monthly: words.parse("amount")? }
        }
        "uncap" => Action::Uncap { api: api(&mut words)? },
        "adjust" => {
            let amount = words.parse("amount")?;
            let (_, reason) = sentence.split_once(" because of ").ok_or("a reason is missing")?;
            return Ok(Some(Action::Adjust { amount, reason: reason.to_owned() }));
        }
        "coupon" | "discount" => Action::Coupon(coupon(first == "coupon", &mut words)?),
        "buy" if sentence.ends_with(" without coupons") => {
            let calls = calls(&mut words)?;
            let place = words.place()?;
            ["without", "coupons"].iter().try_for_each(|word| words.must(word))?;
            Action::BuyWithoutCoupons { calls, place }
        }
        "renew" => Action::Renew { lot: lot(&mut words)?, key: words.key()? },
        "lot" => renewal(&mut words)?,
        "top" if sentence.contains(" by itself ") => {
            words.must("up")?;
            let amount = words.parse("amount")?;
            ["by", "itself", "below"].iter().try_for_each(|word| words.must(word))?;
            let below = words.parse("amount")?;
            let monthly_limit = if words.take("within") {
                let limit = words.parse("amount")?;
                ["a", "month"].iter().try_for_each(|word| words.must(word))?;
                Some(limit)
            } else {
                None
            };
            Action::AutoTopUp(Some(AutoTopUp { below, amount, monthly_limit }))
        }
        "no" => {
            ["top", "up", "by", "itself"].iter().try_for_each(|word| words.must(word))?;
            Action::AutoTopUp(None)
        }
        "ask" => {
            words.must("for")?;
            Action::Ask { amount: words.parse("amount")?, key: words.key()? }
        }
        "top-up" => {
            let no = words.parse("number")?;
            words.must("is")?;
            let answer = match words.next("an answer")? {
                "paid" => PaymentAnswer::Paid,
                "declined:" => {
                    let (_, detail) = sentence.split_once(": ").ok_or("a detail is missing")?;
                    let answer = PaymentAnswer::Declined { detail: detail.to_owned() };
                    return Ok(Some(Action::Answer { no, answer }));
                }
                other => return Err(format!("{other:?} is no answer")),
            };
            Action::Answer { no, answer }
        }
        _ => return Ok(None),
    };
    words.end()?;
    Ok(Some(action))
}

fn api(words: &mut Words<'_>) -> Result<Option<Name>, String> {
    Ok(Some(words.parse::<Name>("API")?).filter(|api| api.as_str() != charging::ALL_APIS))
}

fn lot(words: &mut Words<'_>) -> Result<LotNo, String> {
    words.must("lot")?;
    number(words)
}

fn number(words: &mut Words<'_>) -> Result<LotNo, String> {
    let number: u32 = words.parse("number of a lot")?;
    number.checked_sub(1).map(LotNo).ok_or_else(|| "lots are numbered from 1".to_owned())
}

fn renewal(words: &mut Words<'_>) -> Result<Action, String> {
    let lot = number(words)?;
    ["ends", "with"].iter().try_for_each(|word| words.must(word))?;
    let word = words.next("mode")?;
    let modes = [RenewalMode::Manual, RenewalMode::Auto, RenewalMode::PayPerUse, RenewalMode::None];
    let mode = modes.into_iter().find(|mode| mode.word() == word).ok_or(format!("{word:?} is no mode"))?;
    let mut plan = RenewalPlan::new(mode, 7);
    if mode == RenewalMode::Auto {
        plan.days_before = words.parse("number of days")?;
        ["days", "before"].iter().try_for_each(|word| words.must(word))?;
        if words.take("times") {
            plan.times = Some(words.parse("number of times")?);
        }
    }
    Ok(Action::Renewal { lot, plan })
}

fn coupon(is_cash: bool, words: &mut Words<'_>) -> Result<NewCoupon, String> {
    words.must("of")?;
    let worth = if is_cash {
        CouponWorth::Cash { face: words.parse("amount")? }
    } else {
        let percent_off = words.parse("percentage")?;
        words.must("percent")?;
        CouponWorth::Discount { percent_off }
    };
    let mut named = |word| -> Result<Vec<Name>, String> {
        if words.take(word) { Ok(vec![words.parse("name")?]) } else { Ok(vec![]) }
    };
    let (apis, regions) = (named("for")?, named("in")?);
    let valid_from = if words.take("from") { words.instant("00:00:00")? } else { Timestamp::EPOCH };
    words.must("to")?;
    Ok(NewCoupon { worth, apis, regions, valid_from, valid_to: words.instant("23:59:59.999")? })
}

/// Does what the sentence says, and gives what is answered beside the events.
pub fn act(
    account: &mut Account,
    context: Context<'_>,
    action: &Action,
    now: Timestamp,
    out: &mut Vec<Recorded>,
) -> Result<Vec<String>, Refusal> {
    let key = |key: &Option<u128>| key.map(|key| charging::Key(charging::ChargeId(key)));
    let done =
        |is_repeated| if is_repeated { vec!["already done under this key".to_owned()] } else { vec![] };
    match action {
        Action::Cap { api, monthly } => {
            account.set_spend_cap(context, api.as_ref(), *monthly, now, out).map(|()| vec![])
        }
        Action::Uncap { api } => account.remove_spend_cap(context, api.as_ref(), now, out).map(|()| vec![]),
        Action::Adjust { amount, reason } => {
            account.adjust(context, *amount, reason, None, now, out).map(|o| done(o.repeated))
        }
        Action::Coupon(new) => {
            account.give_coupon(context, new.clone(), None, now, out).map(|o| done(o.repeated))
        }
        Action::BuyWithoutCoupons { calls, place: (api, region) } => account
            .buy_package(context, (api, region, *calls), CouponChoice::None, None, now, out)
            .map(|o| done(o.repeated)),
        Action::Renew { lot, key: k } => {
            account.renew(context, *lot, CouponChoice::Automatic, key(k), now, out).map(|o| done(o.repeated))
        }
        Action::Renewal { lot, plan } => account.set_renewal(context, *lot, *plan, now, out).map(|()| vec![]),
        Action::AutoTopUp(Some(rule)) => account.set_auto_top_up(context, *rule, now, out).map(|()| vec![]),
        Action::AutoTopUp(None) => account.remove_auto_top_up(context, now, out).map(|()| vec![]),
        Action::Ask { amount, key: k } => {
            account.request_top_up(context, *amount, key(k), now, out).map(|outcome| {
                let state = match outcome.state {
                    TopUpState::UnderWay => "has no answer yet",
                    TopUpState::Paid => "was paid",
                    TopUpState::Declined => "was declined",
                };
                let told = format!("already done under this key: top-up {} {state}", outcome.no);
                if outcome.repeated { vec![told] } else { vec![] }
            })
        }
        Action::Answer { no, answer } => {
            let heard = out.len();
            let resolved = account.resolve_top_up(context, *no, answer.clone(), now, out);
            let is_news = out.len() > heard;
            resolved.map(|_| if is_news { vec![] } else { vec![format!("top-up {no} was answered before")] })
        }
    }
}

/// What one of these events means to the customer; `None` for any other event.
pub fn sentence(event: &Event) -> Option<Vec<String>> {
    let of = |api: &Option<Name>| api.as_ref().map_or("all APIs".to_owned(), |api| api.to_string());
    let lot = |lot: &LotNo| format!("lot {}", lot.0 + 1);
    let again =
        |at: &Option<Timestamp>| at.map_or("not again".to_owned(), |at| format!("again at {}", text(at)));
    Some(match event {
        Event::SpendCapSet { api, monthly } => vec![format!("{} may cost {monthly} a month", of(api))],
        Event::SpendCapRemoved { api } => vec![format!("{} may cost anything", of(api))],
        Event::Adjusted { amount, reason, .. } => vec![format!("adjusted by {amount}: {reason}")],
        Event::CouponGiven { coupon } => vec![of_coupon(coupon)],
        Event::CouponTookEffect { coupon } => vec![format!("coupon {} begins", coupon.0 + 1)],
        Event::CouponExpired { coupon, amount } => {
            vec![format!("coupon {} ends with {amount} left", coupon.0 + 1)]
        }
        Event::RenewalSet { lot: no, plan, next_attempt_at, left_by } => {
            let at = next_attempt_at.map_or(String::new(), |at| format!(", next at {}", text(at)));
            let times = plan.times.map_or(String::new(), |times| format!(", times left: {times}"));
            let left = left_by.map_or(String::new(), |by| format!(", left to it by {}", lot(&by)));
            vec![format!("{} ends with {}{at}{times}{left}", lot(no), plan.mode.word())]
        }
        Event::RenewalAttempted { lot: no, next_attempt_at } => {
            vec![format!("{} could not be renewed, {}", lot(no), again(next_attempt_at))]
        }
        Event::RenewalEnded { lot: no } => vec![format!("{} was the last", lot(no))],
        Event::AutoTopUpSet { rule } => {
            let limit =
                rule.monthly_limit.map_or(String::new(), |limit| format!(", at most {limit} a month"));
            vec![format!("top-up of {} below {}{limit}", rule.amount, rule.below)]
        }
        Event::AutoTopUpRemoved => vec!["no top-up by itself".into()],
        Event::TopUpRequested { no, amount, origin, .. } => {
            let by = if *origin == TopUpOrigin::Auto { "the rule" } else { "the customer" };
            vec![format!("top-up {no}: {by} asks for {amount}")]
        }
        Event::TopUpResolved { no, is_paid: true, .. } => vec![format!("top-up {no} is paid")],
        Event::TopUpResolved { no, retry_at, detail, .. } => {
            vec![format!("top-up {no} is declined ({detail}), {}", again(retry_at))]
        }
        Event::KeysForgotten { until } => vec![format!("keys used before {} are forgotten", text(*until))],
        Event::TopUpPostponed { retry_at } => vec![format!("no top-up is asked for, {}", again(retry_at))],
        Event::LotGranted { order: Some(order), .. } => {
            let mut told = Vec::new();
            if let Some(renewed) = &order.renews {
                let how = if order.is_automatic { " by itself" } else { "" };
                told.push(format!("it renews {}{how}", lot(renewed)));
            }
            if let Some((coupon, amount)) = order.discount {
                told.push(format!("coupon {} takes {amount} off {}", coupon.0 + 1, order.list_price));
            }
            if let Some((coupon, amount)) = order.coupon {
                told.push(format!("coupon {} pays {amount}", coupon.0 + 1));
            }
            told
        }
        Event::HourSettled { coupons, .. } => {
            coupons.iter().map(|part| format!("coupon {} pays {}", part.coupon.0 + 1, part.amount)).collect()
        }
        _ => return None,
    })
}

fn of_coupon(coupon: &Coupon) -> String {
    let worth = match coupon.worth {
        CouponWorth::Cash { face } => format!("of {face}"),
        CouponWorth::Discount { percent_off } => format!("for {percent_off} percent off"),
    };
    let scope =
        |word: &str, names: &[Name]| names.first().map_or(String::new(), |name| format!(" {word} {name}"));
    format!(
        "coupon {} {worth}{}{}, valid {} to {}",
        coupon.no.0 + 1,
        scope("for", &coupon.apis),
        scope("in", &coupon.regions),
        text(coupon.valid_from),
        text(coupon.valid_to)
    )
}

/// What is left in coupons, for the line of the state.
pub fn state(account: &Account, now: Timestamp) -> String {
    let usable = account.coupons().iter().filter(|coupon| coupon.is_usable(now));
    usable
        .map(|c| match c.worth {
            CouponWorth::Cash { .. } => format!("; coupon {}: {} left", c.no.0 + 1, c.left),
            CouponWorth::Discount { percent_off } => {
                format!("; coupon {}: {percent_off} percent", c.no.0 + 1)
            }
        })
        .collect()
}
