//! The rows the read model must have, worked out from the journal a second time and in another way.

use charging::{Book, Event, Money, Month, Pocket, Recorded, Source, Timestamp, Zone};
use rusqlite::types::ValueRef::{self, Blob, Integer, Null, Text};

use super::account::Audited;
use super::read_tables::Table;
use crate::entry::AccountNo;

impl Audited {
    /// Gives every row that an event means; the event has been applied already.
    pub(super) fn rows(
        &mut self,
        no: AccountNo,
        sequence: u64,
        recorded: &Recorded,
        mut row: impl FnMut(Table, &[ValueRef<'_>]),
    ) {
        let Recorded { at, event } = recorded;
        let (account, at, sequence) = (Integer(i64::from(no)), Integer(at.ms()), unsigned(sequence));
        match event {
            Event::Charged { charge, service, enterprise_project, draws, rated, .. } => {
                self.counts.charges += 1;
                let draws_text: Vec<_> =
                    draws.iter().map(|draw| format!("[{},{}]", draw.lot.0, draw.units)).collect();
                let part = |part: &charging::Rated| {
                    format!("[{},{},{},{}]", part.units, part.price_version, part.tier, part.amount.e8())
                };
                let rated_text: Vec<_> = rated.iter().map(part).collect();
                let (draws_text, rated_text) = (list(&draws_text), list(&rated_text));
                let id = charge.0.to_be_bytes();
                let units = draws.iter().map(|draw| draw.units).chain(rated.iter().map(|part| part.units));
                let amount: Money = rated.iter().map(|part| part.amount).sum();
                let cells = [
                    account,
                    Integer(self.counts.charges),
                    at,
                    Blob(&id),
                    Integer(i64::from(service.0)),
                    optional_text(enterprise_project.as_ref().map(|name| name.as_str())),
                    Integer(i64::from(Pocket::of(draws) == Pocket::PayPerUse)),
                    unsigned(units.sum()),
                    Integer(amount.e8()),
                    optional_text(draws_text.as_deref()),
                    optional_text(rated_text.as_deref()),
                    sequence,
                ];
                row(Table::Charges, &cells);
                row(Table::ChargeIds, &[account, Integer(self.counts.charges), Blob(&id)]);
                return;
            }
            Event::HourSettled { hour, lines, coupons, paid, debt } => {
                let by_coupons = money(coupons.iter().map(|part| part.amount).sum());
                let cells = [account, instant(*hour), at, by_coupons, money(*paid), money(*debt), sequence];
                row(Table::SettledHours, &cells);
                for part in coupons {
                    let (coupon, line) = (Integer(part.coupon.0.into()), Integer(part.line.into()));
                    let hour = instant(*hour);
                    let cells = [account, coupon, at, Integer(0), hour, line, money(part.amount), sequence];
                    row(Table::CouponUses, &cells);
                }
                for (index, line) in (0..).zip(lines) {
                    let cells = [
                        account,
                        instant(*hour),
                        Integer(index),
                        Integer(i64::from(line.service.0)),
                        optional_text(line.enterprise_project.as_ref().map(|name| name.as_str())),
                        Integer(i64::from(line.price_version)),
                        Integer(i64::from(line.tier)),
                        unsigned(line.units),
                        money(line.amount),
                        instant(line.used_from),
                        line.used_to.map_or(Null, instant),
                        instant(line.first_call_at),
                        instant(line.last_call_at),
                    ];
                    row(Table::BillLines, &cells);
                }
            }
            Event::ServiceAdded { service, api, region } => {
                let (api, region) = (Text(api.as_str().as_bytes()), Text(region.as_str().as_bytes()));
                row(Table::Services, &[account, Integer(i64::from(service.0)), api, region]);
            }
            Event::LotGranted { .. } => lot_row(account, at, sequence, event, &mut row),
            Event::LotUnsubscribed { refund } => {
                let lot = Integer(refund.lot.0.into());
                let mut to_coupon = Money::ZERO;
                if let Some((coupon, amount)) = refund.coupon {
                    let coupon = Integer(coupon.0.into());
                    let cells = [account, coupon, at, Integer(3), lot, Integer(0), money(amount), sequence];
                    row(Table::CouponUses, &cells);
                    to_coupon = amount;
                }
                let cells = [
                    account,
                    lot,
                    at,
                    unsigned(refund.units),
                    money(refund.cash),
                    money(to_coupon),
                    money(refund.used),
                    money(refund.fee),
                    money(refund.lost),
                    Integer(refund.to_pay_per_use.into()),
                    sequence,
                ];
                row(Table::Refunds, &cells);
            }
            Event::OrderPlaced { order } => {
                let cells = [
                    account,
                    Integer(order.no.0.into()),
                    at,
                    Text(order.offer.api.as_str().as_bytes()),
                    Text(order.region.as_str().as_bytes()),
                    unsigned(order.offer.calls),
                    money(order.offer.price),
                    Integer(order.offer.validity_months.into()),
                    order.renews.map_or(Null, |lot| Integer(lot.0.into())),
                    instant(order.pay_until),
                    sequence,
                ];
                row(Table::Orders, &cells);
            }
            Event::OrderCancelled { order, is_expired } => {
                let (order, is_expired) = (Integer(order.0.into()), Integer((*is_expired).into()));
                row(Table::OrderEnds, &[account, order, at, is_expired, sequence]);
            }
            Event::MonthClosed { totals } => {
                let cells = [
                    account,
                    Integer(month_number(totals.month)),
                    at,
                    money(totals.usage),
                    money(totals.packages),
                    money(totals.paid),
                    money(totals.debt),
                    money(totals.topped_up),
                    money(totals.debt_paid),
                    sequence,
                ];
                row(Table::ClosedMonths, &cells);
            }
            Event::Noticed { notice } => {
                let bytes = postcard::to_stdvec(&notice.kind).unwrap_or_default();
                let (word, category) = (notice.kind.word(), notice.kind.category().word());
                let cells = [
                    account,
                    unsigned(notice.no),
                    at,
                    Text(word.as_bytes()),
                    Text(category.as_bytes()),
                    Blob(&bytes),
                    sequence,
                ];
                row(Table::Notices, &cells);
                return;
            }
            _ => {}
        }
        if let Some((kind, amount, reference)) = movement(event) {
            self.counts.transactions += 1;
            let books = self.account.books();
            let (cash, debt) = (books.balance(Book::Cash), -books.balance(Book::Debt));
            let (cash_change, debt_change) = changes(event);
            let reason = if let Event::Adjusted { reason, .. } = event { Some(reason) } else { None };
            let cells = [
                account,
                Integer(self.counts.transactions),
                at,
                Integer(kind),
                money(amount),
                reference.map_or(Null, Integer),
                money(cash_change),
                money(debt_change),
                money(cash),
                money(debt),
                reason.map_or(Null, |reason| Text(reason.as_bytes())),
                sequence,
            ];
            row(Table::Transactions, &cells);
        }
        if !matches!(event, Event::HourSettled { .. }) {
            self.counts.events += 1;
            let bytes = postcard::to_stdvec(event).unwrap_or_default();
            let kind = kind_of(event);
            let kind = Text(kind.as_bytes());
            let cells = [account, Integer(self.counts.events), at, kind, Blob(&bytes), sequence];
            row(Table::History, &cells);
        }
    }

    /// The account's own row.
    pub(super) fn own_row(&self, no: AccountNo, mut row: impl FnMut(Table, &[ValueRef<'_>])) {
        let account = &self.account;
        let zone = zone_text(account.zone());
        let id = account.id().0.to_be_bytes();
        let cells = [
            Integer(i64::from(no)),
            Blob(&id),
            instant(account.opened_at()),
            Text(zone.as_bytes()),
            Integer(self.counts.charges),
            Integer(self.counts.transactions),
            Integer(self.counts.events),
            money(account.cash()),
            money(account.debt()),
        ];
        row(Table::Accounts, &cells);
    }
}

fn lot_row(
    account: ValueRef<'_>,
    at: ValueRef<'_>,
    sequence: ValueRef<'_>,
    event: &Event,
    row: &mut impl FnMut(Table, &[ValueRef<'_>]),
) {
    let Event::LotGranted {
        lot,
        service,
        source,
        granted,
        effective_at,
        expires_at,
        enterprise_project,
        price,
        order,
        ..
    } = event
    else {
        return;
    };
    let (mut list_price, mut coupons, mut renews, mut is_automatic) = (*price, Money::ZERO, Null, false);
    let order_no = order.as_ref().and_then(|order| order.order).map_or(Null, |no| Integer(no.0.into()));
    if let Some(order) = order {
        let of_lot = Integer(i64::from(lot.0));
        for (kind, used) in [(1, order.coupon), (2, order.discount)] {
            let Some((coupon, amount)) = used else { continue };
            let (coupon, kind) = (Integer(coupon.0.into()), Integer(kind));
            let cells = [account, coupon, at, kind, of_lot, Integer(0), money(amount), sequence];
            row(Table::CouponUses, &cells);
        }
        list_price = order.list_price;
        coupons = order.coupon.map_or(Money::ZERO, |(_, amount)| amount);
        renews = order.renews.map_or(Null, |lot| Integer(lot.0.into()));
        is_automatic = order.is_automatic;
    }
    let source = match source {
        Source::Free => 0,
        Source::Promotion => 1,
        Source::Package => 2,
    };
    let cells = [
        account,
        Integer(i64::from(lot.0)),
        at,
        Integer(i64::from(service.0)),
        Integer(source),
        unsigned(*granted),
        instant(*effective_at),
        instant(*expires_at),
        optional_text(enterprise_project.as_ref().map(|name| name.as_str())),
        money(list_price),
        money(*price),
        money(coupons),
        renews,
        Integer(is_automatic.into()),
        order_no,
        sequence,
    ];
    row(Table::Lots, &cells);
}

/// Kind, amount and reference of a movement of cash or debt.
fn movement(event: &Event) -> Option<(i64, Money, Option<i64>)> {
    match event {
        Event::ToppedUp { amount, .. } => Some((0, *amount, None)),
        Event::DebtPaid { amount } => Some((1, *amount, None)),
        Event::HourSettled { hour, lines, .. } => {
            Some((2, lines.iter().map(|line| line.amount).sum(), Some(hour.ms())))
        }
        Event::Adjusted { amount, .. } => Some((4, *amount, None)),
        Event::LotUnsubscribed { refund } => {
            let amount = refund.cash + refund.coupon.map_or(Money::ZERO, |(_, amount)| amount);
            (!amount.is_zero()).then(|| (5, amount, Some(i64::from(refund.lot.0))))
        }
        // No money moves for what a discount made free; but it was bought, and its list price stands in the bill.
        Event::LotGranted { lot, price, order, .. } => {
            let is_bought =
                !price.is_zero() || order.as_ref().is_some_and(|order| !order.list_price.is_zero());
            is_bought.then(|| (3, *price, Some(i64::from(lot.0))))
        }
        _ => None,
    }
}

/// What an event does to cash and debt.
fn changes(event: &Event) -> (Money, Money) {
    match event {
        Event::ToppedUp { amount, .. } => (*amount, Money::ZERO),
        Event::DebtPaid { amount } => (-*amount, -*amount),
        Event::HourSettled { paid, debt, .. } => (-*paid, *debt),
        Event::LotGranted { price, order, .. } => {
            let by_coupon = order.as_ref().and_then(|order| order.coupon).map_or(Money::ZERO, |c| c.1);
            (by_coupon - *price, Money::ZERO)
        }
        Event::Adjusted { amount, .. } => (*amount, Money::ZERO),
        Event::LotUnsubscribed { refund } => (refund.cash, Money::ZERO),
        _ => (Money::ZERO, Money::ZERO),
    }
}

fn kind_of(event: &Event) -> String {
    // The kind is the variant's name in the journal's own words: `StandingChanged` is `standing_changed`.
    let debug = format!("{event:?}");
    let name = debug.split([' ', '{', '(']).next().unwrap_or_default();
    let mut kind = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kind.is_empty() {
            kind.push('_');
        }
        kind.extend(letter.to_lowercase());
    }
    kind
}

/// Months are numbered through the years.
pub(super) fn month_number(month: Month) -> i64 {
    12 * i64::from(month.year) + i64::from(month.month - 1)
}

fn zone_text(zone: Zone) -> String {
    serde_json::to_string(&zone).unwrap_or_default()
}

fn list(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
}

fn money(money: Money) -> ValueRef<'static> {
    Integer(money.e8())
}

fn instant(at: Timestamp) -> ValueRef<'static> {
    Integer(at.ms())
}

fn unsigned(number: u64) -> ValueRef<'static> {
    Integer(number.cast_signed())
}

fn optional_text(text: Option<&str>) -> ValueRef<'_> {
    text.map_or(Null, |text| Text(text.as_bytes()))
}
