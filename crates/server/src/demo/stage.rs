//! The stage: customers, the operator and the clock of a running server, and what they can do. Each deed is an HTTP
//! request, and becomes a row with the figures of the answer and of the account after it. When time moves, it
//! stops at every instant at which something is due, and what changed there becomes rows too.

use std::collections::BTreeMap;

use charging::{Money, Timestamp, Zone};
use serde_json::Value;

use super::client::{Answer, Customer, Operator};
use super::pictures::Picture;
use super::timeline::{Act, Asked, Books, Row, Teller, What};
use super::when;
use crate::app::OpenError;
use crate::calls::{GeneralText, Metered as _};

/// More stops than any wait of a story has.
const STOPS_LIMIT: usize = 100;

/// One of the customers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who(usize);

struct Player {
    name: &'static str,
    customer: Customer,
    books: Books,
}

/// See the module.
pub(super) struct Stage<'a> {
    operator: Operator,
    now: Timestamp,
    players: Vec<Player>,
    teller: &'a mut dyn Teller,
    acts: usize,
    rows: Vec<Row>,
}

impl<'a> Stage<'a> {
    /// A stage before a running server.
    pub async fn new(operator: Operator, teller: &'a mut dyn Teller) -> Result<Stage<'a>, OpenError> {
        let now = instant(&operator.clock().await?, "now")?;
        Ok(Stage { operator, now, players: Vec::new(), teller, acts: 0, rows: Vec::new() })
    }

    /// What happened.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Begins an act.
    pub fn act(&mut self, act: Act) -> Result<(), OpenError> {
        self.acts += 1;
        Ok(self.teller.act(self.acts, &act, self.now)?)
    }

    /// Opens an account.
    pub async fn open(&mut self, name: &'static str, tier: &str, policy: &str) -> Result<Who, OpenError> {
        let customer = self.operator.create(name, tier, policy).await?;
        let books = books(&customer.account().await?)?;
        self.players.push(Player { name, customer, books });
        let who = Who(self.players.len() - 1);
        self.record(who, What::Opened { tier: tier.into(), policy: policy.into() }).await?;
        Ok(who)
    }

    /// Enables the API.
    pub async fn enable(&mut self, who: Who, region: &str) -> Result<(), OpenError> {
        let answer = self.customer(who).enable(region, GeneralText::NAME).await?;
        let what = match answer.is_success() {
            true => What::Enabled { region: region.into() },
            false => refused(Asked::Enable, region, &answer),
        };
        self.record(who, what).await
    }

    /// Tops up.
    pub async fn top_up(&mut self, who: Who, amount: &str) -> Result<(), OpenError> {
        let done = self.operator.top_up(self.players[who.0].name, amount).await?;
        self.record(who, What::ToppedUp { amount: amount.parse()?, debt_paid: money(&done, "debt_paid")? })
            .await
    }

    /// Buys a package.
    pub async fn buy(&mut self, who: Who, region: &str, calls: u64) -> Result<(), OpenError> {
        let answer = self.customer(who).buy(region, GeneralText::NAME, calls).await?;
        let what = if answer.is_success() {
            let lot = &answer.body["lot"];
            What::Bought {
                region: region.into(),
                calls: number(lot, "granted"),
                price: money(lot, "price")?,
                expires_at: instant(lot, "expires_at")?,
            }
        } else {
            refused(Asked::Buy, region, &answer)
        };
        self.record(who, what).await
    }

    /// Reads a picture.
    pub async fn read(&mut self, who: Who, region: &str, picture: &Picture) -> Result<(), OpenError> {
        let answer = self.customer(who).general_text(region, picture).await?;
        let what = if answer.is_success() {
            let words = &answer.body["result"]["words_block_list"];
            What::Read {
                region: region.into(),
                picture: picture.title,
                words: text(&words[0], "words"),
                pocket: answer.header("x-inkmeter-pocket")?.into(),
                amount: answer.header("x-inkmeter-amount")?.parse()?,
                package_left: answer.header("x-inkmeter-package-left")?.parse()?,
            }
        } else {
            refused(Asked::Read, region, &answer)
        };
        self.record(who, what).await
    }

    /// Some minutes pass.
    pub async fn minutes(&mut self, minutes: i64) -> Result<(), OpenError> {
        self.until(self.now.plus_ms(minutes * 60_000)).await
    }

    /// Until 09:00 some days later.
    pub async fn morning_after(&mut self, days: i64) -> Result<(), OpenError> {
        self.until(when::morning_after(self.now, days)).await
    }

    /// Until everything the account used is settled.
    pub async fn until_settled(&mut self, who: Who) -> Result<(), OpenError> {
        for _ in 0..STOPS_LIMIT {
            if self.books(who).unsettled == Money::ZERO {
                return Ok(());
            }
            let due = self.next_due().await?.ok_or("nothing is due, and yet something is not settled")?;
            self.stop_at(due).await?;
        }
        Err("an hour is never settled".into())
    }

    /// Until the instant at which the server says grace ends.
    pub async fn until_grace_ends(&mut self, who: Who) -> Result<(), OpenError> {
        let until = self.books(who).grace_until.ok_or("the account is not in grace")?;
        self.until(until).await
    }

    /// Until the instant at which the server says resources are released.
    pub async fn until_released(&mut self, who: Who) -> Result<(), OpenError> {
        let until = self.books(who).release_at.ok_or("the account is not in arrears")?;
        self.until(until).await
    }

    fn customer(&self, who: Who) -> &Customer {
        &self.players[who.0].customer
    }

    fn books(&self, who: Who) -> &Books {
        &self.players[who.0].books
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, OpenError> {
        let clock = self.operator.clock().await?;
        if clock["next_due"].is_null() { Ok(None) } else { instant(&clock, "next_due").map(Some) }
    }

    async fn until(&mut self, target: Timestamp) -> Result<(), OpenError> {
        for _ in 0..STOPS_LIMIT {
            let due = self.next_due().await?.filter(|due| self.now < *due && *due < target);
            let stop = due.unwrap_or(target);
            self.stop_at(stop).await?;
            if stop >= target {
                return Ok(());
            }
        }
        Err(format!("{target} is never reached").into())
    }

    /// Moves the clock there, and looks at what changed.
    async fn stop_at(&mut self, at: Timestamp) -> Result<(), OpenError> {
        if at > self.now {
            self.now = instant(&self.operator.advance(at.ms() - self.now.ms()).await?, "now")?;
        }
        for index in 0..self.players.len() {
            let who = Who(index);
            let before = self.books(who).clone();
            let after = books(&self.customer(who).account().await?)?;
            if before == after {
                continue;
            }
            if before.unsettled != after.unsettled
                && let Some(what) = self.settlement(who, &before, &after).await?
            {
                self.push(who, what, after.clone())?;
            }
            self.stand(who, &before, after)?;
        }
        Ok(())
    }

    /// What was settled at this instant, by the bill.
    async fn settlement(&self, who: Who, before: &Books, after: &Books) -> Result<Option<What>, OpenError> {
        let month = Zone::BEIJING.month(self.now.plus_ms(-1)).to_string();
        let bill = self.customer(who).bill(&month).await?;
        let (mut hour, mut calls, mut amount) = (None, 0, Money::ZERO);
        for line in bill["lines"].as_array().into_iter().flatten() {
            if line["kind"] == "pay_per_use" && instant(line, "settled_at")? == self.now {
                hour = Some(instant(line, "hour")?);
                calls += number(line, "units");
                amount += money(line, "amount")?;
            }
        }
        let (paid, owed) = (before.cash - after.cash, after.debt - before.debt);
        Ok(hour.map(|hour| What::Settled { hour, calls, amount, paid, owed }))
    }

    /// Records a deed of a customer, and what it did to the standing.
    async fn record(&mut self, who: Who, what: What) -> Result<(), OpenError> {
        let before = self.books(who).clone();
        let after = books(&self.customer(who).account().await?)?;
        self.push(who, what, after.clone())?;
        self.stand(who, &before, after)
    }

    fn stand(&mut self, who: Who, before: &Books, after: Books) -> Result<(), OpenError> {
        if before.standing != after.standing {
            let is_lost = |region: &&String| !after.enabled.contains(region);
            let what = What::Stands {
                from: before.standing.clone(),
                to: after.standing.clone(),
                grace_until: after.grace_until,
                release_at: after.release_at,
                lost: before.enabled.iter().filter(is_lost).cloned().collect(),
            };
            self.push(who, what, after.clone())?;
        }
        self.players[who.0].books = after;
        Ok(())
    }

    fn push(&mut self, who: Who, what: What, after: Books) -> Result<(), OpenError> {
        let row = Row { at: self.now, act: self.acts, account: self.players[who.0].name, what, after };
        self.teller.row(&row)?;
        self.rows.push(row);
        Ok(())
    }
}

fn refused(asked: Asked, region: &str, answer: &Answer) -> What {
    What::Refused {
        asked,
        region: region.into(),
        status: answer.status,
        code: text(&answer.body, "error_code"),
        reason: text(&answer.body, "reason"),
        cure: text(&answer.body, "cure"),
    }
}

fn books(account: &Value) -> Result<Books, OpenError> {
    let mut packages = BTreeMap::new();
    for lot in account["lots"].as_array().into_iter().flatten() {
        *packages.entry(text(lot, "region")).or_default() += number(lot, "remaining");
    }
    let enabled = account["subscriptions"].as_array().into_iter().flatten();
    let maybe = |field: &str| match &account[field] {
        Value::Null => Ok(None),
        _ => instant(account, field).map(Some),
    };
    Ok(Books {
        standing: text(account, "standing"),
        cash: money(account, "cash")?,
        unsettled: money(account, "unsettled")?,
        debt: money(account, "debt")?,
        available: money(account, "available")?,
        packages,
        enabled: enabled.map(|subscription| text(subscription, "region")).collect(),
        grace_until: maybe("grace_until")?,
        release_at: maybe("release_at")?,
    })
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_default()
}

/// An amount, digit by digit: the number's own text.
fn money(value: &Value, field: &str) -> Result<Money, OpenError> {
    value[field].to_string().parse().map_err(|problem| format!("{field}: {problem}").into())
}

fn instant(value: &Value, field: &str) -> Result<Timestamp, OpenError> {
    let text = value[field].as_str().ok_or_else(|| format!("the answer has no {field}"))?;
    Ok(Timestamp::parse(text)?)
}
