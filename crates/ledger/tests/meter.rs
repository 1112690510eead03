//! What is sent twice is charged once: keys of other services, whatever is sent when, and across restarts.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use charging::*;
use common::*;
use ledger::meter::{Authorised, Charge, HELD_LIMIT, Meter, MeterError, Sitting, Work};
use ledger::read::{ChargeQuery, ReadModel};
use ledger::{Engine, Pending};
use proptest::prelude::*;

struct Shop {
    engine: Arc<Engine>,
    read: Arc<ReadModel>,
    meter: Meter,
    /// Who pays.
    account: AccountId,
}

/// For whom the work is: who pays for itself, or has this one pay.
const WORKER: AccountId = AccountId(1);
const MASTER: AccountId = AccountId(2);

impl Shop {
    fn open(world: &World) -> Shop {
        let engine = world.engine();
        let read = ReadModel::open(&world.read_db(), &engine).unwrap();
        let meter = Meter::new(Arc::clone(&engine), Arc::clone(&read));
        Shop { engine, read, meter, account: WORKER }
    }

    fn new(world: &World) -> Shop {
        let shop = Shop::open(world);
        open_account(&shop.engine, 1, nine());
        subscribe(&shop.engine, shop.account, nine());
        shop
    }

    fn sit<T>(&self, decide: impl FnOnce(&Sitting<'_>) -> T) -> T {
        self.meter.sit(decide).unwrap()
    }

    fn charge(&self, key: u128, units: u64) -> Result<Charge, MeterError> {
        self.sit(|meter| meter.charge(self.account, ChargeId(key), &self.work(units), nine())).map(done)
    }

    fn authorise(&self, key: u128, units: u64) -> Result<Authorised, MeterError> {
        self.sit(|meter| meter.authorise(self.account, ChargeId(key), &self.work(units), nine())).map(done)
    }

    fn commit(&self, key: u128, units: Option<u64>) -> Result<Charge, MeterError> {
        self.sit(|meter| meter.commit(ChargeId(key), units, nine())).map(done)
    }

    fn void(&self, key: u128) -> Result<bool, MeterError> {
        self.sit(|meter| meter.void(ChargeId(key), nine()))
    }

    /// As it is put down in the books of whoever pays.
    fn work(&self, units: u64) -> Work {
        let marker = (self.account != WORKER).then(|| name(&WORKER.to_string()));
        Work { enterprise_project: marker, ..work(units) }
    }

    /// Units in the books by charge, each of which must be there once.
    fn books(&self) -> BTreeMap<u128, u64> {
        let query = ChargeQuery { limit: 10_000, ..ChargeQuery::default() };
        let of = |account| self.read.charges(account, &query).unwrap_or_default();
        let rows = [of(WORKER), of(MASTER)].concat();
        let books: BTreeMap<u128, u64> = rows.iter().map(|row| (row.charge.0, row.units)).collect();
        assert_eq!(books.len(), rows.len(), "a key was charged twice");
        books
    }

    fn held(&self) -> Money {
        let of = |account| self.engine.read(account, nine(), |live, _| live.holds.amount());
        [WORKER, MASTER].into_iter().filter_map(|account| Some(of(account).ok()?.wait().unwrap())).sum()
    }
}

fn work(units: u64) -> Work {
    Work { of: WORKER, api: api(), region: region(), enterprise_project: None, units }
}

#[test]
fn many_at_once_with_the_same_keys_charge_each_once() {
    const KEYS: u128 = 200;
    let world = World::new();
    let shop = Shop::new(&world);
    let first: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|caller: u128| {
                let shop = &shop;
                scope.spawn(move || {
                    let keys = (1..=KEYS).map(|i| (i * 7 + caller * 13) % KEYS + 1);
                    keys.filter(|key| shop.charge(*key, 2).unwrap().repeated.is_none()).count()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert_eq!(first as u128, KEYS, "each key is charged to exactly one of its callers");
    assert_eq!(shop.books(), (1..=KEYS).map(|key| (key, 2)).collect());
}

#[test]
fn a_key_is_known_after_a_restart() {
    let world = World::new();
    let first = Shop::new(&world);
    let charged = first.charge(1, 3).unwrap();
    assert_eq!((charged.repeated, charged.left.is_some()), (None, true));
    first.authorise(2, 1).unwrap();
    first.engine.close().unwrap();
    first.read.close();
    drop(first);
    // The read model is made anew, so it has yet to catch up when the first key comes.
    std::fs::remove_file(world.read_db()).unwrap();
    let shop = Shop::open(&world);
    let again = shop.charge(1, 3).unwrap();
    assert_eq!((again.repeated, &again.rated, again.left), (Some(nine()), &charged.rated, None));
    assert!(matches!(shop.charge(1, 4), Err(MeterError::OtherWork)));
    assert!(
        matches!(shop.commit(2, None), Err(MeterError::NotAuthorised)),
        "a hold is as fleeting as memory"
    );
    assert_eq!(shop.charge(2, 1).unwrap().repeated, None);
    assert_eq!(shop.books(), BTreeMap::from([(1, 3), (2, 1)]));
}

#[test]
fn what_is_authorised_is_committed_once_or_voided() {
    let world = World::new();
    let shop = Shop::new(&world);
    let given = |answer: Authorised| match answer {
        Authorised::Held { repeated, .. } => repeated,
        Authorised::Charged(charge) => panic!("{charge:?}"),
    };
    assert!(!given(shop.authorise(1, 10).unwrap()));
    assert!(given(shop.authorise(1, 10).unwrap()), "asked again it is the same permission");
    assert_eq!(shop.held(), money("0.50"), "and it is kept back once");
    assert!(matches!(shop.authorise(1, 9), Err(MeterError::OtherWork)));
    assert!(matches!(shop.charge(1, 10), Err(MeterError::UnderWay)));
    assert!(matches!(shop.commit(1, Some(11)), Err(MeterError::TooManyUnits { units: 11, authorised: 10 })));
    assert!(matches!(shop.commit(1, Some(0)), Err(MeterError::NoUnits)));
    assert_eq!(shop.commit(1, Some(4)).unwrap().rated[0].units, 4);
    assert!(shop.commit(1, Some(4)).unwrap().repeated.is_some());
    assert!(shop.commit(1, None).unwrap().repeated.is_some());
    assert!(matches!(shop.commit(1, Some(5)), Err(MeterError::OtherWork)));
    assert!(
        matches!(shop.authorise(1, 10).unwrap(), Authorised::Charged(charge) if charge.repeated.is_some())
    );
    assert!(matches!(shop.void(1), Err(MeterError::Charged)));
    shop.authorise(2, 1).unwrap();
    assert!(shop.void(2).unwrap() && !shop.void(2).unwrap());
    assert_eq!(shop.held(), Money::ZERO);
    assert!(matches!(shop.commit(2, None), Err(MeterError::NotAuthorised)));
    assert_eq!(shop.books(), BTreeMap::from([(1, 4)]));
}

#[test]
fn a_permission_runs_out() {
    let world = World::new();
    let shop = Shop::new(&world);
    let Authorised::Held { authorisation, .. } = shop.authorise(1, 1).unwrap() else { panic!() };
    let late = authorisation.expires_at;
    let refused = shop.sit(|meter| meter.commit(ChargeId(1), None, late));
    assert!(matches!(refused, Err(MeterError::NotAuthorised)));
    let again =
        shop.sit(|meter| meter.authorise(shop.account, ChargeId(1), &work(1), late)).map(done).unwrap();
    assert!(matches!(again, Authorised::Held { repeated: false, .. }));
}

/// The simulator found that a key whose permission had run out was refused as another's once the clock was set back: it
/// had run out here, and not yet in the books.
#[test]
fn a_clock_that_is_set_back_brings_no_permission_back() {
    let world = World::new();
    let shop = Shop::new(&world);
    let Authorised::Held { authorisation, .. } = shop.authorise(1, 1).unwrap() else { panic!() };
    let late = authorisation.expires_at;
    let committed = |now| shop.sit(|meter| meter.commit(ChargeId(1), None, now));
    assert!(matches!(committed(late), Err(MeterError::NotAuthorised)));
    assert!(matches!(committed(nine()), Err(MeterError::NotAuthorised)), "the clock was set back");
    let Authorised::Held { authorisation, repeated } = shop.authorise(1, 1).unwrap() else { panic!() };
    assert!(!repeated && authorisation.expires_at > late);
    // What others did in the books meanwhile counts as well.
    let late = authorisation.expires_at;
    top_up(&shop.engine, shop.account, "1", late);
    assert!(matches!(committed(nine()), Err(MeterError::NotAuthorised)));
    assert!(matches!(shop.authorise(1, 1).unwrap(), Authorised::Held { repeated: false, .. }));
    assert_eq!(done(committed(nine()).unwrap()).repeated, None);
    assert_eq!(shop.books(), BTreeMap::from([(1, 1)]));
}

#[test]
fn a_refusal_leaves_the_key_free() {
    let world = World::new();
    let shop = Shop::open(&world);
    open_account(&shop.engine, 1, nine());
    let refused = |pending: Pending<Result<Charge, Refusal>>| pending.wait().unwrap().unwrap_err();
    refused(shop.sit(|meter| meter.charge(shop.account, ChargeId(1), &work(1), nine())).unwrap());
    subscribe(&shop.engine, shop.account, nine());
    assert_eq!(shop.charge(1, 1).unwrap().repeated, None);
    let unknown = shop.sit(|meter| meter.charge(AccountId(9), ChargeId(2), &work(1), nine()));
    assert!(matches!(unknown, Err(MeterError::UnknownAccount(_))));
}

#[test]
fn a_key_is_charged_once_whoever_pays() {
    let world = World::new();
    let mut shop = Shop::new(&world);
    open_account(&shop.engine, MASTER.0, nine());
    subscribe(&shop.engine, MASTER, nine());
    let charged = shop.charge(1, 3).unwrap();
    shop.authorise(2, 2).unwrap();
    shop.account = MASTER;
    let again = shop.charge(1, 3).unwrap();
    assert_eq!((again.repeated, again.charge), (Some(nine()), charged.charge));
    assert!(matches!(shop.charge(1, 4), Err(MeterError::OtherWork)));
    assert!(matches!(shop.authorise(2, 2).unwrap(), Authorised::Held { repeated: true, .. }));
    assert_eq!(shop.commit(2, None).unwrap().repeated, None);
    assert_eq!(shop.held(), Money::ZERO, "it was committed where it was kept back");
    shop.charge(3, 1).unwrap();
    shop.account = WORKER;
    for _ in 0..3 {
        assert!(shop.charge(3, 1).unwrap().repeated.is_some());
        assert!(shop.commit(3, None).unwrap().repeated.is_some());
    }
    assert_eq!(shop.books(), BTreeMap::from([(1, 3), (2, 2), (3, 1)]));
}

#[test]
fn what_is_authorised_has_a_bound() {
    let world = World::new();
    let shop = Shop::new(&world);
    for key in 0..HELD_LIMIT as u128 {
        shop.authorise(key, 1).unwrap();
    }
    assert!(matches!(shop.authorise(u128::MAX, 1), Err(MeterError::TooManyHeld)));
    assert!(matches!(shop.authorise(7, 1).unwrap(), Authorised::Held { repeated: true, .. }));
    shop.void(7).unwrap();
    shop.commit(8, None).unwrap();
    shop.authorise(u128::MAX, 1).unwrap();
    shop.authorise(u128::MAX - 1, 1).unwrap();
    assert!(matches!(shop.authorise(u128::MAX - 2, 1), Err(MeterError::TooManyHeld)));
    shop.charge(u128::MAX - 2, 1).unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Charge(u128, u64),
    Authorise(u128, u64),
    Commit(u128, Option<u64>),
    Void(u128),
    /// The other one pays from now on.
    ChangePayer,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 1..6_u128;
    prop_oneof![
        3 => (key(), 1..4_u64).prop_map(|(key, units)| Step::Charge(key, units)),
        3 => (key(), 1..4_u64).prop_map(|(key, units)| Step::Authorise(key, units)),
        3 => (key(), proptest::option::of(1..4_u64)).prop_map(|(key, units)| Step::Commit(key, units)),
        1 => key().prop_map(Step::Void),
        1 => Just(Step::ChangePayer),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Beside a model that anybody can check: which keys are charged, and which are kept back.
    #[test]
    fn the_books_have_what_was_answered(steps in prop::collection::vec(step(), 1..40)) {
        let world = World::new();
        let mut shop = Shop::new(&world);
        open_account(&shop.engine, MASTER.0, nine());
        subscribe(&shop.engine, MASTER, nine());
        let (mut books, mut held) = (BTreeMap::<u128, u64>::new(), BTreeMap::<u128, u64>::new());
        for step in steps {
            match step {
                Step::Charge(key, units) => match shop.charge(key, units) {
                    Ok(charge) => {
                        prop_assert!(!held.contains_key(&key));
                        prop_assert_eq!(charge.repeated.is_some(), books.contains_key(&key));
                        prop_assert_eq!(*books.entry(key).or_insert(units), units);
                    }
                    Err(MeterError::UnderWay) => prop_assert!(held.contains_key(&key)),
                    Err(MeterError::OtherWork) => prop_assert!(books.get(&key).is_some_and(|of| *of != units)),
                    Err(other) => panic!("{other}"),
                },
                Step::Authorise(key, units) => match shop.authorise(key, units) {
                    Ok(Authorised::Held { repeated, .. }) => {
                        prop_assert!(!books.contains_key(&key));
                        prop_assert_eq!(held.insert(key, units).is_some(), repeated);
                    }
                    Ok(Authorised::Charged(_)) => prop_assert!(books[&key] <= units),
                    Err(MeterError::OtherWork) => match held.get(&key) {
                        Some(of) => prop_assert!(*of != units),
                        None => prop_assert!(books[&key] > units),
                    },
                    Err(other) => panic!("{other}"),
                },
                Step::Commit(key, units) => match shop.commit(key, units) {
                    Ok(charge) => match held.remove(&key) {
                        Some(of) => {
                            prop_assert_eq!(charge.repeated, None);
                            books.insert(key, units.unwrap_or(of));
                        }
                        None => {
                            prop_assert!(charge.repeated.is_some());
                            prop_assert!(units.is_none_or(|units| books[&key] == units));
                        }
                    },
                    Err(MeterError::NotAuthorised) => {
                        prop_assert!(!held.contains_key(&key) && !books.contains_key(&key));
                    }
                    Err(MeterError::TooManyUnits { .. }) => prop_assert!(held[&key] < units.unwrap()),
                    Err(MeterError::OtherWork) => prop_assert!(books[&key] != units.unwrap()),
                    Err(other) => panic!("{other}"),
                },
                Step::Void(key) => match shop.void(key) {
                    Ok(was) => prop_assert_eq!(held.remove(&key).is_some(), was),
                    Err(MeterError::Charged) => prop_assert!(books.contains_key(&key)),
                    Err(other) => panic!("{other}"),
                },
                Step::ChangePayer => {
                    shop.account = if shop.account == WORKER { MASTER } else { WORKER };
                }
                Step::Restart => {
                    shop.engine.close().unwrap();
                    shop.read.close();
                    let account = shop.account;
                    drop(shop);
                    shop = Shop { account, ..Shop::open(&world) };
                    held.clear();
                }
            }
            prop_assert_eq!(shop.held(), (0..held.values().sum::<u64>()).map(|_| money("0.05")).sum::<Money>());
        }
        prop_assert_eq!(shop.books(), books);
    }
}

/// The file is looked at as it was when a sitting began; what others charge meanwhile is known in it all the same.
#[test]
fn a_sitting_knows_what_is_charged_beside_it() {
    let world = World::new();
    let shop = Shop::new(&world);
    shop.sit(|meter| {
        // From the first look on the file stands still for it.
        assert!(!meter.void(ChargeId(1), nine()).unwrap());
        shop.charge(5, 3).unwrap();
        shop.read.catch_up().unwrap();
        // Whoever decides on a key forgets what the file has.
        shop.charge(6, 1).unwrap();
        let work = shop.work(3);
        let again = done(meter.charge(shop.account, ChargeId(5), &work, nine()).unwrap());
        assert_eq!(again.repeated, Some(nine()));
        assert!(matches!(meter.void(ChargeId(6), nine()), Err(MeterError::Charged)));
    });
    assert_eq!(shop.books(), BTreeMap::from([(5, 3), (6, 1)]));
}
