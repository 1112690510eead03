//! Orders that wait for their payment, and packages that are given back: one small story for each rule.
#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

mod common;

use std::collections::BTreeMap;

use charging::{
    Account, CallFor, ChargeId, Context, CouponChoice, CouponNo, CouponWorth, Event, Key, LotNo, Money,
    NewCoupon, NotRefundable, OrderFor, OrderNo, Policies, Policy, Quote, Reason, Recorded, RefundTerms,
    RenewalMode, RenewalPlan, SubscriptionMode, Timestamp, Unsubscribe, Zone,
};

use common::{Shop, at, catalog, money, name, version};

const START: &str = "2026-03-02 09:00:00";
/// The order for ten calls.
const TEN: (&str, &str, u64) = ("general-text", "north", 10);

impl Shop {
    /// Ten calls for 1.00, a year; 0.05 a call. Packages in effect are given back as the terms say.
    fn open(refund: RefundTerms) -> Shop {
        let presets = Policies::presets();
        let intl = Policy { refund, ..presets.get("intl").unwrap().clone() };
        let policies = presets.with(Policies::new(BTreeMap::from([(name("intl"), intl)])).unwrap());
        let catalog = catalog(vec![version(1, &[(0, "0.05")])], Some(("1", 12)));
        let mut shop = Shop::with(catalog, policies, "intl", Zone::BEIJING, at(START));
        shop.run(START, |account, context, now, out| {
            account.top_up(context, money("5"), None, now, out).map(|_| ())
        })
        .unwrap();
        shop
    }

    fn run<T>(
        &mut self,
        now: &str,
        command: impl FnOnce(
            &mut Account,
            Context<'_>,
            Timestamp,
            &mut Vec<Recorded>,
        ) -> Result<T, charging::Refusal>,
    ) -> Result<T, Reason> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let done = command(&mut self.account, context, at(now), &mut self.journal);
        self.account.check_at_rest().unwrap();
        done.map_err(|refusal| *refusal.reason)
    }

    fn tick(&mut self, now: &str) {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        self.account.tick(context, at(now), &mut self.journal);
    }

    fn order(&mut self, now: &str) -> Result<OrderNo, Reason> {
        let (api, region) = (name(TEN.0), name(TEN.1));
        let what = OrderFor::Package { api: &api, region: &region, calls: TEN.2 };
        self.run(now, |account, context, now, out| account.place_pending_order(context, what, None, now, out))
            .map(|placed| placed.order)
    }

    fn pay(&mut self, now: &str, order: u32) -> Result<LotNo, Reason> {
        let (order, coupons) = (OrderNo(order), CouponChoice::Automatic);
        self.run(now, |account, context, now, out| account.pay_order(context, order, coupons, now, out))
            .map(|paid| paid.lot)
    }

    fn buy(&mut self, now: &str) -> LotNo {
        let (api, region) = (name(TEN.0), name(TEN.1));
        self.run(now, |account, context, now, out| {
            account.buy_package(context, (&api, &region, TEN.2), CouponChoice::Automatic, None, now, out)
        })
        .unwrap()
        .lot
    }

    fn quote(&self, what: OrderFor<'_>, coupons: CouponChoice) -> Result<Quote, Reason> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        self.account.quote(context, what, coupons, at(START)).map_err(|refusal| *refusal.reason)
    }

    fn renew(&mut self, now: &str, lot: u32) -> Result<LotNo, Reason> {
        self.run(now, |account, context, now, out| {
            account.renew(context, LotNo(lot), CouponChoice::Automatic, None, now, out)
        })
        .map(|renewed| renewed.lot)
    }

    fn give_back(&mut self, now: &str, lot: u32, what: Unsubscribe) -> Result<Vec<charging::Refund>, Reason> {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let Shop { account, holds, journal, .. } = self;
        let given = account.unsubscribe_package((context, holds), LotNo(lot), what, at(now), journal);
        account.check_at_rest().unwrap();
        given.map_err(|refusal| *refusal.reason)
    }

    fn call(&mut self, now: &str, id: u128) {
        let context = Context { catalog: &self.catalog, policies: &self.policies };
        let (api, region) = (name(TEN.0), name(TEN.1));
        let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
        self.account
            .charge(&mut self.holds, context, ChargeId(id), call, at(now), &mut self.journal)
            .unwrap();
    }

    fn coupon(&mut self, face: &str, valid_to: &str) -> CouponNo {
        let worth = CouponWorth::Cash { face: money(face) };
        let (apis, regions) = (Vec::new(), Vec::new());
        let new = NewCoupon { worth, apis, regions, valid_from: Timestamp::EPOCH, valid_to: at(valid_to) };
        self.run(START, |account, context, now, out| account.give_coupon(context, new, None, now, out))
            .unwrap()
            .coupon
    }
}

fn in_effect() -> RefundTerms {
    RefundTerms { in_effect: true, free_days: 5, free_times_per_year: 1, fee_percent: 10 }
}

/// A quote is what the order then costs, with the coupons that it names and without; asking changes nothing.
#[test]
fn a_quote_is_what_the_order_costs() {
    let mut shop = Shop::open(RefundTerms::default());
    let discount = CouponWorth::Discount { percent_off: 50 };
    let (api, region) = (name(TEN.0), name(TEN.1));
    let new = NewCoupon {
        worth: discount,
        apis: Vec::new(),
        regions: Vec::new(),
        valid_from: Timestamp::EPOCH,
        valid_to: at("2027-01-01 00:00:00"),
    };
    let half = shop
        .run(START, |account, context, now, out| account.give_coupon(context, new, None, now, out))
        .unwrap()
        .coupon;
    let cash = shop.coupon("0.2", "2027-01-01 00:00:00");
    let what = OrderFor::Package { api: &api, region: &region, calls: TEN.2 };
    let before = format!("{:?}", shop.account);
    let quote = shop.quote(what, CouponChoice::Automatic).unwrap();
    assert_eq!((quote.list_price, quote.to_pay), (money("1"), money("0.3")));
    assert_eq!((quote.discount, quote.coupon), (Some((half, money("0.5"))), Some((cash, money("0.2")))));
    assert_eq!((quote.missing, quote.refund), (Money::ZERO, None), "a package in effect is not given back");
    let plain = shop.quote(what, CouponChoice::None).unwrap();
    assert_eq!((plain.discount, plain.coupon, plain.to_pay), (None, None, money("1")));
    assert_eq!(format!("{:?}", shop.account), before);

    let lot = shop.buy(START);
    assert_eq!(shop.account.cash(), money("4.7"));
    // The renewal is quoted at today's price, not at what the package cost; unbegun, it would be given back whole.
    let quote = shop.quote(OrderFor::Renewal(lot), CouponChoice::Automatic).unwrap();
    assert_eq!((quote.discount, quote.to_pay, quote.refund), (None, money("1"), Some(money("1"))));
    assert_eq!(quote.effective_at, shop.account.lot(lot).unwrap().expires_at.plus_ms(1));
    shop.renew(START, lot.0).unwrap();
    assert_eq!(shop.account.cash(), money("3.7"));
    let again = shop.quote(OrderFor::Renewal(lot), CouponChoice::Automatic);
    assert_eq!(again, Err(Reason::AlreadyRenewed { lot, by: LotNo(1) }));
}

#[test]
fn a_quote_says_what_is_missing() {
    let mut shop = Shop::open(in_effect());
    let (api, region) = (name(TEN.0), name(TEN.1));
    let what = OrderFor::Package { api: &api, region: &region, calls: TEN.2 };
    for _ in 0..5 {
        shop.buy(START);
    }
    let quote = shop.quote(what, CouponChoice::Automatic).unwrap();
    assert_eq!((quote.to_pay, quote.missing, quote.refund), (money("1"), money("1"), Some(money("1"))));
    let unknown = OrderFor::Package { api: &api, region: &region, calls: 11 };
    assert!(matches!(shop.quote(unknown, CouponChoice::None), Err(Reason::UnknownPackage { .. })));
}

#[test]
fn an_order_keeps_its_price_and_is_paid_once() {
    let mut shop = Shop::open(RefundTerms::default());
    assert_eq!(shop.order(START), Ok(OrderNo(0)));
    assert_eq!(shop.account.cash(), money("5"), "nothing is kept back");
    shop.catalog.listings[0].offer.price = money("9");
    assert_eq!(shop.pay("2026-03-03 09:00:00", 0), Ok(LotNo(0)));
    let lot = shop.account.lot(LotNo(0)).unwrap();
    assert_eq!((lot.price, lot.effective_at), (money("1"), at("2026-03-03 09:00:00")));
    assert_eq!(lot.expires_at.plus_ms(1), at("2027-03-04 00:00:00"));
    assert_eq!(shop.pay("2026-03-04 09:00:00", 0), Ok(LotNo(0)), "paid before");
    assert_eq!(shop.account.cash(), money("4"));
    assert_eq!(shop.account.order_of(LotNo(0)).unwrap().ordered_at, at(START));
    assert_eq!(shop.pay(START, 1), Err(Reason::UnknownOrder { order: OrderNo(1) }));
}

#[test]
fn an_order_ends_at_its_instant_and_not_before() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.order(START).unwrap();
    shop.order("2026-03-02 10:00:00").unwrap();
    let context = Context { catalog: &shop.catalog, policies: &shop.policies };
    assert_eq!(shop.account.next_due(context), Some(at("2026-03-09 09:00:00")));
    assert_eq!(shop.pay("2026-03-09 09:00:00", 0), Err(Reason::OrderNotPending { order: OrderNo(0) }));
    let ended = shop.journal.iter().find(|r| matches!(r.event, Event::OrderCancelled { .. })).unwrap();
    assert_eq!(ended.at, at("2026-03-09 09:00:00"));
    assert_eq!(ended.event, Event::OrderCancelled { order: OrderNo(0), is_expired: true });
    assert_eq!(shop.pay("2026-03-09 09:59:59", 1), Ok(LotNo(0)));
}

#[test]
fn the_same_key_orders_once() {
    let mut shop = Shop::open(RefundTerms::default());
    let (api, region, key) = (name(TEN.0), name(TEN.1), Some(Key(ChargeId(1))));
    let mut order = |calls| {
        let what = OrderFor::Package { api: &api, region: &region, calls };
        shop.run(START, |account, context, now, out| {
            account.place_pending_order(context, what, key, now, out)
        })
    };
    let first = order(10).unwrap();
    assert_eq!(order(10).map(|again| (again.order, again.repeated)), Ok((first.order, true)));
    assert_eq!(order(11).unwrap_err(), Reason::KeyConflict);
}

#[test]
fn nothing_is_ordered_or_paid_in_arrears() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.order(START).unwrap();
    let (api, region) = (name(TEN.0), name(TEN.1));
    shop.run(START, |account, context, now, out| {
        account.subscribe(context, (&api, &region), SubscriptionMode::PayPerUse, now, out)
    })
    .unwrap();
    shop.run(START, |account, context, now, out| {
        account.adjust(context, money("-5"), "gone", None, now, out)
    })
    .unwrap();
    shop.call(START, 1);
    let debt = money("0.05");
    assert_eq!(shop.pay("2026-03-02 11:00:00", 0), Err(Reason::InArrears { debt }));
    assert_eq!(shop.order("2026-03-02 11:00:00"), Err(Reason::InArrears { debt }));
    assert_eq!(shop.account.pending_orders().count(), 1, "it can be paid when the debt is");
}

#[test]
fn an_unpaid_renewal_stands_in_the_way_until_auto_renewal_takes_its_place() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.buy(START);
    let lot = LotNo(0);
    shop.run(START, |account, context, now, out| {
        account.set_renewal(context, lot, RenewalPlan::new(RenewalMode::Auto, 7), now, out)
    })
    .unwrap();
    let now = "2027-02-20 10:00:00";
    let what = OrderFor::Renewal(lot);
    shop.run(now, |account, context, now, out| account.place_pending_order(context, what, None, now, out))
        .unwrap();
    let in_order = Reason::InUnpaidOrder { lot, order: OrderNo(0) };
    assert_eq!(shop.renew(now, 0), Err(in_order.clone()));
    assert_eq!(shop.give_back(now, 0, Unsubscribe::Package).unwrap_err(), in_order);
    // The package ends on the 2nd of March: it renews itself at 03:00 on the 23rd of February.
    shop.tick("2027-02-23 03:00:00");
    assert_eq!(shop.account.renewed_by(lot), Some(LotNo(1)));
    assert_eq!(shop.pay("2027-02-23 04:00:00", 0), Err(Reason::OrderNotPending { order: OrderNo(0) }));
}

#[test]
fn a_package_in_effect_stays_unless_the_policy_gives_it_back() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.buy(START);
    let refused = shop.give_back(START, 0, Unsubscribe::Package).unwrap_err();
    assert_eq!(refused, Reason::NotRefundable { lot: LotNo(0), why: NotRefundable::InEffect });
}

#[test]
fn a_renewal_is_taken_back_with_the_coupon_that_paid_it() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.buy(START);
    let coupon = shop.coupon("0.30", "2026-12-31 23:59:59");
    shop.run(START, |account, context, now, out| {
        account.set_renewal(context, LotNo(0), RenewalPlan::new(RenewalMode::Auto, 3), now, out)
    })
    .unwrap();
    shop.renew("2026-04-01 09:00:00", 0).unwrap();
    assert_eq!(
        (shop.account.cash(), shop.account.coupon(coupon).unwrap().left),
        (money("3.30"), Money::ZERO)
    );
    let given = shop.give_back("2026-04-02 09:00:00", 0, Unsubscribe::Renewals).unwrap();
    assert_eq!(
        (given.len(), given[0].cash, given[0].coupon),
        (1, money("0.70"), Some((coupon, money("0.30"))))
    );
    assert_eq!((shop.account.cash(), shop.account.coupon(coupon).unwrap().left), (money("4"), money("0.30")));
    assert!(shop.account.coupon(coupon).unwrap().is_usable(at("2026-04-02 09:00:00")));
    // The package goes on, and does not renew itself again.
    assert_eq!(shop.account.renewed_by(LotNo(0)), None);
    assert_eq!(shop.account.renewal(LotNo(0)).plan.mode, RenewalMode::Manual);
    let nothing = shop.give_back("2026-04-02 09:00:00", 0, Unsubscribe::Renewals).unwrap_err();
    assert_eq!(nothing, Reason::NothingToTakeBack { lot: LotNo(0) });
    // It is told of its end as if it had never been renewed.
    shop.tick("2027-03-01 00:00:00");
    let told = shop
        .journal
        .iter()
        .filter(|r| matches!(&r.event, Event::Noticed { notice } if notice.kind.word() == "package_expires"));
    assert!(told.count() > 0);
}

#[test]
fn a_coupon_that_is_over_is_lost() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.buy(START);
    shop.coupon("0.30", "2026-04-30 23:59:59");
    shop.renew("2026-04-01 09:00:00", 0).unwrap();
    let given = shop.give_back("2026-06-02 09:00:00", 0, Unsubscribe::Renewals).unwrap();
    assert_eq!((given[0].cash, given[0].coupon, given[0].lost), (money("0.70"), None, money("0.30")));
    assert_eq!(shop.account.cash(), money("4"));
}

#[test]
fn what_is_used_and_a_fee_are_withheld_but_once_a_year_early_and_unused() {
    let mut shop = Shop::open(in_effect());
    let coupon = shop.coupon("0.30", "2027-12-31 23:59:59");
    shop.buy(START);
    shop.buy(START);
    shop.buy(START);
    // Within five days, and no call was met by it: everything.
    let free = shop.give_back("2026-03-03 09:00:00", 0, Unsubscribe::Package).unwrap()[0];
    assert_eq!(
        (free.cash, free.coupon, free.withheld()),
        (money("0.70"), Some((coupon, money("0.30"))), Money::ZERO)
    );
    assert!(free.is_free);
    // The second in the year bears a fee of a tenth.
    let second = shop.give_back("2026-03-03 09:00:00", 1, Unsubscribe::Package).unwrap()[0];
    assert_eq!((second.cash, second.fee, second.is_free), (money("0.90"), money("0.10"), false));
    // Three calls of ten: 0.30 is used, and a tenth of 0.70 is the fee.
    (1..=3).for_each(|id| shop.call("2026-03-03 10:00:00", id));
    let used = shop.give_back("2026-03-03 11:00:00", 2, Unsubscribe::Package).unwrap()[0];
    assert_eq!(
        (used.units, used.used, used.fee, used.cash),
        (7, money("0.30"), money("0.07"), money("0.63"))
    );
    let again = shop.give_back("2026-03-03 11:00:00", 2, Unsubscribe::Package).unwrap_err();
    assert_eq!(again, Reason::NotRefundable { lot: LotNo(2), why: NotRefundable::Ended });
    // A new year.
    shop.buy("2027-01-02 09:00:00");
    assert!(shop.give_back("2027-01-02 10:00:00", 3, Unsubscribe::Package).unwrap()[0].is_free);
}

#[test]
fn calls_under_way_keep_their_package_and_then_go_on_at_a_price() {
    let mut shop = Shop::open(in_effect());
    shop.buy(START);
    let (api, region) = (name(TEN.0), name(TEN.1));
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let Shop { account, holds, journal, catalog, policies, .. } = &mut shop;
    let given = account
        .authorise(holds, Context { catalog, policies }, ChargeId(9), call, at(START), journal)
        .unwrap();
    let refused = shop.give_back(START, 0, Unsubscribe::ToPayPerUse).unwrap_err();
    assert_eq!(refused, Reason::NotRefundable { lot: LotNo(0), why: NotRefundable::CallsUnderWay });
    shop.account.void(&mut shop.holds, &given);
    let refund = shop.give_back(START, 0, Unsubscribe::ToPayPerUse).unwrap()[0];
    assert!(refund.to_pay_per_use && refund.cash == money("1"));
    shop.call("2026-03-02 09:30:00", 10);
    assert_eq!(shop.account.unsettled(), money("0.05"));
}

#[test]
fn a_renewal_that_was_taken_back_is_not_bought_again_by_its_key() {
    let mut shop = Shop::open(RefundTerms::default());
    shop.buy(START);
    let renew = |shop: &mut Shop| {
        let (coupons, key) = (CouponChoice::Automatic, Some(Key(ChargeId(3))));
        shop.run(START, |account, context, now, out| account.renew(context, LotNo(0), coupons, key, now, out))
            .map(|renewed| (renewed.lot, renewed.repeated))
    };
    assert_eq!(renew(&mut shop), Ok((LotNo(1), false)));
    shop.give_back(START, 0, Unsubscribe::Renewals).unwrap();
    assert_eq!(renew(&mut shop), Ok((LotNo(1), true)));
    assert_eq!(shop.account.cash(), money("4"), "given back, and not bought again");
}
