//! An auditor that finds nothing is worth nothing: each event of a right history is bent, and each bend is found.

#![allow(clippy::unwrap_used)]

use charging::*;
use sim::auditor::Auditor;
use sim::world::{START_MS, World, name};

/// What each command of a right history did to the one account there is.
fn history(world: &World) -> Vec<Vec<Recorded>> {
    let context = world.rules.context();
    let start = Timestamp::from_ms(START_MS);
    let at = |hours: i64| start.plus_ms(hours * HOUR_MS);
    let (mut account, opened) = Account::open(AccountId(1), Tier::V0, name("at-once"), Zone::BEIJING, start);
    let (mut holds, mut entries) = (Holds::default(), vec![vec![opened]]);
    let (api, region) = (name("general-text"), name("north"));
    let key = |number| Some(Key(ChargeId(number)));
    let mut out = Vec::new();
    account.subscribe(context, (&api, &region), SubscriptionMode::PayPerUse, at(0), &mut out).unwrap();
    entries.push(std::mem::take(&mut out));
    account.top_up(context, Money::from_e8(12_000_000), key(1), at(0), &mut out).unwrap();
    entries.push(std::mem::take(&mut out));
    account.buy_package(context, (&api, &region, 3), CouponChoice::None, key(2), at(0), &mut out).unwrap();
    entries.push(std::mem::take(&mut out));
    for (id, units) in [(10, 2), (11, 4)] {
        let call = CallFor { api: &api, region: &region, enterprise_project: None, units };
        account.charge(&mut holds, context, ChargeId(id), call, at(0), &mut out).unwrap();
        entries.push(std::mem::take(&mut out));
    }
    account.tick(context, at(1), &mut out);
    entries.push(std::mem::take(&mut out));
    account.top_up(context, Money::from_e8(50_000_000), key(3), at(2), &mut out).unwrap();
    entries.push(std::mem::take(&mut out));
    entries
}

fn audit(world: &World, entries: &[Vec<Recorded>]) -> Result<(), &'static str> {
    let mut auditor = Auditor::new(world);
    entries.iter().try_for_each(|events| auditor.entry(0, events)).map_err(|found| found.law)
}

/// A change to an event, if it is one that can be changed so.
type Bend = Box<dyn Fn(&mut Recorded) -> bool>;

/// Bends the first event that can be bent so, and says what the auditor says.
fn bent(bend: impl Fn(&mut Recorded) -> bool) -> Result<(), &'static str> {
    let world = World::of(0);
    let mut entries = history(&world);
    assert!(entries.iter_mut().flatten().any(bend), "nothing was bent");
    audit(&world, &entries)
}

#[test]
fn a_right_history_is_right() {
    let world = World::of(0);
    let entries = history(&world);
    let events: Vec<_> = entries.iter().flatten().map(|recorded| &recorded.event).collect();
    assert!(
        events.iter().any(|event| matches!(event, Event::HourSettled { debt, .. } if debt.is_positive()))
    );
    assert!(events.iter().any(|event| matches!(event, Event::StandingChanged { .. })));
    assert_eq!(audit(&world, &entries), Ok(()));
}

#[test]
fn what_is_done_twice_or_left_out_is_found() {
    let world = World::of(0);
    let entries = history(&world);
    let laws = ["2xx", "money", "lot", "standing", "journal", "tick", "time"];
    for index in 0..entries.len() {
        let mut twice = entries.clone();
        twice.insert(index, entries[index].clone());
        let found = audit(&world, &twice).unwrap_err();
        assert!(laws.contains(&found), "{index} twice: {found}");
    }
    // Of what is left out, the rest does not add up. The last entry leaves nothing behind, and neither does a call that a
    // package met: that these are there is known by who was told.
    let only_draws =
        |events: &[Recorded]| matches!(&events[0].event, Event::Charged { rated, .. } if rated.is_empty());
    for index in 0..entries.len() - 1 {
        let mut without = entries.clone();
        let left_out = without.remove(index);
        assert_eq!(audit(&world, &without).is_err(), !only_draws(&left_out), "without {index}: {left_out:?}");
    }
}

#[test]
fn what_is_bent_is_found() {
    let one = Money::from_e8(1);
    let bends: Vec<(&str, &str, Bend)> = vec![
        (
            "a price",
            "money",
            Box::new(move |of| match &mut of.event {
                Event::Charged { rated, .. } if !rated.is_empty() => {
                    rated[0].amount += one;
                    true
                }
                _ => false,
            }),
        ),
        (
            "a price that is not in force",
            "money",
            Box::new(|of| match &mut of.event {
                Event::Charged { rated, .. } if !rated.is_empty() => {
                    rated[0].price_version = 2;
                    true
                }
                _ => false,
            }),
        ),
        (
            "units that a package does not have",
            "lot",
            Box::new(|of| match &mut of.event {
                Event::Charged { draws, .. } if !draws.is_empty() => {
                    draws[0].units = 4;
                    true
                }
                _ => false,
            }),
        ),
        (
            "units of a package that is not there",
            "lot",
            Box::new(|of| match &mut of.event {
                Event::Charged { draws, .. } if !draws.is_empty() => {
                    draws[0].lot = LotNo(7);
                    true
                }
                _ => false,
            }),
        ),
        (
            "a charge under the id of another",
            "2xx",
            Box::new(|of| match &mut of.event {
                Event::Charged { charge, .. } if charge.0 == 11 => {
                    *charge = ChargeId(10);
                    true
                }
                _ => false,
            }),
        ),
        (
            "a line of an hour",
            "money",
            Box::new(move |of| match &mut of.event {
                Event::HourSettled { lines, debt, .. } => {
                    lines[0].amount += one;
                    *debt += one;
                    true
                }
                _ => false,
            }),
        ),
        (
            "a payment of an hour",
            "money",
            Box::new(move |of| match &mut of.event {
                Event::HourSettled { paid, debt, .. } => {
                    *paid -= one;
                    *debt += one;
                    true
                }
                _ => false,
            }),
        ),
        (
            "an hour that is not over",
            "tick",
            Box::new(|of| match &mut of.event {
                Event::HourSettled { .. } => {
                    of.at = of.at.plus_ms(-1);
                    true
                }
                _ => false,
            }),
        ),
        (
            "time that goes back",
            "time",
            Box::new(|of| match &mut of.event {
                Event::Charged { .. } => {
                    of.at = Timestamp::from_ms(START_MS - 1);
                    true
                }
                _ => false,
            }),
        ),
        (
            "grace for longer than the terms say",
            "standing",
            Box::new(|of| match &mut of.event {
                Event::StandingChanged { standing: Standing::Grace { until, .. } } => {
                    *until = until.plus_days(1);
                    true
                }
                _ => false,
            }),
        ),
        (
            "an arrow that does not exist",
            "standing",
            Box::new(|of| match &mut of.event {
                Event::StandingChanged { standing: standing @ Standing::Grace { .. } } => {
                    *standing = Standing::Released { since: of.at };
                    true
                }
                _ => false,
            }),
        ),
        (
            "a debt that is paid with more than there is",
            "money",
            Box::new(move |of| match &mut of.event {
                Event::DebtPaid { amount } => {
                    *amount += one;
                    true
                }
                _ => false,
            }),
        ),
        (
            "a package for more than the cash",
            "money",
            Box::new(|of| match &mut of.event {
                Event::LotGranted { price, .. } => {
                    *price = Money::from_e8(12_000_001);
                    true
                }
                _ => false,
            }),
        ),
        (
            "a key that was used",
            "2xx",
            Box::new(|of| match &mut of.event {
                Event::ToppedUp { key, .. } if *key == Some(Key(ChargeId(3))) => {
                    *key = Some(Key(ChargeId(1)));
                    true
                }
                _ => false,
            }),
        ),
    ];
    for (what, law, bend) in bends {
        assert_eq!(bent(bend), Err(law), "{what}");
    }
}

#[test]
fn what_was_not_acknowledged_is_found() {
    let world = World::of(0);
    let mut auditor = Auditor::new(&world);
    for events in history(&world) {
        auditor.entry(0, &events).unwrap();
    }
    // Three keys and two charges are there, and nobody was told or is waiting.
    assert_eq!(auditor.at_rest().unwrap_err().law, "2xx");
    assert_eq!(auditor.opened_again().unwrap_err().law, "2xx");
}
