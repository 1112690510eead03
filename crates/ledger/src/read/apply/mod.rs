//! From entries to rows.

mod lots;
mod money;

use charging::{AccountId, Event, LotNo, Money, Name, Notice, Pocket, Recorded, ServiceNo, Timestamp, Zone};
use hashbrown::HashMap;
use rusqlite::{CachedStatement, Transaction, params};

use super::ReadError;
use super::charge_ids::{ChargeIds, Insert};
use super::rows::{charge_key, draws_cell, pocket_cell, rated_cell};
use super::schema::Position;
use super::transactions::TransactionKind;
use crate::entry::{self, AccountNo};

/// How many accounts are remembered between transactions.
const REMEMBERED_ACCOUNTS: usize = 50_000;

/// What is kept between transactions: where each account's rows end.
#[derive(Default)]
pub(super) struct Applier {
    accounts: HashMap<AccountNo, Tally>,
    usage: HashMap<UsageKey, Usage>,
    /// What each book of an account's month has to be changed by: account, month, book.
    books: HashMap<(AccountNo, i64, i64), Money>,
    /// Account, lot, hour, enterprise project: the units.
    drawn: HashMap<(AccountNo, LotNo, Timestamp, Option<Name>), u64>,
    ids: ChargeIds,
    /// How many notices there are, once that was looked up.
    notices: Option<i64>,
    text: [String; 2],
}

/// Where an account's rows end, and its money.
#[derive(Clone)]
struct Tally {
    zone: Zone,
    charges: u64,
    transactions: u64,
    events: u64,
    cash: Money,
    debt: Money,
    changed: bool,
}

/// Account, hour, service, pocket.
type UsageKey = (AccountNo, Timestamp, ServiceNo, i64);

#[derive(Default)]
struct Usage {
    calls: u64,
    units: u64,
    amount: Money,
}

/// One transaction under way.
pub(super) struct Statements<'a> {
    transaction: &'a Transaction<'a>,
    applier: &'a mut Applier,
    charge: CachedStatement<'a>,
    ids: Insert<'a>,
    transact: CachedStatement<'a>,
    history: CachedStatement<'a>,
    hour: CachedStatement<'a>,
    line: CachedStatement<'a>,
}

impl Applier {
    /// How many notices there are, if any was written yet.
    pub(super) fn notices(&self) -> Option<i64> {
        self.notices
    }

    /// Whether ids of charges are to be merged.
    pub(super) fn owes_merging(&self) -> bool {
        self.ids.owes_steps()
    }

    /// Merges some ids of charges.
    pub(super) fn merge(&mut self, transaction: &Transaction<'_>) -> Result<(), ReadError> {
        self.ids.step(transaction)
    }

    pub(super) fn begin<'a>(
        &'a mut self,
        transaction: &'a Transaction<'a>,
    ) -> Result<Statements<'a>, ReadError> {
        let prepare = |sql| transaction.prepare_cached(sql);
        Ok(Statements {
            transaction,
            charge: prepare("INSERT INTO charges VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")?,
            ids: Insert::of(transaction)?,
            transact: prepare("INSERT INTO transactions VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")?,
            history: prepare("INSERT INTO history VALUES (?1,?2,?3,?4,?5,?6)")?,
            hour: prepare("INSERT INTO settled_hours VALUES (?1,?2,?3,?4,?5,?6,?7)")?,
            line: prepare("INSERT INTO bill_lines VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")?,
            applier: self,
        })
    }
}

impl Statements<'_> {
    /// Writes the rows of one entry.
    pub(super) fn apply(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), ReadError> {
        let damaged = |detail: String| ReadError::Record { sequence, detail };
        let (account, events) = entry::decode(bytes).map_err(|error| damaged(error.to_string()))?;
        for event in &events {
            if let Event::Opened { account: id, zone, .. } = &event.event {
                self.opened(account, *id, *zone, event.at)?;
            }
            if !self.applier.accounts.contains_key(&account) {
                let tally = self.load(account)?;
                let tally = tally.ok_or_else(|| damaged(format!("account {account} was never opened")))?;
                self.applier.accounts.insert(account, tally);
            }
            self.event(account, sequence, event)?;
        }
        Ok(())
    }

    /// Writes what was added up, and how far the file has come.
    pub(super) fn finish(mut self, progress: Position) -> Result<(), ReadError> {
        self.write_books()?;
        let Applier { accounts, usage, drawn, .. } = self.applier;
        let mut add = self.transaction.prepare_cached(
            "INSERT INTO usage_hours VALUES (?1,?2,?3,?4,?5,?6,?7)
             ON CONFLICT DO UPDATE SET calls = calls + ?5, units = units + ?6, amount = amount + ?7",
        )?;
        for ((account, hour, service, pocket), Usage { calls, units, amount }) in usage.drain() {
            let (calls, units) = (calls.cast_signed(), units.cast_signed());
            add.execute(params![account, hour.ms(), service.0, pocket, calls, units, amount.e8()])?;
        }
        let mut add = self.transaction.prepare_cached(
            "INSERT INTO lot_hours VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE SET units = units + ?5",
        )?;
        for ((account, lot, hour, project), units) in drawn.drain() {
            let project = project.as_ref().map_or("", |name| name.as_str());
            add.execute(params![account, lot.0, hour.ms(), project, units.cast_signed()])?;
        }
        let mut update = self.transaction.prepare_cached(
            "UPDATE accounts SET charges = ?2, transactions = ?3, events = ?4, cash = ?5, debt = ?6
             WHERE account = ?1",
        )?;
        for (account, tally) in accounts.iter_mut().filter(|(_, tally)| tally.changed) {
            tally.changed = false;
            let counts = [tally.charges, tally.transactions, tally.events].map(u64::cast_signed);
            let (cash, debt) = (tally.cash.e8(), tally.debt.e8());
            update.execute(params![account, counts[0], counts[1], counts[2], cash, debt])?;
        }
        if accounts.len() > REMEMBERED_ACCOUNTS {
            accounts.clear();
        }
        let mut move_on =
            self.transaction.prepare_cached("UPDATE progress SET sequence = ?1, checksum = ?2")?;
        move_on.execute(params![progress.sequence.cast_signed(), progress.checksum])?;
        Ok(())
    }

    fn opened(
        &mut self,
        account: AccountNo,
        id: AccountId,
        zone: Zone,
        at: Timestamp,
    ) -> Result<(), ReadError> {
        let text = serde_json::to_string(&zone).map_err(|error| ReadError::Damaged(error.to_string()))?;
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO accounts VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, 0)")?;
        insert.execute(params![account, id.0.to_be_bytes(), at.ms(), text])?;
        Ok(())
    }

    fn load(&self, account: AccountNo) -> Result<Option<Tally>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT zone, charges, transactions, events, cash, debt FROM accounts WHERE account = ?1",
        )?;
        let mut rows = select.query([account])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let cells = super::Cells(row);
        let zone = serde_json::from_str(&row.get::<_, String>(0)?);
        Ok(Some(Tally {
            zone: zone.map_err(|error| ReadError::Damaged(error.to_string()))?,
            charges: cells.number(1)?,
            transactions: cells.number(2)?,
            events: cells.number(3)?,
            cash: cells.money(4)?,
            debt: cells.money(5)?,
            changed: false,
        }))
    }

    fn event(&mut self, account: AccountNo, sequence: u64, recorded: &Recorded) -> Result<(), ReadError> {
        self.post(account, recorded);
        match &recorded.event {
            Event::Charged { .. } => return self.charged(account, sequence, recorded),
            Event::HourSettled { .. } => return self.settled(account, sequence, recorded),
            Event::Noticed { notice } => return self.noticed(account, sequence, recorded.at, notice),
            Event::ServiceAdded { service, api, region } => {
                let mut insert =
                    self.transaction.prepare_cached("INSERT INTO services VALUES (?1, ?2, ?3, ?4)")?;
                insert.execute(params![account, service.0, api.as_str(), region.as_str()])?;
            }
            Event::MonthClosed { totals } => self.month_closed(account, sequence, recorded.at, totals)?,
            Event::LotGranted { lot, price, order, .. } => {
                self.granted(account, sequence, recorded)?;
                // What a discount made free was bought nevertheless.
                if price.is_positive() || order.as_ref().is_some_and(|order| order.list_price.is_positive()) {
                    let lot = Some(i64::from(lot.0));
                    self.transact(account, sequence, recorded, TransactionKind::LotBought, *price, lot)?;
                }
            }
            Event::LotUnsubscribed { refund } => self.refunded(account, sequence, recorded, refund)?,
            Event::OrderPlaced { order } => self.order_placed(account, sequence, order)?,
            Event::OrderCancelled { order, is_expired } => {
                let mut insert =
                    self.transaction.prepare_cached("INSERT INTO order_ends VALUES (?1,?2,?3,?4,?5)")?;
                let (at, sequence) = (recorded.at.ms(), sequence.cast_signed());
                insert.execute(params![account, order.0, at, is_expired, sequence])?;
            }
            Event::ToppedUp { amount, .. } => {
                self.transact(account, sequence, recorded, TransactionKind::TopUp, *amount, None)?;
            }
            Event::DebtPaid { amount } => {
                self.transact(account, sequence, recorded, TransactionKind::DebtPaid, *amount, None)?;
            }
            Event::Adjusted { amount, .. } => {
                self.transact(account, sequence, recorded, TransactionKind::Adjusted, *amount, None)?;
            }
            _ => {}
        }
        let number = self.count(account, |tally| &mut tally.events);
        let event = postcard::to_stdvec(&recorded.event)
            .map_err(|error| ReadError::Record { sequence, detail: error.to_string() })?;
        let (at, kind) = (recorded.at.ms(), super::history::kind(&recorded.event));
        self.history.execute(params![account, number, at, kind, event, sequence.cast_signed()])?;
        Ok(())
    }

    /// The next number of one of the account's lists.
    fn count(&mut self, account: AccountNo, list: impl FnOnce(&mut Tally) -> &mut u64) -> i64 {
        let Some(tally) = self.applier.accounts.get_mut(&account) else { return 0 };
        tally.changed = true;
        let number = list(tally);
        *number += 1;
        number.cast_signed()
    }

    fn charged(&mut self, account: AccountNo, sequence: u64, recorded: &Recorded) -> Result<(), ReadError> {
        let Event::Charged { charge, service, enterprise_project, draws, rated, .. } = &recorded.event else {
            return Ok(());
        };
        let number = self.count(account, |tally| &mut tally.charges);
        let zone = self.applier.accounts.get(&account).map_or(Zone::BEIJING, |tally| tally.zone);
        let amount: Money = rated.iter().map(|part| part.amount).sum();
        let from_lots: u64 = draws.iter().map(|draw| draw.units).sum();
        let at_a_price: u64 = rated.iter().map(|part| part.units).sum();
        let pocket = Pocket::of(draws);
        let [draws_text, rated_text] = &mut self.applier.text;
        let key = charge_key(account, number.cast_unsigned());
        self.applier.ids.insert(&mut self.ids, *charge, recorded.at, key)?;
        self.charge.execute(params![
            key,
            recorded.at.ms(),
            charge.0.to_be_bytes(),
            service.0,
            enterprise_project.as_ref().map(|name| name.as_str()),
            pocket_cell(pocket),
            (from_lots + at_a_price).cast_signed(),
            amount.e8(),
            draws_cell(draws, draws_text),
            rated_cell(rated, rated_text),
            sequence.cast_signed(),
        ])?;
        let hour = zone.hour_start(recorded.at);
        let parts = [(Pocket::Lot, from_lots, Money::ZERO), (Pocket::PayPerUse, at_a_price, amount)];
        for (of, units, amount) in parts {
            if units == 0 && of != pocket {
                continue;
            }
            let usage = self.applier.usage.entry((account, hour, *service, pocket_cell(of))).or_default();
            usage.calls += u64::from(of == pocket);
            usage.units += units;
            usage.amount += amount;
        }
        for draw in draws {
            let key = (account, draw.lot, hour, enterprise_project.clone());
            *self.applier.drawn.entry(key).or_default() += draw.units;
        }
        Ok(())
    }

    fn noticed(
        &mut self,
        account: AccountNo,
        sequence: u64,
        at: Timestamp,
        notice: &Notice,
    ) -> Result<(), ReadError> {
        let last = match self.applier.notices {
            Some(last) => last,
            None => {
                let select = "SELECT coalesce(max(cursor), 0) FROM notices";
                self.transaction.query_row(select, [], |row| row.get(0))?
            }
        };
        self.applier.notices = Some(last + 1);
        let Notice { no, kind } = notice;
        let blob = postcard::to_stdvec(kind)
            .map_err(|error| ReadError::Record { sequence, detail: error.to_string() })?;
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO notices VALUES (?1,?2,?3,?4,?5,?6,?7,?8)")?;
        insert.execute(params![
            account,
            no.cast_signed(),
            at.ms(),
            kind.word(),
            kind.category().word(),
            blob,
            sequence.cast_signed(),
            last + 1,
        ])?;
        Ok(())
    }
}
