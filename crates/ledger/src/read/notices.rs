//! Notices: what accounts were told, for the account itself and for those who deliver.

use charging::{AccountId, NoticeCategory, NoticeKind, Timestamp};
use rusqlite::params;

use super::rows::account_no;
use super::{Cells, ROWS_LIMIT, ReadError, ReadModel};

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Which one of all notices it is, from 1, in the order of the journal: rises without a gap, and is the same
    /// whenever the file is made anew.
    pub cursor: u64,
    /// The account.
    pub account: AccountId,
    /// Which one of the account's notices it is, from 1.
    pub no: u64,
    /// When it was given.
    pub at: Timestamp,
    /// What it tells.
    pub kind: NoticeKind,
    /// The record of the journal it stands in.
    pub sequence: u64,
}

/// Which of an account's notices are asked for, oldest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoticeQuery {
    /// Only those after this number: the last of the page before; 0 for all.
    pub after: u64,
    /// At most so many; never more than [`ROWS_LIMIT`].
    pub limit: usize,
    /// Only those about this.
    pub category: Option<NoticeCategory>,
}

const SELECT: &str = "SELECT cursor, id, no, at, notice, sequence FROM notices JOIN accounts USING (account)";

impl ReadModel {
    /// One page of an account's notices.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn notices(&self, account: AccountId, query: &NoticeQuery) -> Result<Vec<NoticeRow>, ReadError> {
        self.query(|transaction| {
            let account = account_no(transaction, account)?;
            let mut select = transaction.prepare_cached(&format!(
                "{SELECT} WHERE account = ?1 AND no > ?2 AND (?3 IS NULL OR category = ?3)
                 ORDER BY no LIMIT ?4"
            ))?;
            let after = i64::try_from(query.after).unwrap_or(i64::MAX);
            let category = query.category.map(NoticeCategory::word);
            let limit = query.limit.min(ROWS_LIMIT) as i64;
            page(select.query(params![account, after, category, limit])?)
        })
    }

    /// The notices of all accounts after a cursor, in the order of the journal. Following the cursor of the last
    /// row leaves none out.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn notices_after(&self, cursor: u64, limit: usize) -> Result<Vec<NoticeRow>, ReadError> {
        self.query(|transaction| {
            let mut select = transaction
                .prepare_cached(&format!("{SELECT} WHERE cursor > ?1 ORDER BY cursor LIMIT ?2"))?;
            let after = i64::try_from(cursor).unwrap_or(i64::MAX);
            page(select.query(params![after, limit.min(ROWS_LIMIT) as i64])?)
        })
    }
}

fn page(mut rows: rusqlite::Rows<'_>) -> Result<Vec<NoticeRow>, ReadError> {
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = Cells(row);
        let blob = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
        let kind = postcard::from_bytes(blob)
            .map_err(|error| ReadError::Damaged(format!("a notice cannot be read: {error}")))?;
        page.push(NoticeRow {
            cursor: cells.number(0)?,
            account: cells.account(1)?,
            no: cells.number(2)?,
            at: cells.instant(3)?,
            kind,
            sequence: cells.number(5)?,
        });
    }
    Ok(page)
}
