//! Rules at their edges: one small story each, for what random histories meet too seldom to be relied on.
#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

mod common;

use charging::{
    Assumptions, Authorisation, CallFor, ChargeId, Context, CouponChoice, DrawOrder, Event, Key, LOTS_LIMIT,
    Money, NewLot, PartAuthorisation, Policies, Reason, Receipt, Refusal, Source, SubscriptionMode,
    Timestamp, Verdict, Zone,
};

use common::{Shop, at, catalog, name, version};

const START: &str = "2023-04-18 09:00:00";

impl Shop {
    /// General text at 0.05, from the third call of a month on at 0.04; 10 calls for 1.00.
    fn open() -> Shop {
        let catalog = catalog(vec![version(1, &[(0, "0.05"), (2, "0.04")])], Some(("1", 12)));
        Shop::with(catalog, Policies::presets(), "intl", Zone::BEIJING, at(START))
    }

    fn enabled() -> Shop {
        let mut shop = Shop::open();
        let context = Context { catalog: &shop.catalog, policies: &shop.policies };
        let place = (&name("general-text"), &name("north"));
        let mode = SubscriptionMode::PayPerUse;
        shop.account.subscribe(context, place, mode, at(START), &mut shop.journal).unwrap();
        shop
    }

    fn tick(&mut self, now: Timestamp) {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        self.account.tick(context, now, &mut self.journal);
    }

    fn top_up(&mut self, amount: &str, now: &str) -> Result<(), Refusal> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let amount = amount.parse().unwrap();
        self.account.top_up(context, amount, None, at(now), &mut self.journal).map(drop)
    }

    fn buy(&mut self, key: u128, now: &str) -> Result<bool, Refusal> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let place = (&name("general-text"), &name("north"));
        let key = Some(Key(ChargeId(key)));
        self.account
            .buy_package(
                context,
                (place.0, place.1, 10),
                CouponChoice::Automatic,
                key,
                at(now),
                &mut self.journal,
            )
            .map(|order| order.repeated)
    }

    fn give(&mut self, units: u64, to: Timestamp, key: Option<u128>, now: &str) -> Result<bool, Refusal> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let new = NewLot {
            api: name("general-text"),
            region: name("north"),
            source: Source::Free,
            units,
            effective_at: Timestamp::EPOCH,
            expires_at: to,
            enterprise_project: None,
            price: Money::ZERO,
        };
        let key = key.map(|key| Key(ChargeId(key)));
        self.account.grant_lot(context, new, key, at(now), &mut self.journal).map(|order| order.repeated)
    }

    fn begin(&mut self, id: u128, units: u64, now: &str) -> Result<Authorisation, Refusal> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let place = (&name("general-text"), &name("north"));
        let (holds, id) = (&mut self.holds, ChargeId(id));
        self.account.authorise(
            holds,
            context,
            id,
            CallFor { api: place.0, region: place.1, enterprise_project: None, units },
            at(now),
            &mut self.journal,
        )
    }

    fn begin_part(&mut self, id: u128, units: u64, now: &str) -> Result<PartAuthorisation, Refusal> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let place = (&name("general-text"), &name("north"));
        let call = CallFor { api: place.0, region: place.1, enterprise_project: None, units };
        let holds = &mut self.holds;
        self.account.authorise_part(holds, context, ChargeId(id), call, at(now), &mut self.journal)
    }

    fn finish(&mut self, given: &Authorisation, units: u64, now: &str) -> Result<Receipt, Refusal> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        self.account.commit(&mut self.holds, context, given, units, at(now), &mut self.journal)
    }

    fn call(&mut self, id: u128, units: u64, now: &str) -> Result<Receipt, Refusal> {
        let given = self.begin(id, units, now)?;
        self.finish(&given, units, now)
    }
}

#[test]
fn as_much_is_kept_back_as_can_be_served() {
    for left in [1, 2, 3, 7, 15, 16, 17, 40] {
        let mut shop = Shop::open();
        shop.give(left, Timestamp::MAX, None, START).unwrap();
        let part = shop.begin_part(1, 16, START).unwrap();
        assert_eq!(part.units, left.min(16), "{left}");
        // Nobody else can have them meanwhile; what was not used comes back.
        let others = left - part.units;
        assert_eq!(shop.begin(2, others + 1, START).unwrap_err().word(), "not_subscribed", "{left}");
        let receipt = shop.finish(&part.authorisation, 1, START).unwrap();
        assert_eq!((receipt.units(), receipt.left_in_lots), (1, left - 1));
        assert!(shop.call(3, left, START).is_err(), "{left}");
        if left > 1 {
            assert!(shop.call(4, left - 1, START).is_ok(), "{left}");
        }
        let refused = shop.begin_part(5, 16, START).unwrap_err();
        assert_eq!(refused.word(), shop.begin(6, 1, START).unwrap_err().word());
    }
    let mut shop = Shop::enabled();
    assert_eq!(shop.begin_part(1, 1, START).unwrap().units, 1);
    assert_eq!(shop.begin_part(2, 0, START).unwrap_err().word(), "amount_out_of_range");
}

#[test]
fn a_call_in_parts_is_told_of_a_cap_only_if_it_is_refused() {
    let mut shop = Shop::enabled();
    let cap: Money = "0.13".parse().unwrap();
    let context = Context { catalog: &shop.catalog, policies: &shop.policies };
    shop.account.set_spend_cap(context, None, cap, at(START), &mut shop.journal).unwrap();
    let told =
        |shop: &Shop| shop.journal.iter().filter(|one| matches!(one.event, Event::Noticed { .. })).count();
    let before = told(&shop);
    // Two at 0.05 fit under the cap, and three at the dearest price do not.
    let part = shop.begin_part(1, 16, START).unwrap();
    assert_eq!((part.units, told(&shop)), (2, before));
    shop.finish(&part.authorisation, 2, START).unwrap();
    assert_eq!(shop.begin_part(2, 16, START).unwrap_err().word(), "spend_cap_reached");
    assert!(told(&shop) > before);
}

#[test]
fn a_lot_valid_to_the_end_of_time_never_ends() {
    let mut shop = Shop::open();
    shop.give(5, Timestamp::MAX, None, START).unwrap();
    shop.tick(Timestamp::MAX);
    shop.tick(Timestamp::MAX);
    assert_eq!(shop.account.lots()[0].left(), 5);
}

#[test]
fn a_lot_serves_in_its_last_instant_and_not_after_it() {
    let mut shop = Shop::open();
    let end = at("2023-04-18 23:59:59.999");
    shop.give(2, end, None, START).unwrap();
    assert!(shop.call(1, 1, "2023-04-18 23:59:59.999").is_ok());
    assert_eq!(shop.call(2, 1, "2023-04-19 00:00:00").unwrap_err().word(), "not_subscribed");
}

#[test]
fn units_under_way_when_their_lot_ends_are_drawn_all_the_same() {
    let mut shop = Shop::enabled();
    shop.give(3, at("2023-04-18 23:59:59.999"), None, START).unwrap();
    let given = shop.begin(1, 2, "2023-04-18 23:59:00").unwrap();
    shop.tick(at("2023-04-19 00:00:00"));
    assert_eq!((shop.account.lots()[0].drawn, shop.account.lots()[0].expired()), (0, 3));
    let receipt = shop.finish(&given, 2, "2023-04-19 00:00:01").unwrap();
    assert_eq!((receipt.amount(), receipt.draws[0].units), (Money::ZERO, 2));
    let lot = &shop.account.lots()[0];
    assert_eq!((lot.drawn, lot.expired(), lot.ended_at), (2, 1, Some(at("2023-04-19 00:00:00"))));
    // The usage period of pay-per-use begins when the lot ended, not when its last call did.
    shop.call(2, 1, "2023-04-19 00:00:02").unwrap();
    let lines = &shop.account.open_hours().first().unwrap().lines;
    assert_eq!(lines[0].used_from, at("2023-04-19 00:00:00"));
}

#[test]
fn an_id_under_way_is_not_permitted_twice() {
    let mut shop = Shop::enabled();
    shop.give(2, Timestamp::MAX, None, START).unwrap();
    let given = shop.begin(1, 1, START).unwrap();
    assert_eq!(shop.begin(1, 1, START).unwrap_err().word(), "key_conflict");
    shop.finish(&given, 1, START).unwrap();
    assert!(shop.holds.is_empty());
    assert_eq!(shop.holds.of_lot(shop.account.lots()[0].no), 0);
}

#[test]
fn a_price_taken_out_of_the_catalog_charges_nothing_and_serves_nothing() {
    let mut shop = Shop::enabled();
    let given = shop.begin(1, 1, START).unwrap();
    shop.catalog.apis.get_mut("general-text").unwrap().versions = vec![version(2, &[(0, "0.06")])];
    assert_eq!(shop.finish(&given, 1, START).unwrap_err().word(), "unknown_hold");
    assert_eq!((shop.account.charges(), shop.holds.len()), (0, 0));
    assert_eq!(shop.call(2, 1, START).unwrap().amount(), "0.06".parse().unwrap());
}

#[test]
fn a_package_costs_what_it_is_on_sale_for() {
    let mut shop = Shop::open();
    shop.top_up("9", START).unwrap();
    let (change, end) = (at("2023-05-01 00:00:00"), at("2023-06-01 00:00:00"));
    let mut dearer = shop.catalog.listings[0].clone();
    dearer.offer.price = "2".parse().unwrap();
    (dearer.on_sale_from, dearer.on_sale_until) = (Some(change), Some(end));
    shop.catalog.listings[0].on_sale_until = Some(change);
    shop.catalog.listings.push(dearer);
    shop.catalog = shop.catalog.clone().checked().unwrap();
    for (key, now, cash) in [(1, "2023-04-30 23:59:59", "8.00"), (2, "2023-05-01 00:00:00", "6.00")] {
        assert_eq!(shop.buy(key, now), Ok(false));
        assert_eq!(shop.account.cash().to_string(), cash, "{now}");
    }
    assert_eq!(shop.buy(3, "2023-05-31 23:59:59"), Ok(false));
    let refused = shop.buy(4, "2023-06-01 00:00:00").unwrap_err();
    assert!(matches!(*refused.reason, Reason::UnknownPackage { offered, .. } if offered.is_empty()));
    assert_eq!(shop.account.cash().to_string(), "4.00");
}

#[test]
fn a_repeated_order_is_known_by_what_was_ordered() {
    let mut shop = Shop::open();
    shop.top_up("1", START).unwrap();
    assert_eq!(shop.buy(7, START), Ok(false));
    shop.catalog.listings[0].offer.price = "2".parse().unwrap();
    assert_eq!(shop.buy(7, "2023-04-18 10:00:00"), Ok(true));
    shop.catalog.listings.clear();
    assert_eq!(shop.buy(7, "2023-04-18 11:00:00"), Ok(true));
    assert_eq!(shop.buy(8, "2023-04-18 11:00:00").unwrap_err().word(), "unknown_package");

    let end = at("2023-04-20 23:59:59");
    assert_eq!(shop.give(3, end, Some(9), "2023-04-18 12:00:00"), Ok(false));
    assert_eq!(shop.give(3, end, Some(9), "2023-05-01 12:00:00"), Ok(true), "though it has expired since");
    let later = shop.give(3, at("2023-06-30 23:59:59"), Some(9), "2023-05-01 12:00:00");
    assert_eq!(later.unwrap_err().word(), "key_conflict");
    assert_eq!(shop.account.lots().len(), 2);
}

#[test]
fn a_clock_that_goes_back_moves_no_event_back() {
    let mut shop = Shop::enabled();
    shop.call(1, 1, "2023-04-18 10:30:00").unwrap();
    shop.call(2, 1, "2023-04-18 10:10:00").unwrap();
    shop.top_up("1", "2023-04-18 09:30:00").unwrap();
    assert!(shop.journal.is_sorted_by_key(|recorded| recorded.at));
    assert_eq!(shop.account.latest(), at("2023-04-18 10:30:00"));
}

#[test]
fn tiers_are_counted_by_the_month_of_the_account() {
    let mut shop = Shop::enabled();
    let amounts = |receipt: Receipt| receipt.rated.iter().map(|r| (r.tier, r.units)).collect::<Vec<_>>();
    assert_eq!(amounts(shop.call(1, 5, "2023-04-30 23:59:59.999").unwrap()), [(0, 2), (1, 3)]);
    // Midnight in Beijing is the new month, though it is still April in Greenwich.
    assert_eq!(amounts(shop.call(2, 1, "2023-05-01 00:00:00").unwrap()), [(0, 1)]);
    assert_eq!(amounts(shop.call(3, 2, "2023-05-01 00:00:01").unwrap()), [(0, 1), (1, 1)]);
}

#[test]
fn fewer_units_than_permitted_spare_the_price_first_and_then_the_last_lots() {
    let mut shop = Shop::enabled();
    shop.give(2, at("2023-12-31 00:00:00"), None, START).unwrap();
    shop.give(2, Timestamp::MAX, None, START).unwrap();
    let given = shop.begin(1, 6, START).unwrap();
    let receipt = shop.finish(&given, 3, START).unwrap();
    let draws: Vec<_> = receipt.draws.iter().map(|d| (d.lot.0, d.units)).collect();
    assert_eq!((receipt.units(), receipt.amount(), draws), (3, Money::ZERO, vec![(0, 2), (1, 1)]));
    // A call may turn out to be worth nothing; more than permitted is never charged.
    let given = shop.begin(2, 1, START).unwrap();
    assert_eq!(shop.finish(&given, 0, START).unwrap().units(), 0);
    let given = shop.begin(3, 1, START).unwrap();
    assert_eq!(shop.finish(&given, 9, START).unwrap().units(), 1);
}

#[test]
fn nothing_beyond_the_limits_of_the_books_is_accepted() {
    let mut shop = Shop::enabled();
    for amount in ["0", "-1", "10000000000.00000001", "90000000000"] {
        let refused = shop.top_up(amount, START).unwrap_err();
        assert_eq!(*refused.reason, Reason::AmountOutOfRange, "{amount}");
    }
    shop.top_up("10000000000", START).unwrap();
    assert_eq!(shop.top_up("0.00000001", START).unwrap_err().word(), "amount_out_of_range");
    for units in [0, 1_000_001, u64::MAX] {
        assert_eq!(shop.begin(1, units, START).unwrap_err().word(), "amount_out_of_range");
    }
    for tier in &mut shop.catalog.apis.get_mut("general-text").unwrap().versions[0].tiers {
        tier.unit_price = "900000".parse().unwrap();
    }
    assert_eq!(shop.begin(1, 1_000_000, START).unwrap_err().word(), "amount_out_of_range");
    assert_eq!(shop.begin(1, 10_000, START).unwrap().pocket.word(), "pay_per_use");
    assert_eq!(shop.begin(2, 10_000, START).unwrap_err().word(), "amount_out_of_range");
}

#[test]
fn the_cure_names_only_packages_elsewhere() {
    let mut shop = Shop::open();
    shop.give(1, Timestamp::MAX, None, START).unwrap();
    let given = shop.begin(1, 1, START).unwrap();
    // The only unit is kept back: the own region is not "elsewhere".
    let refused = shop.begin(2, 1, START).unwrap_err();
    assert!(matches!(&*refused.reason, Reason::NotSubscribed { packages_in, .. } if packages_in.is_empty()));
    shop.finish(&given, 1, START).unwrap();
}

#[test]
fn the_cure_begins_with_the_debt() {
    let mut shop = Shop::enabled();
    let given = shop.begin(1, 1, START).unwrap();
    shop.finish(&given, 1, START).unwrap();
    shop.tick(at("2023-04-18 10:00:00"));
    // Calls of a package go on in grace; nothing can be enabled or bought before the debt is paid.
    let context = Context { catalog: &shop.catalog, policies: &shop.policies };
    let place = (&name("general-text"), &name("north"));
    let later = at("2023-04-18 10:00:01");
    shop.account.unsubscribe(context, place, later, &mut shop.journal).unwrap();
    let refused = shop.begin(2, 1, "2023-04-18 10:00:02").unwrap_err();
    assert_eq!(refused.word(), "not_subscribed");
    let cure = "Top up at least 0.05, then enable general-text in north, or buy a package for it there.";
    assert_eq!(refused.cure(), cure);
    shop.top_up("0.05", "2023-04-18 10:00:03").unwrap();
    let refused = shop.begin(2, 1, "2023-04-18 10:00:04").unwrap_err();
    assert_eq!(refused.cure(), "Enable general-text in north, or buy a package for it there.");
}

#[test]
fn an_explanation_says_why_of_every_lot() {
    let mut shop = Shop::enabled();
    let day = at("2023-04-18 23:59:59.999");
    for units in [1, 5, 5] {
        shop.give(units, day, None, START).unwrap();
    }
    shop.call(1, 1, START).unwrap();
    let before = shop.account.clone();
    shop.call(2, 2, START).unwrap();
    let explanation = before.explain(shop.journal.last().unwrap(), DrawOrder::default()).unwrap();
    let verdicts: Vec<_> = explanation.lots.iter().map(|v| (v.lot.0, v.verdict)).collect();
    assert_eq!(verdicts, [(0, Verdict::UsedUp), (1, Verdict::Drawn(2)), (2, Verdict::NotNeeded)]);
    shop.tick(day.plus_ms(1));
    let before = shop.account.clone();
    shop.call(3, 1, "2023-04-19 00:00:00").unwrap();
    let charged = shop.journal.last().unwrap();
    assert!(matches!(charged.event, Event::Charged { .. }));
    let explanation = before.explain(charged, DrawOrder::default()).unwrap();
    let verdicts: Vec<_> = explanation.lots.iter().map(|v| (v.lot.0, v.verdict)).collect();
    // The first had nothing left to lose by its end.
    assert_eq!(verdicts, [(0, Verdict::UsedUp), (1, Verdict::Expired), (2, Verdict::Expired)]);
    assert_eq!(explanation.rated.len(), 1);
}

#[test]
fn a_zone_read_from_a_store_is_checked() {
    let stored = |minutes: i16| postcard::to_allocvec(&minutes).unwrap();
    assert_eq!(postcard::from_bytes::<Zone>(&stored(480)), Ok(Zone::BEIJING));
    assert!(postcard::from_bytes::<Zone>(&stored(1_081)).is_err());
}

/// However many packages an account has ever had, those with units left are few enough to foresee the end of them all.
#[test]
fn packages_with_units_left_are_limited_and_all_foreseen() {
    let mut shop = Shop::open();
    let mut end = at("2023-06-01 00:00:00");
    for _ in 0..LOTS_LIMIT {
        end = end.plus_ms(61_000);
        assert_eq!(shop.give(3, end, None, START), Ok(false));
    }
    let refusal = shop.give(3, end, None, START).unwrap_err();
    assert_eq!(*refusal.reason, Reason::TooMany { limit: LOTS_LIMIT as u64 });
    shop.top_up("1", START).unwrap();
    assert_eq!(shop.buy(1, START).unwrap_err().word(), "too_many");
    let context = Context { catalog: &shop.catalog, policies: &shop.policies };
    let forecast = shop.account.forecast(context, at(START), end.plus_ms(1), Assumptions::default());
    let ended = forecast.steps.iter().filter(|step| step.word() == "lot_expired").count();
    assert_eq!((ended, forecast.is_cut_short), (LOTS_LIMIT, false));
    // One of them ends, and there is room for another.
    shop.tick(at("2023-06-01 00:01:02"));
    assert_eq!(shop.give(3, end, None, "2023-06-01 00:01:02"), Ok(false));
}
