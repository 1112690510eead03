//! How values stand in cells, and how they come back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use charging::{
    AccountId, Book, ChargeId, Draw, LotNo, Money, Month, Name, Pocket, Rated, ServiceNo, Source, Timestamp,
};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::ReadError;
use crate::entry::AccountNo;

/// A row's cells as our types.
pub(super) struct Cells<'a, 'b>(pub(super) &'a Row<'b>);

impl Cells<'_, '_> {
    pub(super) fn number(&self, at: usize) -> Result<u64, ReadError> {
        Ok(self.0.get::<_, i64>(at)?.cast_unsigned())
    }

    pub(super) fn small<T: TryFrom<i64>>(&self, at: usize) -> Result<T, ReadError> {
        let value: i64 = self.0.get(at)?;
        T::try_from(value).map_err(|_| ReadError::Damaged(format!("{value} in column {at}")))
    }

    pub(super) fn money(&self, at: usize) -> Result<Money, ReadError> {
        Ok(Money::from_e8(self.0.get(at)?))
    }

    pub(super) fn instant(&self, at: usize) -> Result<Timestamp, ReadError> {
        Ok(Timestamp::from_ms(self.0.get(at)?))
    }

    pub(super) fn optional_instant(&self, at: usize) -> Result<Option<Timestamp>, ReadError> {
        Ok(self.0.get::<_, Option<i64>>(at)?.map(Timestamp::from_ms))
    }

    pub(super) fn charge(&self, at: usize) -> Result<ChargeId, ReadError> {
        Ok(ChargeId(u128::from_be_bytes(self.0.get(at)?)))
    }

    pub(super) fn account(&self, at: usize) -> Result<AccountId, ReadError> {
        Ok(AccountId(u128::from_be_bytes(self.0.get(at)?)))
    }

    pub(super) fn service(&self, at: usize) -> Result<ServiceNo, ReadError> {
        Ok(ServiceNo(self.small(at)?))
    }

    pub(super) fn name(&self, at: usize) -> Result<Name, ReadError> {
        name(self.0.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?)
    }

    pub(super) fn optional_name(&self, at: usize) -> Result<Option<Name>, ReadError> {
        let text = self.0.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        text.map(name).transpose()
    }

    pub(super) fn optional_text(&self, at: usize) -> Result<Option<String>, ReadError> {
        Ok(self.0.get(at)?)
    }

    pub(super) fn optional_lot(&self, at: usize) -> Result<Option<LotNo>, ReadError> {
        Ok(self.0.get::<_, Option<u32>>(at)?.map(LotNo))
    }

    pub(super) fn pocket(&self, at: usize) -> Result<Pocket, ReadError> {
        pocket_of(self.0.get(at)?)
    }

    pub(super) fn draws(&self, at: usize) -> Result<Vec<Draw>, ReadError> {
        let rows: Vec<(u32, u64)> = self.json(at)?;
        Ok(rows.into_iter().map(|(lot, units)| Draw { lot: LotNo(lot), units }).collect())
    }

    pub(super) fn rated(&self, at: usize) -> Result<Vec<Rated>, ReadError> {
        let rows: Vec<(u64, u16, u8, i64)> = self.json(at)?;
        let rated = |(units, price_version, tier, amount)| Rated {
            units,
            price_version,
            tier,
            amount: Money::from_e8(amount),
        };
        Ok(rows.into_iter().map(rated).collect())
    }

    fn json<T: serde::de::DeserializeOwned + Default>(&self, at: usize) -> Result<T, ReadError> {
        let text = self.0.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        let Some(text) = text else { return Ok(T::default()) };
        serde_json::from_str(text).map_err(|error| ReadError::Damaged(format!("{text:?}: {error}")))
    }
}

/// The key of a charge. It grows with the number within an account.
pub(super) fn charge_key(account: AccountNo, number: u64) -> i64 {
    let number = number.min(u64::from(u32::MAX)).cast_signed();
    (i64::from(account) << 32) | number
}

pub(super) fn name(text: &str) -> Result<Name, ReadError> {
    Name::new(text).map_err(|_| ReadError::Damaged(format!("{text:?} is no name")))
}

pub(super) fn pocket_of(cell: i64) -> Result<Pocket, ReadError> {
    match cell {
        0 => Ok(Pocket::Lot),
        1 => Ok(Pocket::PayPerUse),
        other => Err(ReadError::Damaged(format!("pocket {other}"))),
    }
}

pub(super) fn pocket_cell(pocket: Pocket) -> i64 {
    match pocket {
        Pocket::Lot => 0,
        Pocket::PayPerUse => 1,
    }
}

/// Months in one number, in their order.
pub(super) fn month_cell(month: Month) -> i64 {
    i64::from(month.year) * 12 + i64::from(month.month) - 1
}

pub(super) fn book_cell(book: Book) -> i64 {
    match book {
        Book::External => 0,
        Book::Cash => 1,
        Book::Unsettled => 2,
        Book::Debt => 3,
        Book::UsageRevenue => 4,
        Book::PackageRevenue => 5,
        Book::Coupons => 6,
        Book::CouponsGiven => 7,
        Book::Adjustments => 8,
    }
}

pub(super) fn source_cell(source: Source) -> i64 {
    match source {
        Source::Free => 0,
        Source::Promotion => 1,
        Source::Package => 2,
    }
}

/// `[[lot, units], …]`, or nothing. Written by hand: it is done for every charge.
pub(super) fn draws_cell<'a>(draws: &[Draw], text: &'a mut String) -> Option<&'a str> {
    list_cell(draws, text, |draw, text| write!(text, "[{},{}]", draw.lot.0, draw.units))
}

/// `[[units, price version, tier, amount], …]`, or nothing.
pub(super) fn rated_cell<'a>(rated: &[Rated], text: &'a mut String) -> Option<&'a str> {
    list_cell(rated, text, |part, text| {
        write!(text, "[{},{},{},{}]", part.units, part.price_version, part.tier, part.amount.e8())
    })
}

fn list_cell<'a, T>(
    items: &[T],
    text: &'a mut String,
    write: impl Fn(&T, &mut String) -> std::fmt::Result,
) -> Option<&'a str> {
    if items.is_empty() {
        return None;
    }
    text.clear();
    for (index, item) in items.iter().enumerate() {
        text.push(if index == 0 { '[' } else { ',' });
        // Writing to a string cannot fail.
        let _ = write(item, text);
    }
    text.push(']');
    Some(text)
}

/// The number of an account.
pub(super) fn account_no(transaction: &Transaction<'_>, account: AccountId) -> Result<AccountNo, ReadError> {
    let mut select = transaction.prepare_cached("SELECT account FROM accounts WHERE id = ?1")?;
    let no = select.query_row([account.0.to_be_bytes()], |row| row.get(0)).optional()?;
    no.ok_or(ReadError::UnknownAccount)
}

/// The API and region of each service of an account.
pub(super) type Services = BTreeMap<ServiceNo, (Name, Name)>;

/// The services of an account.
pub(super) fn services(transaction: &Transaction<'_>, account: AccountNo) -> Result<Services, ReadError> {
    let mut select =
        transaction.prepare_cached("SELECT service, api, region FROM services WHERE account = ?1")?;
    let mut rows = select.query([account])?;
    let mut services = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        let text = |at| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
        services.insert(cells.service(0)?, (name(text(1)?)?, name(text(2)?)?));
    }
    Ok(services)
}

/// One service out of [`services`].
pub(super) fn service_of(services: &Services, no: ServiceNo) -> Result<(Name, Name), ReadError> {
    services.get(&no).cloned().ok_or_else(|| ReadError::Damaged(format!("service {} has no name", no.0)))
}
