//! What people complain about in the alerts and arrears of other systems, one named story for each.
#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

mod common;

use std::collections::BTreeMap;

use charging::{
    Account, Alerts, ArrearsTerms, Authorisation, CallFor, ChargeId, Context, Event, Money, NewLot,
    NoticeKind, Policies, Policy, Reason, Recorded, Source, SubscriptionMode, Tier, Timestamp, Zone,
};

use common::{Shop, at, catalog, money, name, version};

const START: &str = "2023-04-18 09:00:00";

impl Shop {
    /// Seven days of grace and fifteen of retention; a call costs 1. Time to empty is off.
    fn open(zone: Zone, settlement_delay_minutes: u16) -> Shop {
        let terms = ArrearsTerms { grace_days: 7, retention_days: 15 };
        let policy = Policy {
            terms: Tier::ALL.into_iter().map(|tier| (tier, terms)).collect(),
            zone,
            settlement_delay_minutes,
            ..Policies::presets().get("intl").unwrap().clone()
        };
        let policies = Policies::new(BTreeMap::from([(name("ours"), policy)])).unwrap();
        let catalog = catalog(vec![version(1, &[(0, "1")])], None);
        let mut customer = Shop::with(catalog, policies, "ours", zone, at(START));
        customer.enable(START);
        customer.alert(|alerts| alerts.empty_within_hours = None, START);
        customer
    }

    fn usual() -> Shop {
        Shop::open(Zone::BEIJING, 0)
    }

    fn run<T>(&mut self, command: impl FnOnce(&mut Account, Context<'_>, &mut Vec<Recorded>) -> T) -> T {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let done = command(&mut self.account, context, &mut self.journal);
        self.account.check_at_rest().unwrap();
        done
    }

    fn enable(&mut self, now: &str) {
        let place = (&name("general-text"), &name("north"));
        let mode = SubscriptionMode::PayPerUse;
        self.run(|account, context, out| account.subscribe(context, place, mode, at(now), out)).unwrap();
    }

    fn alert(&mut self, change: impl FnOnce(&mut Alerts), now: &str) {
        let mut alerts = *self.account.alerts();
        change(&mut alerts);
        self.run(|account, context, out| account.set_alerts(context, alerts, at(now), out)).unwrap();
    }

    fn alert_below(&mut self, threshold: &str, now: &str) {
        self.alert(|alerts| alerts.balance = Some(money(threshold)), now);
    }

    fn top_up(&mut self, amount: &str, now: &str) {
        self.run(|account, context, out| account.top_up(context, money(amount), None, at(now), out)).unwrap();
    }

    fn tick(&mut self, now: &str) {
        self.run(|account, context, out| account.tick(context, at(now), out));
    }

    fn begin(&mut self, now: &str) -> Authorisation {
        self.calls += 1;
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let (id, place) = (ChargeId(self.calls), (&name("general-text"), &name("north")));
        let (holds, out) = (&mut self.holds, &mut self.journal);
        self.account
            .authorise(
                holds,
                context,
                id,
                CallFor { api: place.0, region: place.1, enterprise_project: None, units: 1 },
                at(now),
                out,
            )
            .unwrap()
    }

    fn finish(&mut self, given: &Authorisation, now: &str) {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        self.account.commit(&mut self.holds, context, given, 1, at(now), &mut self.journal).unwrap();
        self.account.check_at_rest().unwrap();
    }

    fn call(&mut self, now: &str) {
        let given = self.begin(now);
        self.finish(&given, now);
    }

    /// The notices of a kind, with their instants.
    fn told(&self, word: &str) -> Vec<(Timestamp, NoticeKind)> {
        let notices = self.journal.iter().filter_map(|recorded| match &recorded.event {
            Event::Noticed { notice } => Some((recorded.at, notice.kind.clone())),
            _ => None,
        });
        notices.filter(|(_, kind)| kind.word() == word).collect()
    }
}

/// "Level-triggered alerts spam on each debit"; "each account should be notified only once".
#[test]
fn an_alert_is_not_repeated_with_every_call() {
    let mut customer = Shop::usual();
    customer.top_up("12", START);
    customer.alert_below("10", START);
    for _ in 0..10 {
        customer.call("2023-04-18 09:01:00");
    }
    customer.tick("2023-04-18 10:00:00");
    let told = customer.told("balance_low");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, NoticeKind::BalanceLow { available: money("9"), threshold: money("10") });
}

/// "Race between evaluations creates duplicate alerts": calls side by side, all permitted before the first is done.
#[test]
fn calls_side_by_side_cross_a_threshold_once() {
    let mut customer = Shop::usual();
    customer.top_up("12", START);
    customer.alert_below("10", START);
    let under_way: Vec<_> = (0..8).map(|_| customer.begin("2023-04-18 09:01:00")).collect();
    assert_eq!(customer.told("balance_low"), [], "nothing is spent yet");
    for given in under_way.iter().rev() {
        customer.finish(given, "2023-04-18 09:01:01");
    }
    assert_eq!(customer.told("balance_low").len(), 1);
}

/// "Threshold of type NUMBER never fires": every kind of threshold does, and one that lies above the balance at once.
#[test]
fn every_kind_of_threshold_is_reached() {
    for (percent, calls, left) in [(Some(30), None, 3), (None, Some(4), 4), (Some(30), Some(4), 4)] {
        let mut customer = Shop::usual();
        customer.alert(|alerts| (alerts.package_percent, alerts.package_calls) = (percent, calls), START);
        let lot = NewLot {
            api: name("general-text"),
            region: name("north"),
            source: Source::Free,
            units: 10,
            effective_at: at(START),
            expires_at: at("2023-12-31 23:59:59"),
            enterprise_project: None,
            price: Money::ZERO,
        };
        customer.run(|account, context, out| account.grant_lot(context, lot, None, at(START), out)).unwrap();
        for _ in 0..10 {
            customer.call("2023-04-18 09:01:00");
        }
        let told = customer.told("package_low");
        assert_eq!(told.len(), 1, "{percent:?} {calls:?}");
        assert!(matches!(told[0].1, NoticeKind::PackageLow { left: found, .. } if found == left));
        assert_eq!(customer.told("package_used_up").len(), 1);
    }
    let mut customer = Shop::usual();
    customer.top_up("3", START);
    customer.alert_below("10", START);
    assert_eq!(customer.told("balance_low").len(), 1);
}

/// "Uses wall clock not event date so late notifications shift the ladder": nobody comes by for months, and all the
/// same each step is told at its own instant, in order.
#[test]
fn a_late_tick_warns_at_the_instants_that_were_due() {
    let mut customer = Shop::usual();
    customer.call("2023-04-18 09:01:00");
    customer.tick("2023-09-01 00:00:00");
    let instants = |word| customer.told(word).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    assert_eq!(instants("grace_ends"), [at("2023-04-22 10:00:00"), at("2023-04-24 10:00:00")]);
    assert_eq!(instants("frozen"), [at("2023-04-25 10:00:00")]);
    assert_eq!(instants("release_near"), [at("2023-05-07 10:00:00"), at("2023-05-09 10:00:00")]);
    assert_eq!(instants("released"), [at("2023-05-10 10:00:00")]);
    assert_eq!(instants("bill_ready"), [at("2023-05-03 00:00:00")]);
    assert!(customer.journal.is_sorted_by_key(|recorded| recorded.at));
}

/// "BLOCKED not cleared after payment", "not unfrozen after paying": the payment restores, in the same command, and
/// says from what.
#[test]
fn payment_restores_at_once_and_says_so() {
    let mut customer = Shop::usual();
    customer.call("2023-04-18 09:01:00");
    customer.tick("2023-04-26 00:00:00");
    assert_eq!(customer.account.standing().word(), "frozen");
    customer.top_up("1", "2023-04-26 00:00:01");
    assert_eq!(customer.account.standing().word(), "good");
    let told = customer.told("restored");
    assert!(matches!(&told[..], [(_, NoticeKind::Restored { from, .. })] if from.word() == "frozen"));
    customer.call("2023-04-26 00:00:02");
    // The warnings of the arrears that are over are not given any more; those of new ones begin anew.
    customer.tick("2023-04-30 00:00:00");
    assert_eq!(customer.told("release_near"), []);
}

/// After a release the payment alone restores nothing; enabling something again does, and that is told, once.
#[test]
fn leaving_released_is_told_once() {
    let mut customer = Shop::usual();
    customer.call("2023-04-18 09:01:00");
    customer.tick("2023-05-20 00:00:00");
    assert_eq!(customer.account.standing().word(), "released");
    customer.top_up("5", "2023-05-20 00:00:01");
    assert_eq!(customer.told("restored"), []);
    customer.enable("2023-05-20 00:00:02");
    customer.enable("2023-05-20 00:00:03");
    assert_eq!(customer.account.standing().word(), "good");
    let told = customer.told("restored");
    assert!(matches!(&told[..], [(told_at, NoticeKind::Restored { from, debt_paid: Money::ZERO })]
        if from.word() == "released" && *told_at == at("2023-05-20 00:00:02")));
}

/// "Unfreeze on adding a card rather than on paying lets users abuse": nothing but payment in full restores, and a part
/// of it does not start the ladder again.
#[test]
fn part_of_the_debt_restores_nothing_and_shifts_no_warning() {
    let mut customer = Shop::usual();
    customer.call("2023-04-18 09:01:00");
    customer.call("2023-04-18 09:01:01");
    customer.top_up("1", "2023-04-20 00:00:00");
    customer.run(|account, context, out| {
        account.change_tier(context, Tier::V5, at("2023-04-20 00:00:01"), out);
    });
    assert_eq!(customer.account.standing().word(), "grace");
    customer.tick("2023-04-24 10:00:00");
    let told = customer.told("grace_ends");
    assert_eq!(
        told.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [at("2023-04-22 10:00:00"), at("2023-04-24 10:00:00")]
    );
    assert!(
        told.iter()
            .all(|(_, kind)| matches!(kind, NoticeKind::GraceEnds { debt, .. } if *debt == money("1")))
    );
    assert_eq!(customer.told("restored"), []);
}

/// "Charged or invoiced while suspended": frozen, no call is charged, and the bill of the month has what came before.
#[test]
fn nothing_is_billed_while_frozen() {
    let mut customer = Shop::usual();
    customer.call("2023-04-18 09:01:00");
    customer.tick("2023-04-26 00:00:00");
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let place = (&name("general-text"), &name("north"));
    let (now, out) = (at("2023-04-26 00:00:01"), &mut customer.journal);
    let refused = customer.account.authorise(
        &mut customer.holds,
        context,
        ChargeId(99),
        CallFor { api: place.0, region: place.1, enterprise_project: None, units: 1 },
        now,
        out,
    );
    assert!(matches!(*refused.unwrap_err().reason, Reason::Frozen { .. }));
    customer.tick("2023-07-01 00:00:00");
    let told = customer.told("bill_ready");
    assert_eq!(told.len(), 1, "no bill of a month in which nothing was used");
    assert!(matches!(told[0].1, NoticeKind::BillReady { total, .. } if total == money("1")));
}

/// A debt that was paid since is not told as if it were owed: the bill says what of it still is.
#[test]
fn a_bill_says_what_of_its_debt_is_still_owed() {
    for (paid, outstanding) in [("0", "3"), ("1", "2"), ("3", "0"), ("9", "0")] {
        let mut customer = Shop::open(Zone::BEIJING, 0);
        for _ in 0..3 {
            customer.call("2023-04-28 09:00:00");
        }
        customer.tick("2023-04-28 12:00:00");
        if paid != "0" {
            customer.top_up(paid, "2023-04-28 13:00:00");
        }
        // What is owed for the next month's calls is no part of it.
        customer.call("2023-05-01 09:00:00");
        customer.tick("2023-05-03 00:00:00");
        let told = customer.told("bill_ready");
        let NoticeKind::BillReady { debt, outstanding: owed, .. } = told[0].1 else { panic!("{told:?}") };
        assert_eq!((debt, owed), (money("3"), money(outstanding)), "{paid} was paid");
    }
}

/// "Billing in customer time zone": the month closes on the 3rd of where the customer is.
#[test]
fn a_month_closes_in_the_zone_of_the_account() {
    let mut customer = Shop::open(Zone::from_offset_minutes(-600).unwrap(), 0);
    customer.top_up("10", START);
    // Still April in Hawaii.
    customer.call("2023-05-01 17:59:00");
    customer.call("2023-05-01 18:01:00");
    customer.tick("2023-06-30 00:00:00");
    let told = customer.told("bill_ready");
    let months: Vec<String> = told
        .iter()
        .map(|(at, kind)| match kind {
            NoticeKind::BillReady { month, total, .. } => format!("{month} {total} {at}"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(months, ["2023-04 1.00 2023-05-03T10:00:00Z", "2023-05 1.00 2023-06-03T10:00:00Z"]);
}

/// "Late usage vs. closing": a month whose last hour is settled after the 3rd waits for it.
#[test]
fn a_month_closes_when_its_last_hour_is_settled() {
    // The longest delay there is: the last hour is settled in the instant at which the month closes.
    let two_days = 2 * 24 * 60;
    let mut customer = Shop::open(Zone::BEIJING, two_days);
    customer.top_up("10", START);
    customer.call("2023-04-20 09:00:00");
    customer.call("2023-04-30 23:30:00");
    customer.tick("2023-05-02 23:59:59");
    assert_eq!(customer.told("bill_ready"), []);
    customer.tick("2023-05-10 00:00:00");
    let told = customer.told("bill_ready");
    assert_eq!((told.len(), told[0].0), (1, at("2023-05-03 00:00:00")));
    assert!(matches!(told[0].1, NoticeKind::BillReady { total, debt, .. }
        if (total, debt) == (money("2"), Money::ZERO)));
}
