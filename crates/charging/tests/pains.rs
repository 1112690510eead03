//! What users of other billing systems complain about, each as a test that it does not happen here. The threads are
//! named so that the complaint can be read. Those that only a whole server can show are in the server's tests, under the
//! same name.
#![allow(clippy::unwrap_used)]

mod common;

use charging::*;
use common::{Shop, catalog, money, name, version};

/// An instant of the day it happens on.
fn at(time: &str) -> Timestamp {
    common::at(&format!("2026-11-23 {time}"))
}

impl Shop {
    /// A call costs 1; ten cost 8.
    fn open(policy: &str) -> Shop {
        let catalog = catalog(vec![version(1, &[(0, "1")])], Some(("8", 12)));
        let mut customer = Shop::with(catalog, Policies::presets(), policy, Zone::BEIJING, at("09:00:00"));
        customer.enable("09:00:00").unwrap();
        customer
    }

    fn enable(&mut self, now: &str) -> Result<(), Refusal> {
        let (service, mode) = ((&name("general-text"), &name("north")), SubscriptionMode::PayPerUse);
        self.account.subscribe(
            Context { catalog: &self.catalog, policies: &self.policies },
            service,
            mode,
            at(now),
            &mut self.journal,
        )
    }

    fn call(&mut self, now: &str) -> Result<Receipt, Refusal> {
        self.calls += 1;
        let (id, api, region) = (ChargeId(self.calls), name("general-text"), name("north"));
        let (holds, out) = (&mut self.holds, &mut self.journal);
        self.account.charge(
            holds,
            Context { catalog: &self.catalog, policies: &self.policies },
            id,
            CallFor { api: &api, region: &region, enterprise_project: None, units: 1 },
            at(now),
            out,
        )
    }

    fn top_up(&mut self, amount: &str, key: u128, now: &str) -> Result<TopUpOutcome, Refusal> {
        let key = Some(Key(ChargeId(key)));
        self.account.top_up(
            Context { catalog: &self.catalog, policies: &self.policies },
            money(amount),
            key,
            at(now),
            &mut self.journal,
        )
    }

    fn answer(&mut self, no: u64, answer: PaymentAnswer, now: &str) -> Result<Option<Money>, Refusal> {
        self.account.resolve_top_up(
            Context { catalog: &self.catalog, policies: &self.policies },
            no,
            answer,
            at(now),
            &mut self.journal,
        )
    }

    fn rule(&mut self, below: &str, amount: &str, now: &str) {
        let rule = AutoTopUp { below: money(below), amount: money(amount), monthly_limit: None };
        self.account
            .set_auto_top_up(
                Context { catalog: &self.catalog, policies: &self.policies },
                rule,
                at(now),
                &mut self.journal,
            )
            .unwrap();
    }

    fn tick(&mut self, now: Timestamp) {
        self.account.tick(
            Context { catalog: &self.catalog, policies: &self.policies },
            now,
            &mut self.journal,
        );
    }

    /// The account as it comes back from its journal.
    fn restart(&mut self) {
        let replayed = self.replayed();
        assert_eq!(replayed, self.account);
        (self.account, self.holds) = (replayed, Holds::default());
    }

    fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.journal.iter().filter(|recorded| is(&recorded.event)).count()
    }
}

fn is_request(event: &Event) -> bool {
    matches!(event, Event::TopUpRequested { .. })
}

/// "Retrying after a lost ack refunds twice" (elizaOS/eliza#10930): the key of a correction outlives a restart, and
/// with other content it is a conflict.
#[test]
fn a_refund_that_is_sent_again_is_not_refunded_twice() {
    let mut customer = Shop::open("intl");
    let key = Some(Key(ChargeId(7)));
    let refund = |customer: &mut Shop, amount: &str, reason: &str| {
        customer.account.adjust(
            Context { catalog: &customer.catalog, policies: &customer.policies },
            money(amount),
            reason,
            key,
            at("09:01:00"),
            &mut customer.journal,
        )
    };
    assert!(!refund(&mut customer, "5", "a picture charged twice").unwrap().repeated);
    customer.restart();
    assert!(refund(&mut customer, "5", "a picture charged twice").unwrap().repeated);
    assert_eq!(refund(&mut customer, "6", "a picture charged twice").unwrap_err().word(), "key_conflict");
    assert_eq!(refund(&mut customer, "5", "another picture").unwrap_err().word(), "key_conflict");
    assert_eq!(customer.account.cash(), money("5"));
    // The key of a correction is no key of a top-up either.
    assert_eq!(customer.top_up("5", 7, "09:02:00").unwrap_err().word(), "key_conflict");
}

/// "Customers charged 2–3 times for one top-up" (akash-network/console#3449): the provider's answer counts once,
/// however often and whenever it comes.
#[test]
fn a_payment_that_is_reported_three_times_is_paid_in_once() {
    let mut customer = Shop::open("intl");
    let key = Some(Key(ChargeId(3)));
    let account = &mut customer.account;
    let asked = account.request_top_up(
        Context { catalog: &customer.catalog, policies: &customer.policies },
        money("30"),
        key,
        at("09:01:00"),
        &mut customer.journal,
    );
    let no = asked.unwrap().no;
    for now in ["09:02:00", "09:02:00", "09:05:00"] {
        customer.answer(no, PaymentAnswer::Paid, now).unwrap();
        customer.restart();
    }
    // Nor does a late "no" take it back.
    customer.answer(no, PaymentAnswer::Declined { detail: "late".into() }, "09:06:00").unwrap();
    assert_eq!(customer.account.cash(), money("30"));
}

/// "Balance must be allowed negative and carry into the next top-up" (polarsource/polar#5648, meteroid#1251): what
/// an hour could not collect comes out of the next money, automatic or not.
#[test]
fn a_debt_is_carried_into_the_next_top_up() {
    let mut customer = Shop::open("intl");
    customer.rule("1", "10", "09:00:10");
    for _ in 0..4 {
        customer.call("09:01:00").unwrap();
    }
    customer.tick(at("10:00:00"));
    assert_eq!((customer.account.debt(), customer.account.credit()), (money("4"), money("-4")));
    customer.answer(1, PaymentAnswer::Paid, "10:00:01").unwrap();
    let books = (customer.account.debt(), customer.account.cash(), customer.account.credit());
    assert_eq!(books, (Money::ZERO, money("6"), money("6")));
}

/// "Duplicate auto top-up invoices", from evaluations that race each other (flexprice#2155): one request a rule is
/// under way, across calls, ticks, restarts and a rule set again.
#[test]
fn a_rule_asks_once_however_often_it_is_looked_at() {
    let mut customer = Shop::open("intl");
    customer.top_up("5", 1, "09:00:01").unwrap();
    customer.rule("5", "10", "09:00:10");
    for _ in 0..20 {
        customer.call("09:01:00").unwrap();
        customer.restart();
        customer.tick(at("09:01:00"));
    }
    customer.rule("6", "10", "09:02:00");
    customer.rule("7", "12", "09:03:00");
    customer.tick(at("23:00:00"));
    assert_eq!(customer.count(is_request), 1);
    // Only its answer lets the rule ask again.
    customer.answer(1, PaymentAnswer::Paid, "23:00:01").unwrap();
    assert_eq!(customer.count(is_request), 2);
}

/// "Unfreezing on adding a card rather than on paying lets users abuse 30 days again and again" (storj/storj#5705):
/// a rule, a request and a request declined change nothing about a freeze; the money does, at once.
#[test]
fn asking_for_money_thaws_nothing_and_money_thaws_at_once() {
    let mut customer = Shop::open("cn");
    customer.call("09:01:00").unwrap();
    customer.tick(at("10:00:00"));
    assert_eq!(customer.account.standing().word(), "frozen");
    customer.rule("5", "10", "10:01:00");
    assert_eq!(customer.account.standing().word(), "frozen");
    customer.answer(1, PaymentAnswer::Declined { detail: "card expired".into() }, "10:02:00").unwrap();
    assert_eq!(customer.call("10:03:00").unwrap_err().word(), "frozen");
    customer.tick(at("11:02:00"));
    customer.answer(2, PaymentAnswer::Paid, "11:02:01").unwrap();
    assert_eq!(customer.account.standing().word(), "good");
    customer.call("11:02:01").unwrap();
}

/// "Not unfrozen after paying" (Paymenter/Paymenter#854): not even where the money is an operator's correction.
#[test]
fn a_correction_that_pays_the_debt_thaws_too() {
    let mut customer = Shop::open("cn");
    customer.call("09:01:00").unwrap();
    customer.tick(at("10:00:00"));
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let out = &mut customer.journal;
    let paid = customer.account.adjust(context, money("1"), "goodwill", None, at("10:05:00"), out).unwrap();
    assert_eq!((paid.debt_paid, customer.account.standing().word()), (money("1"), "good"));
    customer.call("10:05:01").unwrap();
}

/// "Charged or invoiced while suspended" (service-bot#236, Ubiquiti-App/UCRM#139): auto-renewal buys nothing while
/// something is owed, and no coupon, credit or quota is lost by being frozen (kirodotdev/Kiro#6690).
#[test]
fn nothing_is_renewed_or_lost_while_frozen() {
    let mut customer = Shop::open("intl");
    customer.top_up("8", 1, "09:00:01").unwrap();
    let service = (&name("general-text"), &name("north"));
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let out = &mut customer.journal;
    customer
        .account
        .buy_package(context, (service.0, service.1, 10), CouponChoice::Automatic, None, at("09:00:02"), out)
        .unwrap();
    customer
        .account
        .set_renewal(context, LotNo(0), RenewalPlan::new(RenewalMode::Auto, 7), at("09:00:03"), out)
        .unwrap();
    let ends = customer.account.lots()[0].expires_at;
    // Eleven months later a call too many; the coupon is for another time, the debt for now.
    let month = Timestamp::from_ms(ends.ms() - 30 * 24 * HOUR_MS);
    for id in 0..11 {
        let holds = &mut customer.holds;
        let id = ChargeId(1000 + id);
        customer
            .account
            .charge(
                holds,
                context,
                id,
                CallFor { api: service.0, region: service.1, enterprise_project: None, units: 1 },
                month,
                out,
            )
            .unwrap();
    }
    let coupon = NewCoupon {
        worth: CouponWorth::Cash { face: money("100") },
        apis: vec![],
        regions: vec![],
        valid_from: month.plus_ms(2 * HOUR_MS),
        valid_to: ends.plus_days(300),
    };
    customer.account.give_coupon(context, coupon, None, month, out).unwrap();
    customer.tick(ends);
    assert_eq!(customer.account.standing().word(), "frozen");
    assert_eq!(customer.account.lots().len(), 1, "nothing was renewed");
    let failed = |event: &Event| matches!(event, Event::RenewalAttempted { .. });
    assert_eq!(customer.count(failed), 8);
    assert_eq!(customer.account.left_in_coupons(ends).all, money("100"));
    customer.account.check_at_rest().unwrap();
}

impl Shop {
    fn alert_below(&mut self, threshold: &str, now: &str) {
        let alerts =
            Alerts { balance: Some(money(threshold)), empty_within_hours: None, ..*self.account.alerts() };
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        self.account.set_alerts(context, alerts, at(now), &mut self.journal).unwrap();
    }

    fn told(&self, word: &str) -> usize {
        self.count(|event| matches!(event, Event::Noticed { notice } if notice.kind.word() == word))
    }
}

/// "Level-triggered alerts spam on each debit" (blnk#318), "each account should be notified only once" (cgrates#1020):
/// below the threshold every call, tick and restart is silent, until the balance was clearly above it again.
#[test]
fn a_threshold_is_told_of_once_however_many_calls_lie_below_it() {
    let mut customer = Shop::open("intl");
    customer.top_up("30", 1, "09:00:01").unwrap();
    customer.alert_below("20", "09:00:02");
    for call in 0..25 {
        customer.call("09:01:00").unwrap();
        customer.tick(at("09:01:01"));
        customer.restart();
        assert_eq!(customer.told("balance_low"), usize::from(call >= 10), "after {} calls", call + 1);
    }
    // Just above the threshold is no recovery, for the next call would be news again.
    customer.top_up("15.50", 2, "09:02:00").unwrap();
    customer.call("09:02:01").unwrap();
    assert_eq!(customer.told("balance_low"), 1);
    customer.top_up("20", 3, "09:03:00").unwrap();
    (0..20).for_each(|_| drop(customer.call("09:04:00").unwrap()));
    assert_eq!(customer.told("balance_low"), 2);
}

/// "A race between evaluations creates duplicate alerts" (flexprice#2155): calls that end side by side, in whatever
/// order, with a tick or a restart between any two, cross the line once.
#[test]
fn calls_that_race_across_a_threshold_tell_of_it_once() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let mut customer = Shop::open("intl");
        customer.top_up("10", 1, "09:00:01").unwrap();
        customer.alert_below("8", "09:00:02");
        let context = Context { catalog: &customer.catalog, policies: &customer.policies };
        let (api, region) = (name("general-text"), name("north"));
        let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
        let mut begin = |id| {
            let (holds, out) = (&mut customer.holds, &mut customer.journal);
            customer.account.authorise(holds, context, ChargeId(id), call, at("09:01:00"), out).unwrap()
        };
        let under_way = [begin(1), begin(2), begin(3), begin(4)];
        for place in order {
            let (holds, out) = (&mut customer.holds, &mut customer.journal);
            customer.account.commit(holds, context, &under_way[place], 1, at("09:01:02"), out).unwrap();
            customer.account.tick(context, at("09:01:02"), &mut customer.journal);
        }
        assert_eq!(customer.told("balance_low"), 1, "{order:?}");
        customer.restart();
        customer.tick(at("09:30:00"));
        assert_eq!(customer.told("balance_low"), 1, "{order:?}");
    }
}

/// "A threshold of type NUMBER never fires" (openmeter#3200): whatever the threshold and whatever the call costs, the
/// call that takes the balance below it tells of it.
#[test]
fn no_threshold_is_passed_in_silence() {
    for threshold in ["0.00000001", "0.5", "1", "4.99999999", "5", "5.00000001", "9"] {
        let mut customer = Shop::open("intl");
        customer.top_up("9", 1, "09:00:01").unwrap();
        customer.alert_below(threshold, "09:00:02");
        for _ in 0..10 {
            customer.call("09:01:00").unwrap();
            let is_below = customer.account.balance_for_alerts() < money(threshold);
            assert_eq!(customer.told("balance_low"), usize::from(is_below), "{threshold}");
        }
        assert_eq!(customer.told("balance_low"), 1, "{threshold}");
    }
}

/// "Failed calls must not look charged" (gianpaj/sexyvoice#503): a call that was authorised and failed leaves nothing
/// behind, neither in the books nor kept back.
#[test]
fn a_failed_call_leaves_no_trace() {
    let mut customer = Shop::open("intl");
    customer.top_up("1", 1, "09:00:01").unwrap();
    let before = (customer.account.clone(), customer.journal.len());
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let (api, region) = (name("general-text"), name("north"));
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let (holds, out) = (&mut customer.holds, &mut customer.journal);
    let given = customer.account.authorise(holds, context, ChargeId(1), call, at("09:00:01"), out).unwrap();
    assert_eq!(customer.holds.amount(), money("1"));
    customer.account.void(&mut customer.holds, &given);
    assert_eq!((customer.account.clone(), customer.journal.len()), before);
    assert_eq!(customer.holds.amount(), Money::ZERO);
    // Nor can it be charged afterwards.
    let (holds, out) = (&mut customer.holds, &mut customer.journal);
    assert!(customer.account.commit(holds, context, &given, 1, at("09:00:02"), out).is_err());
    assert_eq!(customer.account.available(&customer.holds), money("1"));
}

/// "Refund and void pay twice" (flexprice#2685), "credit note of unused prepaid" (lago-api#2676): what is given back is
/// given back once, and together with what it was used for it comes to the price.
#[test]
fn a_package_is_given_back_once() {
    let mut customer = Shop::open("intl");
    customer.top_up("16", 1, "09:00:01").unwrap();
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let (api, region) = (name("general-text"), name("north"));
    let (account, out) = (&mut customer.account, &mut customer.journal);
    let order = (&api, &region, 10);
    account.buy_package(context, order, CouponChoice::Automatic, None, at("09:00:02"), out).unwrap();
    account.renew(context, LotNo(0), CouponChoice::Automatic, None, at("09:00:03"), out).unwrap();
    assert_eq!(account.cash(), Money::ZERO);
    // The next period has not begun.
    let mut give_back = |now: &str| {
        let (holds, out) = (&mut customer.holds, &mut customer.journal);
        let context = (context, holds);
        customer.account.unsubscribe_package(context, LotNo(0), Unsubscribe::Renewals, at(now), out)
    };
    let given = give_back("09:01:00").unwrap();
    let refund = given[0];
    assert_eq!((given.len(), refund.amount()), (1, money("8")));
    for now in ["09:01:00", "09:02:00", "23:00:00"] {
        give_back(now).unwrap_err();
    }
    assert_eq!(customer.account.cash(), refund.cash);
    customer.account.check_at_rest().unwrap();
    customer.restart();
}

/// "Settlement cost grows with rows claimed" (polar#13803): an hour is closed by one line for each price, whether it had
/// ten calls or ten thousand.
#[test]
fn an_hour_is_settled_by_its_prices_and_not_by_its_calls() {
    let sizes = [10, 10_000].map(|calls| {
        let mut customer = Shop::open("intl");
        for _ in 0..calls {
            customer.call("09:01:00").unwrap();
        }
        let before = customer.journal.len();
        customer.tick(at("10:00:00"));
        let settled = customer.journal[before..].iter().find_map(|recorded| match &recorded.event {
            Event::HourSettled { lines, .. } => Some(lines.clone()),
            _ => None,
        });
        let lines = settled.unwrap();
        assert_eq!(lines.iter().map(|line| line.units).sum::<u64>(), calls);
        (lines.len(), customer.journal.len() - before)
    });
    assert_eq!(sizes[0], sizes[1]);
    assert_eq!(sizes[0].0, 1);
}

/// A reached cap is seen before the next call runs into it: an account tells of one exactly while a call is refused for
/// it.
#[test]
fn a_reached_cap_is_told_exactly_while_calls_are_refused() {
    for cap in ["0", "0.5", "2", "2.5"] {
        let mut customer = Shop::open("intl");
        let context = Context { catalog: &customer.catalog, policies: &customer.policies };
        let (account, out) = (&mut customer.account, &mut customer.journal);
        account.set_spend_cap(context, None, money(cap), at("09:00:01"), out).unwrap();
        for _ in 0..4 {
            let context = Context { catalog: &customer.catalog, policies: &customer.policies };
            let reached = customer.account.reached_caps(context, at("09:01:00"));
            let refused = customer.call("09:01:00").err().map(|refusal| refusal.word());
            assert_eq!(refused, (!reached.is_empty()).then_some("spend_cap_reached"), "{cap}");
            if let [reached] = &reached[..] {
                assert_eq!((reached.name(), &reached.apis[..]), (ALL_APIS, &[name("general-text")][..]));
                let text = reached.text("CNY", Zone::BEIJING);
                assert!(text.contains("until 2026-12-01 00:00 calls of general-text"), "{text}");
                assert!(reached.cure(None, Zone::BEIJING).starts_with("Raise the cap"));
            }
        }
        // Without pay-per-use it refuses nothing.
        let context = Context { catalog: &customer.catalog, policies: &customer.policies };
        let place = (&name("general-text"), &name("north"));
        let (account, out) = (&mut customer.account, &mut customer.journal);
        account.unsubscribe(context, place, at("09:02:00"), out).unwrap();
        assert_eq!(account.reached_caps(context, at("09:02:00")), []);
    }
}

/// Settings cost nothing, messages do: whoever changes thresholds, budgets, caps, rules and subscriptions in a loop is
/// told a few times a day.
#[test]
fn no_setting_makes_it_send_without_bound() {
    let mut customer = Shop::open("intl");
    customer.top_up("100", 1, "09:00:01").unwrap();
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let out = &mut customer.journal;
    let elsewhere = NewLot {
        api: name("general-text"),
        region: name("north"),
        source: Source::Promotion,
        units: 10,
        effective_at: Timestamp::EPOCH,
        expires_at: at("09:00:00").plus_days(90),
        enterprise_project: None,
        price: money("8"),
    };
    customer.account.grant_lot(context, elsewhere, None, at("09:00:02"), out).unwrap();
    (0..50).for_each(|_| drop(customer.call("09:01:00").unwrap()));
    let context = Context { catalog: &customer.catalog, policies: &customer.policies };
    let mut told = Vec::new();
    for day in 0..3_u16 {
        let before = customer.account.notices();
        for turn in 0..300_i64 {
            let now = at("10:00:00").plus_days(day).plus_ms(turn * 60_000);
            let (account, out) = (&mut customer.account, &mut customer.journal);
            let is_odd = turn % 2 == 1;
            let alerts = Alerts {
                balance: Some(if is_odd { money("1000") } else { money("2000").min(money("10")) }),
                empty_within_hours: Some(if is_odd { 8_000 } else { 3 }),
                package_percent: Some(if is_odd { 99 } else { 1 }),
                package_calls: is_odd.then_some(9),
                expiry_days: if is_odd { 90 } else { 0 },
            };
            account.set_alerts(context, alerts, now, out).unwrap();
            let budget = Budget {
                name: name(&format!("b{}", turn % 7)),
                amount: money("1"),
                api: None,
                region: None,
                enterprise_project: None,
                percents: vec![if is_odd { 10 } else { 20 }],
                forecast: is_odd,
            };
            account.set_budget(context, budget.clone(), now, out).unwrap();
            account.remove_budget(context, &budget.name, now, out).unwrap();
            let limit = if is_odd { money("500") } else { money("501") };
            let rule = AutoTopUp { below: money("500"), amount: money("500"), monthly_limit: Some(limit) };
            account.set_auto_top_up(context, rule, now, out).unwrap();
            let open = account.top_up_requests().map(|request| request.no).next();
            if let Some(no) = open {
                account.resolve_top_up(context, no, PaymentAnswer::Paid, now, out).unwrap();
                account.adjust(context, money("-500"), "paid back", None, now, out).unwrap();
            }
            account
                .set_spend_cap(context, None, if is_odd { money("1") } else { money("2") }, now, out)
                .unwrap();
            let id = ChargeId(1_000_000 + u128::from(day) * 1_000 + u128::try_from(turn).unwrap());
            let (api, region) = (name("general-text"), name("north"));
            let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 11 };
            account.charge(&mut customer.holds, context, id, call, now, out).unwrap_err();
        }
        told.push(customer.account.notices() - before);
    }
    assert!(told.iter().all(|times| *times > 0), "{told:?}");
    assert!(told.iter().all(|times| *times <= 14), "{told:?}");
    customer.restart();
}
