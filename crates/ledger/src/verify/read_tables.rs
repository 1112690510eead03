//! The read model's tables beside the rows they must have.
//!
//! Each row, expected or found, is hashed; hashes are summed per account and table, so that memory does not grow
//! with the rows. Only if a sum differs is the account replayed once more, to name the first row that does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use charging::{Event, Recorded, Zone, postings};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::Difference;
use super::account::Audited;
use super::read_rows::month_number;
use crate::entry::{self, AccountNo};
use crate::journal::{Disk, Entries, Reader};
use crate::read::{Position, check_file};

/// The tables that are compared row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Accounts,
    Services,
    Charges,
    ChargeIds,
    SettledHours,
    BillLines,
    Lots,
    Transactions,
    History,
    Notices,
    CouponUses,
    ClosedMonths,
    Refunds,
    Orders,
    OrderEnds,
}

const TABLES: [(Table, &str); 15] = [
    (Table::Accounts, "accounts"),
    (Table::Services, "services"),
    (Table::Charges, "charge_rows"),
    (Table::ChargeIds, "charge_id_rows"),
    (Table::SettledHours, "settled_hours"),
    (Table::BillLines, "bill_lines"),
    (Table::Lots, "lots"),
    (Table::Transactions, "transactions"),
    (Table::History, "history"),
    (Table::Notices, "notice_rows"),
    (Table::CouponUses, "coupon_uses"),
    (Table::ClosedMonths, "closed_months"),
    (Table::Refunds, "refunds"),
    (Table::Orders, "orders"),
    (Table::OrderEnds, "order_ends"),
];

/// Rows and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hash: u64,
}

type Sums = [Sum; TABLES.len()];

/// The file, held still by a read transaction, and what it must hold.
pub(super) struct ReadTables {
    connection: Connection,
    pub(super) progress: Position,
    expected: Vec<Sums>,
    /// Usage by hour, and what hours drew from lots: one sum for each account.
    usage: Vec<u64>,
    /// The books by month, one sum for each account.
    books: Vec<u64>,
}

impl ReadTables {
    /// Opens the file for reading and holds it still.
    pub(super) fn open(path: &Path) -> Result<ReadTables, Difference> {
        if !path.exists() {
            return Err(Difference::new("replay", "the read model is not there: nothing of it was compared"));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(broken)?;
        connection.execute_batch("BEGIN").map_err(broken)?;
        let progress = check_file(&connection)
            .map_err(|error| Difference::new("replay", format!("the read model: {error}")))?;
        Ok(ReadTables { connection, progress, expected: Vec::new(), usage: Vec::new(), books: Vec::new() })
    }

    /// Notes a row that must be there.
    pub(super) fn expect(&mut self, table: Table, account: AccountNo, cells: &[ValueRef<'_>]) {
        let account = account as usize;
        if self.expected.len() <= account {
            self.expected.resize(account + 1, Sums::default());
        }
        add(&mut self.expected[account][table as usize], hash(cells.iter().copied()));
    }

    /// Notes what a charge adds to the usage of its hour.
    pub(super) fn expect_usage(&mut self, account: AccountNo, zone: Zone, recorded: &Recorded) {
        let Event::Charged { service, draws, rated, enterprise_project, .. } = &recorded.event else {
            return;
        };
        let hour = zone.hour_start(recorded.at).ms();
        let is_priced = i64::from(draws.is_empty());
        let mut add = |what, pocket, sums| {
            add_sum(&mut self.usage, account, sum_hash((hour, what, pocket), sums));
        };
        let service = i64::from(service.0);
        add(service, is_priced, [1, 0, 0]);
        for draw in draws {
            let units = draw.units.cast_signed();
            add(service, 0, [0, units, 0]);
            let project = enterprise_project.as_ref().map_or("", |name| name.as_str());
            add(i64::from(draw.lot.0), of_project(project.as_bytes()), [0, units, 0]);
        }
        for part in rated {
            add(service, 1, [0, part.units.cast_signed(), part.amount.e8()]);
        }
    }

    /// Notes what an event adds to the books of its month.
    pub(super) fn expect_posted(&mut self, account: AccountNo, zone: Zone, recorded: &Recorded) {
        let at = match &recorded.event {
            Event::HourSettled { hour, .. } => *hour,
            _ => recorded.at,
        };
        for posting in postings(&recorded.event) {
            let month = month_number(zone.month(at));
            for (book, amount) in [(posting.from, -posting.amount), (posting.to, posting.amount)] {
                let hash = sum_hash((month, book as i64, 0), [0, 0, amount.e8()]);
                add_sum(&mut self.books, account, hash);
            }
        }
    }

    /// Told after every record: at the file's last one, the record must be the one the file knows, and the
    /// accounts' own rows are as they are now.
    pub(super) fn record_ends(
        &mut self,
        sequence: u64,
        payload: &[u8],
        accounts: &[Audited],
    ) -> Result<(), Difference> {
        if sequence != self.progress.sequence {
            return Ok(());
        }
        if crc32c::crc32c(payload) != self.progress.checksum {
            let detail = "the read model was made from another record of this number";
            return Err(Difference::new("replay", detail).at(sequence));
        }
        for (no, audited) in (0..).zip(accounts) {
            audited.own_row(no, |table, cells| self.expect(table, no, cells));
        }
        Ok(())
    }

    /// Compares everything; says how many rows there were.
    pub(super) fn compare(
        mut self,
        disk: &Arc<dyn Disk>,
        dir: &Path,
        accounts: &[Audited],
    ) -> Result<u64, Difference> {
        self.check_integrity()?;
        let mut rows = 0;
        for (table, name) in TABLES {
            let found = self.sums_of(name)?;
            rows += found.iter().map(|sum| sum.rows).sum::<u64>();
            self.expected.resize(self.expected.len().max(found.len()), Sums::default());
            for (no, expected) in (0..).zip(&self.expected) {
                let expected = expected[table as usize];
                let found = found.get(no as usize).copied().unwrap_or_default();
                if expected != found {
                    let what = format!("{name}: {} rows expected, {} found", expected.rows, found.rows);
                    return Err(self.explain((table, name), no, disk, dir, accounts, what));
                }
            }
        }
        self.check_usage(accounts)?;
        self.check_books(accounts)?;
        self.check_cursors()?;
        Ok(rows)
    }

    fn check_integrity(&self) -> Result<(), Difference> {
        let check = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        let answer = self.connection.query_row("PRAGMA integrity_check(1)", [], check).map_err(broken)?;
        if answer == "ok" {
            Ok(())
        } else {
            Err(Difference::new("replay", format!("the read model: {answer}")))
        }
    }

    fn sums_of(&self, name: &str) -> Result<Vec<Sum>, Difference> {
        let mut sums: Vec<Sum> = Vec::new();
        self.scan(&format!("SELECT * FROM {name}"), |account, hash| {
            if sums.len() <= account {
                sums.resize(account + 1, Sum::default());
            }
            add(&mut sums[account], hash);
        })?;
        Ok(sums)
    }

    /// Gives the account and the hash of every row.
    fn scan(&self, select: &str, mut each: impl FnMut(usize, u64)) -> Result<(), Difference> {
        let mut statement = self.connection.prepare(select).map_err(broken)?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).map_err(broken)?;
        while let Some(row) = rows.next().map_err(broken)? {
            let account: u32 = row.get(0).map_err(broken)?;
            // A column that is asked for exists; anything else would hash as nothing and differ.
            let cells = (0..columns).map(|at| row.get_ref(at).unwrap_or(ValueRef::Null));
            each(account as usize, hash(cells));
        }
        Ok(())
    }

    /// Compares usage by hour, which has no row of its own for a charge: see [`sum_hash`].
    fn check_usage(&self, accounts: &[Audited]) -> Result<(), Difference> {
        let select = "SELECT account, hour, service, pocket, calls, units, amount FROM usage_hours
             UNION ALL SELECT account, hour, lot, enterprise_project, 0, units, 0 FROM lot_hours";
        let detail = "usage_hours: the hours of this account are not the sums of its charges";
        self.check_sums(accounts, &self.usage, select, detail)
    }

    /// Compares the books by month, which have no row of their own for a posting.
    fn check_books(&self, accounts: &[Audited]) -> Result<(), Difference> {
        let select = "SELECT account, month, book, 0, 0, 0, amount FROM book_months";
        let detail = "book_months: the months of this account are not the sums of its postings";
        self.check_sums(accounts, &self.books, select, detail)
    }

    /// Compares rows of an account, a key and sums with the hashes of what was added up for them.
    fn check_sums(
        &self,
        accounts: &[Audited],
        expected: &[u64],
        select: &str,
        detail: &str,
    ) -> Result<(), Difference> {
        let mut statement = self.connection.prepare(select).map_err(broken)?;
        let mut rows = statement.query([]).map_err(broken)?;
        let mut found = vec![0_u64; accounts.len()];
        while let Some(row) = rows.next().map_err(broken)? {
            let cell = |at| row.get::<_, i64>(at).map_err(broken);
            let account = usize::try_from(cell(0)?).unwrap_or(usize::MAX);
            let kind = match row.get_ref(3).map_err(broken)? {
                ValueRef::Text(project) => of_project(project),
                _ => cell(3)?,
            };
            let key = (cell(1)?, cell(2)?, kind);
            let Some(sum) = found.get_mut(account) else {
                return Err(Difference::new("replay", format!("there is no account {account}; {detail}")));
            };
            *sum = sum.wrapping_add(sum_hash(key, [cell(4)?, cell(5)?, cell(6)?]));
        }
        let expected = |at: usize| expected.get(at).copied().unwrap_or_default();
        match (0..).zip(&found).find(|(no, found)| **found != expected(*no as usize)) {
            Some((no, _)) => Err(blame(accounts, no, Difference::new("replay", detail))),
            None => Ok(()),
        }
    }

    /// The cursors of the notices number them all, in the order of the journal.
    fn check_cursors(&self) -> Result<(), Difference> {
        let select = "SELECT cursor, sequence FROM notices ORDER BY cursor";
        let mut statement = self.connection.prepare(select).map_err(broken)?;
        let mut rows = statement.query([]).map_err(broken)?;
        let mut last = (0_i64, 0_i64);
        while let Some(row) = rows.next().map_err(broken)? {
            let next: (i64, i64) = (row.get(0).map_err(broken)?, row.get(1).map_err(broken)?);
            if next.0 != last.0 + 1 || next.1 < last.1 {
                let detail = format!("notices: cursor {} of record {} follows {}", next.0, next.1, last.0);
                return Err(Difference::new("replay", detail));
            }
            last = next;
        }
        Ok(())
    }

    /// Replays one account to name the first row of a table that differs.
    fn explain(
        &self,
        (table, name): (Table, &str),
        no: AccountNo,
        disk: &Arc<dyn Disk>,
        dir: &Path,
        accounts: &[Audited],
        what: String,
    ) -> Difference {
        let blamed = |detail: String| blame(accounts, no, Difference::new("replay", detail));
        let mut found = Vec::new();
        // The other tables are stored in the order of the journal.
        let order = if table == Table::ChargeIds { "ORDER BY number" } else { "" };
        let select = format!("SELECT * FROM {name} WHERE account = {no} {order}");
        if let Err(difference) = self.scan(&select, |_, hash| found.push(hash)) {
            return difference;
        }
        let Ok(expected) = self.expected_rows(table, no, disk, dir) else { return blamed(what) };
        let first = expected.iter().enumerate().find(|(index, (_, hash))| found.get(*index) != Some(hash));
        match first {
            Some((index, (sequence, _))) => {
                blamed(format!("{what}; the first that differs is row {}", index + 1)).at(*sequence)
            }
            None => blamed(format!("{what}; the first too many is row {}", expected.len() + 1)),
        }
    }

    /// The rows an account must have in a table, each with its record, in order.
    fn expected_rows(
        &self,
        table: Table,
        no: AccountNo,
        disk: &Arc<dyn Disk>,
        dir: &Path,
    ) -> Result<Vec<(u64, u64)>, Box<dyn std::error::Error>> {
        let mut rows = Vec::new();
        let mut audited: Option<Audited> = None;
        let mut reader = Reader::open(Arc::clone(disk), dir, 1)?;
        while let Some(record) = reader.next(self.progress.sequence)? {
            for bytes in Entries::new(record.payload) {
                let bytes = bytes?;
                if entry::account_of(bytes)?.0 != no {
                    continue;
                }
                for recorded in &entry::decode(bytes)?.1 {
                    match &mut audited {
                        None => audited = Audited::open(recorded),
                        Some(audited) => audited.account.apply(recorded),
                    }
                    let Some(audited) = &mut audited else { continue };
                    audited.rows(no, record.sequence, recorded, |of, cells| {
                        if of == table {
                            rows.push((record.sequence, hash(cells.iter().copied())));
                        }
                    });
                }
            }
        }
        if let Some(audited) = audited.filter(|_| table == Table::Accounts) {
            let sequence = self.progress.sequence;
            audited.own_row(no, |_, cells| rows.push((sequence, hash(cells.iter().copied()))));
        }
        Ok(rows)
    }
}

fn add_sum(sums: &mut Vec<u64>, account: AccountNo, hash: u64) {
    let account = account as usize;
    if sums.len() <= account {
        sums.resize(account + 1, 0);
    }
    sums[account] = sums[account].wrapping_add(hash);
}

fn add(sum: &mut Sum, hash: u64) {
    sum.rows += 1;
    sum.hash = sum.hash.wrapping_add(hash);
}

fn hash<'a>(cells: impl Iterator<Item = ValueRef<'a>>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for cell in cells {
        match cell {
            ValueRef::Null => 0_u8.hash(&mut hasher),
            ValueRef::Integer(number) => (1_u8, number).hash(&mut hasher),
            ValueRef::Text(text) => (2_u8, text).hash(&mut hasher),
            ValueRef::Blob(bytes) => (3_u8, bytes).hash(&mut hasher),
            // No column holds one; if a cell does, it differs from every expected one.
            ValueRef::Real(number) => (4_u8, number.to_bits()).hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// Where usage has its pocket, what an hour drew from a lot has this: of its calls that name this enterprise project, or
/// none.
fn of_project(name: &[u8]) -> i64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish().cast_signed()
}

/// A hash that adds up: the hash of a sum is the sum of the hashes. Sums of charges or postings can so be compared
/// with rows that hold the sums, without keeping either.
fn sum_hash(key: (i64, i64, i64), [calls, units, amount]: [i64; 3]) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let weight = |part: i64, factor: u64| part.cast_unsigned().wrapping_mul(factor);
    let parts = weight(calls, 0x9e37_79b9_7f4a_7c15)
        .wrapping_add(weight(units, 0xc2b2_ae3d_27d4_eb4f))
        .wrapping_add(weight(amount, 0x1656_67b1_9e37_79f9));
    parts.wrapping_mul(hasher.finish() | 1)
}

fn blame(accounts: &[Audited], no: AccountNo, difference: Difference) -> Difference {
    match accounts.get(no as usize) {
        Some(audited) => audited.blame(difference),
        None => difference,
    }
}

fn broken(error: rusqlite::Error) -> Difference {
    Difference::new("replay", format!("the read model: {error}"))
}
