//! Coupon law: a coupon is worth its face once, pays only what it is for, in its turn, and before the cash.

use std::collections::BTreeMap;

use charging::{Account, CouponNo, CouponWorth, Event, Money};
use proptest::prelude::*;

use crate::scripts::scripts;
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Face = paid of hours + paid of orders - given back + expired + left, coupon by coupon; a discount takes its
    /// percentage off one order.
    #[test]
    fn a_coupon_is_worth_its_face_once(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(40));
        let mut spent: BTreeMap<CouponNo, Money> = BTreeMap::new();
        let mut discounted: BTreeMap<CouponNo, (Money, Money)> = BTreeMap::new();
        let mut expired: BTreeMap<CouponNo, Money> = BTreeMap::new();
        for recorded in &stage.journal {
            match &recorded.event {
                Event::HourSettled { coupons, .. } => {
                    for part in coupons {
                        prop_assert!(part.amount.is_positive());
                        *spent.entry(part.coupon).or_default() += part.amount;
                    }
                }
                Event::LotGranted { order: Some(order), price, .. } => {
                    if let Some((coupon, amount)) = order.coupon {
                        prop_assert!(amount.is_positive() && amount <= *price);
                        *spent.entry(coupon).or_default() += amount;
                    }
                    if let Some((coupon, amount)) = order.discount {
                        let before = discounted.insert(coupon, (order.list_price, amount));
                        prop_assert!(before.is_none(), "used twice");
                    }
                }
                Event::LotUnsubscribed { refund } => {
                    if let Some((coupon, amount)) = refund.coupon {
                        *spent.entry(coupon).or_default() -= amount;
                        let coupon = stage.account.coupon(coupon).unwrap();
                        prop_assert!(coupon.valid_from <= recorded.at && recorded.at < coupon.valid_to);
                    }
                }
                Event::CouponExpired { coupon, amount } => {
                    prop_assert!(expired.insert(*coupon, *amount).is_none(), "ended twice");
                }
                _ => {}
            }
        }
        for coupon in stage.account.coupons() {
            let gone = expired.get(&coupon.no).copied();
            match coupon.worth {
                CouponWorth::Cash { face } => {
                    let spent = spent.get(&coupon.no).copied().unwrap_or_default();
                    let left = if gone.is_some() { Money::ZERO } else { coupon.left };
                    prop_assert_eq!(face, spent + gone.unwrap_or_default() + left);
                    prop_assert!(coupon.left >= Money::ZERO);
                }
                CouponWorth::Discount { percent_off } => {
                    prop_assert_eq!(gone.unwrap_or_default(), Money::ZERO);
                    if let Some((price, off)) = discounted.get(&coupon.no) {
                        prop_assert_eq!(off.e8(), price.e8() * i64::from(percent_off) / 100);
                        prop_assert!(gone.is_none());
                    }
                }
            }
        }
    }

    /// A settled hour: each part is of a coupon that is for the line and was valid when its usage began; where the cash
    /// or a debt had to come in, every such coupon is empty; and no coupon pays while another has its turn before.
    #[test]
    fn coupons_come_before_the_cash_in_their_turn(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(40));
        let mut account = Account::from_opened(&stage.journal[0]).unwrap();
        for next in &stage.journal[1..] {
            if let Event::HourSettled { lines, coupons, .. } = &next.event {
                let mut left: BTreeMap<CouponNo, Money> =
                    account.coupons().iter().filter(|c| c.ended_at.is_none()).map(|c| (c.no, c.left)).collect();
                let mut unpaid: Vec<Money> = lines.iter().map(|line| line.amount).collect();
                let pays = |no: CouponNo, line: usize| {
                    let (coupon, line) = (account.coupon(no).unwrap(), &lines[line]);
                    let service = account.service(line.service).unwrap();
                    let is_for = (coupon.apis.is_empty() || coupon.apis.contains(&service.api))
                        && (coupon.regions.is_empty() || coupon.regions.contains(&service.region));
                    is_for && coupon.valid_from <= line.used_from && line.used_from < coupon.valid_to
                };
                let turn = |no: CouponNo| {
                    let coupon = account.coupon(no).unwrap();
                    (coupon.apis.is_empty() && coupon.regions.is_empty(), coupon.valid_to, no)
                };
                for part in coupons {
                    let line = part.line as usize;
                    prop_assert!(pays(part.coupon, line), "{:?}", part);
                    for (other, amount) in &left {
                        let is_before = turn(*other) < turn(part.coupon) && pays(*other, line);
                        prop_assert!(!is_before || amount.is_zero(), "{:?} before {:?}", part, other);
                    }
                    *left.get_mut(&part.coupon).unwrap() -= part.amount;
                    unpaid[line] -= part.amount;
                }
                for (line, unpaid) in unpaid.iter().enumerate().filter(|(_, unpaid)| unpaid.is_positive()) {
                    for (no, amount) in left.iter().filter(|(_, amount)| amount.is_positive()) {
                        prop_assert!(!pays(*no, line), "{} unpaid, {} left in {:?}", unpaid, amount, no);
                    }
                }
            }
            account.apply(next);
        }
    }
}
