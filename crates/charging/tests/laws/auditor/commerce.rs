//! What the auditor says to commands about caps, corrections, coupons, renewals and requested top-ups.

use std::num::NonZeroU8;

use charging::{Source, Timestamp};

use super::orders::{By, Choice, Slip};
use super::payments::Rule;
use super::{Auditor, Quota};
use crate::commands::{Answer, Stage};
use crate::commerce::Commerce;
use crate::world::{OFFERS, SERVICES};

impl Auditor<'_> {
    pub fn predict_commerce(&mut self, now: Timestamp, command: Commerce) -> Answer {
        let now_ms = now.ms();
        match command {
            Commerce::Cap { api, e8 } => {
                self.caps.insert(api, e8);
                Answer::Done
            }
            Commerce::Uncap { api } => match self.caps.remove(&api) {
                Some(_) => Answer::Done,
                None => Answer::Refused("nothing_to_remove"),
            },
            Commerce::Member { e8: Some(e8), .. } if e8 < 0 => Answer::Refused("amount_out_of_range"),
            Commerce::Member { project, e8, units } => {
                let former = self.former_members.remove(&project).unwrap_or_default();
                self.members.entry(project).or_insert(former).set(e8, units);
                Answer::Done
            }
            Commerce::NoMember { project } => match self.members.remove(&project) {
                Some(club) => {
                    self.former_members.insert(project, club);
                    Answer::Done
                }
                None => Answer::Refused("nothing_to_remove"),
            },
            Commerce::Adjust { e8: 0, .. } => Answer::Refused("nothing_to_adjust"),
            Commerce::Adjust { e8, .. } if self.cash < -e8 => Answer::Refused("adjusted_beyond_cash"),
            Commerce::Adjust { e8, .. } => {
                self.take_in(e8);
                Answer::Done
            }
            Commerce::Coupon { worth, api, region, from, to, .. } => {
                self.give_coupon(now_ms, worth, (api, region), (from, to))
            }
            Commerce::BuyWith { offer, discount, cash } => {
                let (api, granted, e8) = OFFERS[offer];
                let service = SERVICES.iter().position(|service| *service == (api, "north")).unwrap();
                let (from, to) = (now_ms, self.policy.zone.end_of_day_after_months(now, 1).ms());
                let source = Source::Package;
                let quota = Quota::new(service, source, granted, (from, to), None, e8);
                self.order(now_ms, quota, Choice::These(discount, cash))
            }
            Commerce::Renew { lot, .. } => self.renew(now_ms, lot as usize, By::Hand),
            Commerce::Order { what, .. } => self.place(now_ms, what),
            Commerce::Pay { no, coupons } => {
                let choice = coupons.map_or(Choice::Best, |(discount, cash)| Choice::These(discount, cash));
                self.pay_order(now, no, choice)
            }
            Commerce::CancelOrder { no } => self.orders.cancel(no),
            Commerce::GiveBack { lot, what } => self.give_back(now, lot as usize, what),
            Commerce::Renewal { lot, plan } => self.set_renewal(now_ms, lot as usize, plan),
            Commerce::AutoTopUp { below, amount, .. } if amount < below => {
                Answer::Refused("invalid_top_up_rule")
            }
            Commerce::AutoTopUp { below, amount, limit } => {
                self.set_rule(now_ms, Some(Rule { below, amount, limit }))
            }
            Commerce::NoAutoTopUp => self.set_rule(now_ms, None),
            Commerce::Ask { e8, key } => self.ask(now_ms, e8, key),
            Commerce::Answer { no, is_paid } => self.answer(now_ms, no, is_paid),
        }
    }

    /// The same of coupons, renewals and what is asked for.
    pub fn compare_commerce(&self, now: Timestamp, stage: &Stage<'_>) {
        let account = &stage.account;
        let mine: Vec<i64> = self.slips.iter().map(Slip::left).collect();
        let live = |coupon: &charging::Coupon| if coupon.ended_at.is_none() { coupon.left.e8() } else { 0 };
        let theirs: Vec<i64> = account.coupons().iter().map(live).collect();
        assert_eq!(mine, theirs, "left in coupons at {now:?}");
        for (no, (quota, lot)) in self.quotas.iter().zip(account.lots()).enumerate() {
            let mine = (quota.from, quota.to, quota.e8);
            assert_eq!(mine, (lot.effective_at.ms(), lot.expires_at.ms(), lot.price.e8()), "lot {no}");
            let (plan, renewal) = (self.plan(no), account.renewal(lot.no));
            let times = renewal.plan.times.map_or(0, NonZeroU8::get);
            let theirs = (renewal.plan.mode, times, renewal.next_attempt_at.map(Timestamp::ms));
            assert_eq!((plan.mode, plan.times, plan.next), theirs, "the end of lot {no} at {now:?}");
            let theirs = account.renewed_by(lot.no).map(|by| by.0 as usize);
            assert_eq!(self.renewed.get(&no).copied(), theirs, "who renews lot {no} at {now:?}");
        }
        let theirs: Vec<u32> = account.pending_orders().map(|order| order.no.0).collect();
        assert_eq!(self.orders.waiting(), theirs, "orders that wait at {now:?}");
        let theirs: Vec<(u64, i64)> = account.top_up_requests().map(|r| (r.no, r.amount.e8())).collect();
        assert_eq!(self.asks.under_way(), theirs, "what is asked for at {now:?}");
        let theirs = account.auto_top_up_retry_at().map(Timestamp::ms);
        assert_eq!(self.asks.retry_at(), theirs, "when the rule asks again at {now:?}");
    }
}
