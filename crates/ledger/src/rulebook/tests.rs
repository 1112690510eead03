//! What an edited configuration may change, and what not.

use super::*;
use charging::{Catalog, PriceTier, Tier};

/// In 2023: the books go so far.
fn now() -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000)
}

fn api() -> Name {
    Name::new("general-text").unwrap()
}

fn version(version: u16, from: Timestamp, price: &str) -> PriceVersion {
    let tiers = vec![PriceTier { from_units: 0, unit_price: price.parse().unwrap() }];
    PriceVersion { version, effective_from: from, tiers }
}

fn rules_in(currency: &str, versions: Vec<PriceVersion>, delay_minutes: u16) -> Rules {
    let catalog = Catalog {
        currency: currency.into(),
        regions: vec![Name::new("here").unwrap()],
        apis: BTreeMap::from([(api(), ApiPrices { versions })]),
        listings: Vec::new(),
        retired: BTreeMap::new(),
    };
    let mut intl = Policies::presets().get("intl").unwrap().clone();
    intl.settlement_delay_minutes = delay_minutes;
    let own = Policies::new(BTreeMap::from([(Name::new("intl").unwrap(), intl)])).unwrap();
    Rules { catalog: catalog.checked().unwrap(), policies: Policies::presets().with(own) }
}

fn rules(versions: Vec<PriceVersion>) -> Rules {
    rules_in("CNY", versions, 0)
}

fn first() -> PriceVersion {
    version(1, Timestamp::EPOCH, "0.05")
}

/// A rulebook of books that go to `now()`.
fn book_of(versions: Vec<PriceVersion>) -> Rulebook {
    let mut book = Rulebook::default();
    book.admit(rules(versions), Some(now()), now()).unwrap();
    book
}

fn refused(book: &Rulebook, rules: Rules, latest: Timestamp) -> RulebookError {
    book.clone().admit(rules, Some(latest), latest).unwrap_err()
}

#[test]
fn a_price_in_force_cannot_be_edited_and_a_coming_one_can() {
    let later = now().plus_days(10);
    let coming = version(2, later, "0.06");
    let mut book = book_of(vec![first(), coming.clone()]);
    let edited = refused(&book, rules(vec![version(1, Timestamp::EPOCH, "0.07"), coming.clone()]), now());
    assert!(matches!(edited, RulebookError::PriceEdited { version: 1, .. }), "{edited}");
    let changed = version(2, later, "0.08");
    let admitted = book.admit(rules(vec![first(), changed.clone()]), Some(now()), now()).unwrap();
    assert_eq!(admitted.catalog.apis[&api()].versions, [first(), changed.clone()]);
    let edited = refused(&book, rules(vec![first(), coming]), later);
    assert!(matches!(edited, RulebookError::PriceEdited { version: 2, .. }), "{edited}");
    // What was in force is not forgotten with the configuration, once it is followed by another.
    let next = version(3, later.plus_days(1), "0.09");
    let only = || rules(vec![next.clone()]);
    assert!(matches!(refused(&book, only(), later), RulebookError::PriceRemoved { version: 2, .. }));
    let admitted = book.admit(only(), Some(later), later.plus_days(1)).unwrap();
    assert_eq!(admitted.catalog.apis[&api()].versions, [first(), changed, next.clone()]);
    assert!(admitted.catalog.retired.is_empty());
}

#[test]
fn the_price_that_is_charged_is_in_the_configuration() {
    let second = version(2, now().plus_ms(-1), "0.07");
    let book = book_of(vec![first(), second.clone()]);
    let removed = refused(&book, rules(vec![first()]), now());
    assert!(matches!(removed, RulebookError::PriceRemoved { version: 2, .. }), "{removed}");
    let said = removed.to_string();
    assert!(said.contains("0.07") && said.contains("general-text") && said.contains("later date"), "{said}");
    // One that is over may go, and a coming one may be withdrawn.
    let coming = version(3, now().plus_days(1), "0.08");
    let mut book = book_of(vec![first(), second.clone(), coming]);
    let admitted = book.admit(rules(vec![second.clone()]), Some(now()), now()).unwrap();
    assert_eq!(admitted.catalog.apis[&api()].versions, [first(), second]);
}

#[test]
fn a_new_price_begins_after_the_books() {
    let book = book_of(vec![first()]);
    for from in [Timestamp::EPOCH.plus_days(1), now()] {
        let backdated = refused(&book, rules(vec![first(), version(2, from, "0.07")]), now());
        assert!(matches!(backdated, RulebookError::PriceBackdated { version: 2, .. }), "{backdated}");
    }
    let next = version(2, now().plus_ms(1), "0.07");
    book.clone().admit(rules(vec![first(), next]), Some(now()), now().plus_days(1)).unwrap();
    // Without books nothing was charged, and everything may be changed.
    let other = || rules_in("USD", vec![version(1, now(), "0.50")], 0);
    let mut empty = book.clone();
    let admitted = empty.admit(other(), None, now()).unwrap();
    assert_eq!(admitted.catalog.apis[&api()].versions, [version(1, now(), "0.50")]);
}

#[test]
fn the_currency_of_the_books_stays() {
    let book = book_of(vec![first()]);
    let changed = refused(&book, rules_in("USD", vec![first()], 0), now());
    assert!(matches!(&changed, RulebookError::CurrencyChanged { .. }), "{changed}");
    assert!(changed.to_string().contains("CNY") && changed.to_string().contains("USD"), "{changed}");
}

#[test]
fn what_left_the_configuration_judges_the_past_only() {
    let mut with_more = rules(vec![first()]);
    let gone = Name::new("table").unwrap();
    with_more.catalog.apis.insert(gone.clone(), ApiPrices { versions: vec![version(4, now(), "0.2")] });
    let own = Name::new("own").unwrap();
    let policy = Policies::presets().get("cn").unwrap().clone();
    let policies = Policies::new(BTreeMap::from([(own.clone(), policy.clone())])).unwrap();
    with_more.policies = with_more.policies.with(policies);
    let mut book = Rulebook::default();
    book.admit(with_more.clone(), Some(now()), now()).unwrap();

    let admitted = book.admit(rules(vec![first()]), Some(now()), now()).unwrap();
    let catalog = &admitted.catalog;
    assert!(!catalog.serves(&gone, &catalog.regions[0]) && catalog.price(&gone, now()).is_none());
    assert!(catalog.price_version(&gone, 4).is_some(), "its charges can be judged");
    assert!(catalog.was_in_force(&gone, 4, now(), now()));
    assert!(!admitted.policies.is_offered("own") && admitted.policies.names().all(|name| name != &own));
    assert_eq!(admitted.policies.get("own"), Some(&policy), "whose terms it was has them still");
    // It can come back, as it was.
    let admitted = book.admit(with_more, Some(now()), now()).unwrap();
    assert!(admitted.catalog.retired.is_empty() && admitted.policies.is_offered("own"));
}

#[test]
fn a_policy_remembers_how_it_settled() {
    let mut book = Rulebook::default();
    let rules = |delay| rules_in("CNY", vec![first()], delay);
    for delay in [7, 9, 7] {
        book.admit(rules(delay), Some(now()), now()).unwrap();
    }
    let admitted = book.with_past(rules(7)).unwrap();
    let delays: Vec<u16> = admitted.policies.get("intl").unwrap().settlement_delays_minutes().collect();
    assert_eq!(delays, [7, 9]);
    assert_eq!(admitted.policies.get("cn").unwrap().terms(Tier::V5).grace_days, 7);
}

#[test]
fn a_policy_remembers_how_long_keys_were_remembered() {
    let rules = |key_days| {
        let rules = rules(vec![first()]);
        let intl = Policy { key_days, ..rules.policies.get("intl").unwrap().clone() };
        let own = Policies::new(BTreeMap::from([(Name::new("intl").unwrap(), intl)])).unwrap();
        Rules { policies: rules.policies.with(own), ..rules }
    };
    let (mut book, later) = (Rulebook::default(), now().plus_days(9));
    for (days, latest) in [(400, now()), (400, now()), (30, now()), (400, later)] {
        book.admit(rules(days), Some(latest), latest).unwrap();
    }
    let days_at = |book: &Rulebook, at: Timestamp| {
        let rules = book.with_past(rules(400)).unwrap();
        rules.policies.get("intl").unwrap().key_days_at(at).collect::<Vec<u16>>()
    };
    assert_eq!((days_at(&book, later), days_at(&book, later.plus_ms(1))), (vec![400, 30], vec![400]));
    book.admit(rules(20), Some(later), later).unwrap();
    assert_eq!(days_at(&book, later.plus_ms(-1)), [20, 30, 400]);
    assert_eq!(days_at(&book, later.plus_ms(1)), [20]);
}

#[test]
fn it_is_kept_and_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    assert_eq!(Rulebook::open(&path).unwrap(), None);
    let book = book_of(vec![first()]);
    book.keep(&path).unwrap();
    assert_eq!(Rulebook::open(&path).unwrap(), Some(book));
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(Rulebook::open(&path).unwrap(), Some(Rulebook::default()));
    std::fs::write(&path, "{").unwrap();
    assert!(matches!(Rulebook::open(&path), Err(RulebookError::Content { .. })));
}
