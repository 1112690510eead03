//! Ids go in in any order, are merged in steps of any size, and are found at every moment.

use std::collections::HashMap;

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;

const NOW_MS: i64 = 1_785_000_000_000;
const SMALL: Sizes = Sizes { newest: 4, fanout: 3 };

fn file() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TABLES).unwrap();
    connection
}

fn keys_of(connection: &Connection, charge: u128) -> Vec<i64> {
    let mut select = connection.prepare(KEYS_OF).unwrap();
    let mut keys: Vec<i64> =
        select.query_map([charge.to_be_bytes()], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    keys.sort_unstable();
    keys
}

fn insert(connection: &mut Connection, ids: &mut ChargeIds, charges: &[(u128, i64)]) {
    let transaction = connection.transaction().unwrap();
    let mut insert = Insert::of(&transaction).unwrap();
    for (charge, key) in charges {
        ids.insert(&mut insert, ChargeId(*charge), Timestamp::from_ms(NOW_MS), *key).unwrap();
    }
    drop(insert);
    transaction.commit().unwrap();
}

/// Merges with so many steps in each transaction, until all that was owed is done.
fn merge(connection: &mut Connection, ids: &mut ChargeIds, steps: u64) {
    let transaction = connection.transaction().unwrap();
    let mut left = steps;
    while left > 0 {
        let Some(made) = ids.step_once(&transaction, left).unwrap() else { break };
        left = left.saturating_sub(made);
    }
    transaction.commit().unwrap();
}

fn count(connection: &Connection, select: &str) -> i64 {
    connection.query_row(select, [], |row| row.get(0)).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    /// Ids that come in, from a few, so that some meet.
    Insert(Vec<u128>),
    Merge(u64),
    /// A crash, or another program.
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec((0..200_u128).prop_map(|id| id << 64), 1..12).prop_map(Step::Insert),
        4 => (1..40_u64).prop_map(Step::Merge),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #[test]
    fn every_id_is_found_at_every_moment(steps in prop::collection::vec(step(), 1..80)) {
        let (mut connection, mut ids) = (file(), ChargeIds::of(SMALL));
        let mut expected: HashMap<u128, Vec<i64>> = HashMap::new();
        let mut next = 1;
        for step in steps {
            match step {
                Step::Insert(charges) => {
                    let rows: Vec<(u128, i64)> = charges.into_iter().zip(next..).collect();
                    next += rows.len() as i64;
                    insert(&mut connection, &mut ids, &rows);
                    rows.iter().for_each(|(charge, key)| expected.entry(*charge).or_default().push(*key));
                }
                Step::Merge(steps) => merge(&mut connection, &mut ids, steps),
                Step::Reopen => ids = ChargeIds::of(SMALL),
            }
            for charge in (0..200).map(|id| id << 64) {
                prop_assert_eq!(
                    keys_of(&connection, charge),
                    expected.get(&charge).cloned().unwrap_or_default()
                );
            }
            prop_assert_eq!(count(&connection, "SELECT count(*) FROM charge_id_rows"), next - 1);
        }
        // When all is merged, nothing is there twice, and there are fewer runs of each level than become one.
        merge(&mut connection, &mut ids, u64::MAX);
        prop_assert_eq!(count(&connection, "SELECT count(*) FROM charge_ids"), next - 1);
        let most = "SELECT coalesce(max(runs), 0) FROM
            (SELECT count(*) AS runs FROM charge_id_runs WHERE level > 0 GROUP BY level)";
        prop_assert!(count(&connection, most) < 3);
    }
}

#[test]
fn merging_keeps_up_with_what_comes_in() {
    let (mut connection, mut ids) = (file(), ChargeIds::of(Sizes { newest: 100, fanout: 6 }));
    let mut id = 1_u128;
    for part in 0..400_i64 {
        let rows: Vec<(u128, i64)> = (0..100)
            .map(|number| {
                id = id.wrapping_mul(0xda94_2042_e4dd_58b5).wrapping_add(1 << 100 | 1);
                (id, part * 100 + number)
            })
            .collect();
        insert(&mut connection, &mut ids, &rows);
        while ids.owes_steps() {
            let transaction = connection.transaction().unwrap();
            ids.step(&transaction).unwrap();
            transaction.commit().unwrap();
        }
        // Six of each of four levels, and those that wait while larger ones are merged.
        assert!(count(&connection, "SELECT count(*) FROM charge_id_runs") < 40);
    }
    assert_eq!(count(&connection, "SELECT count(*) FROM charge_id_rows"), 40_000);
    assert!(count(&connection, "SELECT max(level) FROM charge_id_runs") >= 3);
}

#[test]
fn ids_that_begin_with_the_time_stand_apart() {
    let (mut connection, mut ids) = (file(), ChargeIds::of(SMALL));
    let of = |ms: i64| u128::from(ms.cast_unsigned()) << 80 | 5;
    let day = 24 * 60 * 60 * 1_000;
    let near = [of(NOW_MS), of(NOW_MS - day), of(NOW_MS + day)];
    let far = [0, 7, u128::MAX, of(NOW_MS - day - 1), of(NOW_MS + day + 1)];
    let rows: Vec<(u128, i64)> = near.into_iter().chain(far).zip(1..).collect();
    insert(&mut connection, &mut ids, &rows);
    assert_eq!(count(&connection, "SELECT count(*) FROM charge_ids_by_time"), 3);
    assert_eq!(count(&connection, "SELECT count(*) FROM charge_ids"), 5);
    for (charge, key) in rows {
        assert_eq!(keys_of(&connection, charge), [key]);
    }
}

#[test]
fn each_part_of_the_question_looks_in_an_index() {
    let connection = file();
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {KEYS_OF}")).unwrap();
    let plan: Vec<String> =
        explain.query_map([[0_u8; 16]], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("SEARCH charge_ids_by_time USING PRIMARY KEY (charge=?)"), "{plan}");
    assert!(plan.contains("SEARCH i USING PRIMARY KEY (run=? AND charge=?)"), "{plan}");
}
