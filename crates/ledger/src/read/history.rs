//! History: what happened to an account beside charges, settlements and notices, as events.

use std::collections::BTreeSet;

use charging::{AccountId, Event, LotNo, Name, ServiceNo, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::rows::{Services, account_no, service_of, services};
use super::{Cells, ROWS_LIMIT, ReadError, ReadModel};
use crate::entry::AccountNo;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Which one of the account's events it is, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What, in one word.
    pub kind: &'static str,
    /// What, in full.
    pub event: Event,
    /// The API and region it is about, if it is about one.
    pub service: Option<(Name, Name)>,
    /// The record of the journal it stands in.
    pub sequence: u64,
}

/// One word for each kind of event.
pub(super) fn kind(event: &Event) -> &'static str {
    match event {
        Event::Opened { .. } => "opened",
        Event::ServiceAdded { .. } => "service_added",
        Event::Subscribed { .. } => "subscribed",
        Event::Unsubscribed { .. } => "unsubscribed",
        Event::LotGranted { .. } => "lot_granted",
        Event::LotExpired { .. } => "lot_expired",
        Event::Charged { .. } => "charged",
        Event::HourSettled { .. } => "hour_settled",
        Event::ToppedUp { .. } => "topped_up",
        Event::DebtPaid { .. } => "debt_paid",
        Event::StandingChanged { .. } => "standing_changed",
        Event::TierChanged { .. } => "tier_changed",
        Event::LotTookEffect { .. } => "lot_took_effect",
        Event::Noticed { .. } => "noticed",
        Event::AlertsSet { .. } => "alerts_set",
        Event::AlertRearmed { .. } => "alert_rearmed",
        Event::BudgetSet { .. } => "budget_set",
        Event::BudgetRemoved { .. } => "budget_removed",
        Event::MonthClosed { .. } => "month_closed",
        Event::SpendCapSet { .. } => "spend_cap_set",
        Event::SpendCapRemoved { .. } => "spend_cap_removed",
        Event::MemberSet { .. } => "member_set",
        Event::MemberRemoved { .. } => "member_removed",
        Event::Adjusted { .. } => "adjusted",
        Event::CouponGiven { .. } => "coupon_given",
        Event::CouponExpired { .. } => "coupon_expired",
        Event::CouponTookEffect { .. } => "coupon_took_effect",
        Event::RenewalSet { .. } => "renewal_set",
        Event::RenewalAttempted { .. } => "renewal_attempted",
        Event::RenewalEnded { .. } => "renewal_ended",
        Event::KeysForgotten { .. } => "keys_forgotten",
        Event::AutoTopUpSet { .. } => "auto_top_up_set",
        Event::AutoTopUpRemoved => "auto_top_up_removed",
        Event::TopUpRequested { .. } => "top_up_requested",
        Event::TopUpResolved { .. } => "top_up_resolved",
        Event::TopUpPostponed { .. } => "top_up_postponed",
        Event::OrderPlaced { .. } => "order_placed",
        Event::OrderCancelled { .. } => "order_cancelled",
        Event::LotUnsubscribed { .. } => "lot_unsubscribed",
    }
}

impl ReadModel {
    /// An account's history, newest first: at most `limit` events (and never more than [`ROWS_LIMIT`]), those
    /// before the one numbered `before` if that is given.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn history(
        &self,
        account: AccountId,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<HistoryRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let services = services(transaction, no)?;
            let mut select = transaction.prepare_cached(
                "SELECT number, at, event, sequence FROM history WHERE account = ?1 AND number < ?2
                 ORDER BY number DESC LIMIT ?3",
            )?;
            let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
            let mut rows = select.query(params![no, before, limit.min(ROWS_LIMIT) as i64])?;
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push(history_row(transaction, no, &Cells(row), &services)?);
            }
            Ok(page)
        })
    }

    /// The accounts that are, or were, members of an account.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn members_ever(&self, account: AccountId) -> Result<BTreeSet<Name>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let mut select = transaction
                .prepare_cached("SELECT event FROM history WHERE account = ?1 AND kind = 'member_set'")?;
            let mut rows = select.query([no])?;
            let mut members = BTreeSet::new();
            while let Some(row) = rows.next()? {
                if let Event::MemberSet { member, .. } = event(&Cells(row), 0)? {
                    members.insert(member);
                }
            }
            Ok(members)
        })
    }
}

fn event(cells: &Cells<'_, '_>, at: usize) -> Result<Event, ReadError> {
    let blob = cells.0.get_ref(at)?.as_blob().map_err(rusqlite::Error::from)?;
    postcard::from_bytes(blob).map_err(|error| ReadError::Damaged(format!("an event: {error}")))
}

fn history_row(
    transaction: &Transaction<'_>,
    account: AccountNo,
    cells: &Cells<'_, '_>,
    services: &Services,
) -> Result<HistoryRow, ReadError> {
    let event = event(cells, 2)?;
    let service = match &event {
        Event::ServiceAdded { service, .. }
        | Event::Subscribed { service, .. }
        | Event::Unsubscribed { service }
        | Event::LotGranted { service, .. } => Some(*service),
        Event::LotExpired { lot, .. }
        | Event::LotTookEffect { lot }
        | Event::RenewalSet { lot, .. }
        | Event::RenewalAttempted { lot, .. }
        | Event::RenewalEnded { lot } => service_of_lot(transaction, account, *lot)?,
        Event::LotUnsubscribed { refund } => service_of_lot(transaction, account, refund.lot)?,
        _ => None,
    };
    let ordered = match &event {
        Event::OrderPlaced { order } => Some((order.offer.api.clone(), order.region.clone())),
        _ => None,
    };
    Ok(HistoryRow {
        number: cells.number(0)?,
        at: cells.instant(1)?,
        kind: kind(&event),
        service: ordered
            .map_or_else(|| service.map(|no| service_of(services, no)).transpose(), |of| Ok(Some(of)))?,
        event,
        sequence: cells.number(3)?,
    })
}

fn service_of_lot(
    transaction: &Transaction<'_>,
    account: AccountNo,
    lot: LotNo,
) -> Result<Option<ServiceNo>, ReadError> {
    let mut select =
        transaction.prepare_cached("SELECT service FROM lots WHERE account = ?1 AND lot = ?2")?;
    Ok(select.query_row(params![account, lot.0], |row| row.get(0)).optional()?.map(ServiceNo))
}
