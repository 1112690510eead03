//! What a transaction changes in a file, as the statements that change it.
//!
//! All that our files are given comes as parameters: no statement asks for a clock or for chance. So the same statements
//! on the same file make the same file, rows' numbers too.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

/// What begins a statement that changes no rows, or bounds a transaction.
const NO_CHANGE: [&str; 7] = ["SELECT", "PRAGMA", "BEGIN", "COMMIT", "END", "ROLLBACK", "VACUUM"];

/// What was begun over the connection and not ended.
#[derive(Debug, Default)]
struct Under {
    statements: Vec<String>,
    /// One of them was too long to be written out.
    is_lost: bool,
    /// The last statement was the end of a transaction that had a beginning.
    is_committing: bool,
    /// It was taken, and is not known to be committed here.
    is_taken: bool,
}

/// Keeps what is changed over a connection, and hands each transaction to `take` before it is committed: if that fails,
/// it is rolled back. If it was taken and cannot be committed, `broken` is told: the file lacks what the log has.
pub(super) fn capture(
    connection: &mut Connection,
    mut take: impl FnMut(&[String]) -> bool + Send + 'static,
    broken: impl Fn() + Send + 'static,
) -> rusqlite::Result<()> {
    let under = Arc::new(Mutex::new(Under::default()));
    let (tracing, ending) = (Arc::clone(&under), Arc::clone(&under));
    let statement = move |event: TraceEvent<'_>| {
        // A comment tells of a trigger's statement, which follows from the one that fired it.
        let TraceEvent::Stmt(statement, text) = event else { return };
        if text.starts_with("--") {
            return;
        }
        let word = first_word(text);
        let mut under = tracing.lock();
        // Whatever comes after a commit shows that it was one.
        under.is_taken = false;
        under.is_committing = is(&["COMMIT", "END"], word);
        if is(&["BEGIN"], word) {
            *under = Under::default();
        } else if !is(&NO_CHANGE, word) {
            match statement.expanded_sql() {
                Some(statement) => under.statements.push(statement),
                None => under.is_lost = true,
            }
        }
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(statement))?;
    let commits = move || {
        let Under { mut statements, is_lost, is_committing, .. } = std::mem::take(&mut *under.lock());
        if !is_committing {
            // A statement by itself. What is before it was begun and came to nothing, before anything was changed.
            statements.drain(..statements.len().saturating_sub(1));
        }
        let is_taken = !is_lost && (statements.is_empty() || take(&statements));
        under.lock().is_taken = is_taken && !statements.is_empty();
        !is_taken
    };
    connection.commit_hook(Some(commits))?;
    connection.rollback_hook(Some(move || {
        if std::mem::take(&mut *ending.lock()).is_taken {
            broken();
        }
    }))
}

fn first_word(statement: &str) -> &str {
    statement.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default()
}

/// One that begins with a table of its own may change rows or not, and is made again in vain then.
fn is(words: &[&str], word: &str) -> bool {
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(work: impl FnOnce(&mut Connection), takes: bool) -> Vec<Vec<String>> {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b BLOB)").unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&taken);
        capture(
            &mut connection,
            move |statements| {
                theirs.lock().push(statements.to_vec());
                takes
            },
            || panic!("what was taken is committed"),
        )
        .unwrap();
        work(&mut connection);
        let taken = taken.lock();
        taken.clone()
    }

    #[test]
    fn a_transaction_is_its_statements_with_their_values() {
        let taken = captured(
            |connection| {
                let transaction = connection.transaction().unwrap();
                let insert = "INSERT INTO t (a, b) VALUES (?1, ?2)";
                transaction.execute(insert, ("it's; -- here", vec![0_u8, 39, 255])).unwrap();
                let count: i64 =
                    transaction.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
                assert_eq!(count, 1);
                transaction
                    .execute("WITH w AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (SELECT id FROM w)", [])
                    .unwrap();
                transaction.commit().unwrap();
                connection.execute(insert, ("two", None::<Vec<u8>>)).unwrap();
            },
            true,
        );
        assert_eq!(taken.len(), 2);
        assert_eq!(taken[0][0], "INSERT INTO t (a, b) VALUES ('it''s; -- here', x'0027ff')");
        assert_eq!((taken[0].len(), taken[1].len()), (2, 1));
    }

    #[test]
    fn what_is_rolled_back_is_in_no_transaction() {
        let taken = captured(
            |connection| {
                connection.execute("INSERT INTO t (a) VALUES ('one')", []).unwrap();
                // By itself, and inside one that is given up.
                assert!(connection.execute("INSERT INTO t (a) VALUES ('one')", []).is_err());
                let transaction = connection.transaction().unwrap();
                transaction.execute("INSERT INTO t (a) VALUES ('gone')", []).unwrap();
                drop(transaction);
                connection.execute("INSERT INTO t (a) VALUES ('two')", []).unwrap();
            },
            true,
        );
        assert_eq!(taken, [["INSERT INTO t (a) VALUES ('one')"], ["INSERT INTO t (a) VALUES ('two')"]]);
    }

    /// The file is another's for a moment: a statement that could not even begin is not made with the next one.
    #[test]
    fn what_could_not_begin_is_in_no_transaction() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection.execute_batch("CREATE TABLE t (a TEXT)").unwrap();
        let (told, taken) = std::sync::mpsc::channel();
        capture(&mut connection, move |statements| told.send(statements.to_vec()).is_ok(), || ()).unwrap();
        let other = Connection::open(&path).unwrap();
        for begin in [true, false] {
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            if begin {
                let begun = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
                assert!(begun.is_err());
            }
            assert!(connection.execute("DELETE FROM t", []).is_err());
            other.execute_batch("ROLLBACK").unwrap();
            connection.execute("INSERT INTO t VALUES ('one')", []).unwrap();
            assert_eq!(taken.try_recv().unwrap(), ["INSERT INTO t VALUES ('one')"]);
        }
        let transaction = connection.transaction().unwrap();
        transaction.execute("INSERT INTO t VALUES ('two')", []).unwrap();
        transaction.execute("INSERT INTO t VALUES ('three')", []).unwrap();
        transaction.commit().unwrap();
        assert_eq!(taken.try_recv().unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_taken_is_not_committed() {
        captured(
            |connection| {
                assert!(connection.execute("INSERT INTO t (a) VALUES ('one')", []).is_err());
                let count: i64 =
                    connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
                assert_eq!(count, 0);
            },
            false,
        );
    }
}
