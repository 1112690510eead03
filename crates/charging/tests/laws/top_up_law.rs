//! Top-up law: a rule has one request under way, for all that is missing, and a request brings its money once.

use std::collections::{BTreeMap, BTreeSet};

use charging::{Account, Event, Money, Month, TopUpOrigin};
use proptest::prelude::*;

use crate::scripts::scripts;
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn a_rule_asks_once_at_a_time_and_is_paid_once(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(40));
        let mut account = Account::from_opened(&stage.journal[0]).unwrap();
        let mut of_rule = BTreeSet::new();
        let mut under_way: BTreeMap<u64, Money> = BTreeMap::new();
        let mut paid_no = None;
        for next in &stage.journal[1..] {
            match &next.event {
                Event::TopUpRequested { no, amount, origin, .. } => {
                    if *origin == TopUpOrigin::Auto {
                        let rule = account.auto_top_up().unwrap();
                        prop_assert!(of_rule.is_empty(), "two at a time");
                        let balance = account.balance_for_alerts();
                        prop_assert!(balance < rule.below, "asked above the level");
                        let wanted = rule.amount.max(rule.below - balance);
                        // Only its limit makes it ask for less, and never for less than its amount.
                        let is_cut = rule.monthly_limit.is_some() && (rule.amount..wanted).contains(amount);
                        prop_assert!(*amount == wanted || is_cut, "{} of {}", amount, wanted);
                        of_rule.insert(*no);
                    }
                    prop_assert!(under_way.insert(*no, *amount).is_none());
                }
                Event::TopUpResolved { no, is_paid, .. } => {
                    prop_assert!(under_way.contains_key(no), "answered twice");
                    of_rule.remove(no);
                    let amount = under_way.remove(no).unwrap();
                    paid_no = is_paid.then_some(amount);
                    account.apply(next);
                    continue;
                }
                // The money stands right behind the answer that brings it.
                Event::ToppedUp { amount, .. } if paid_no.is_some() => {
                    prop_assert_eq!(Some(*amount), paid_no);
                }
                _ => prop_assert!(paid_no.is_none(), "paid, and no money came"),
            }
            paid_no = None;
            account.apply(next);
        }
        prop_assert_eq!(account.top_up_requests().map(|r| (r.no, r.amount)).collect::<BTreeMap<_, _>>(), under_way);
        prop_assert_eq!(account.awaits_payment(), account.top_up_requests().next().is_some());
    }

    /// What a rule asked for in a month and was not declined stays within its limit, as long as the rule stays.
    #[test]
    fn a_rule_keeps_within_its_month(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(40));
        let mut account = Account::from_opened(&stage.journal[0]).unwrap();
        let mut asked: BTreeMap<u64, (Month, Money)> = BTreeMap::new();
        for next in &stage.journal[1..] {
            match &next.event {
                Event::TopUpRequested { no, amount, origin: TopUpOrigin::Auto, .. } => {
                    let month = account.zone().month(next.at);
                    asked.insert(*no, (month, *amount));
                    if let Some(limit) = account.auto_top_up().and_then(|rule| rule.monthly_limit) {
                        let of_month: Money =
                            asked.values().filter(|(of, _)| *of == month).map(|(_, amount)| *amount).sum();
                        prop_assert!(of_month <= limit, "{} of {} in {:?}", of_month, limit, month);
                    }
                }
                Event::TopUpResolved { no, is_paid: false, .. } => {
                    asked.remove(no);
                }
                _ => {}
            }
            account.apply(next);
        }
    }
}
