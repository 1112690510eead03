//! Commands about caps, adjustments, coupons, orders, renewals, refunds and requested top-ups; and who waits for a
//! payment.

use charging::{
    AccountId, AutoTopUp, CouponChoice, CouponOutcome, Key, LotNo, MemberQuota, Money, Name, NewCoupon,
    OrderFor, OrderNo, OrderOutcome, OrderPlaced, PaymentAnswer, Refund, RenewalPlan, RequestOutcome,
    Timestamp, TopUpOutcome, TopUpRequest, Unsubscribe,
};

use super::commands::Answer;
use super::{Engine, Pending};

/// A top-up that was asked for and has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwaitedPayment {
    /// Whose.
    pub account: AccountId,
    /// What is asked for.
    pub request: TopUpRequest,
}

impl Engine {
    /// Sets a spending cap, of one API or of the whole account.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn set_spend_cap(
        &self,
        account: AccountId,
        api: Option<&Name>,
        monthly: Money,
        now: Timestamp,
    ) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.set_spend_cap(context, api, monthly, now, events)
        })
    }

    /// Takes a spending cap away.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn remove_spend_cap(&self, account: AccountId, api: Option<&Name>, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.remove_spend_cap(context, api, now, events)
        })
    }

    /// Makes somebody a member, or changes a member's quota.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn set_member(
        &self,
        account: AccountId,
        member: &Name,
        quota: MemberQuota,
        now: Timestamp,
    ) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.set_member(context, member, quota, now, events)
        })
    }

    /// Takes a member away.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn remove_member(&self, account: AccountId, member: &Name, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.remove_member(context, member, now, events)
        })
    }

    /// Corrects the cash.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn adjust(
        &self,
        account: AccountId,
        amount: Money,
        reason: &str,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<TopUpOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.adjust(context, amount, reason, key, now, events)
        })
    }

    /// Gives a coupon.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn give_coupon(
        &self,
        account: AccountId,
        coupon: NewCoupon,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<CouponOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.give_coupon(context, coupon, key, now, events)
        })
    }

    /// Buys a package on offer.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn buy_package(
        &self,
        account: AccountId,
        service: (&Name, &Name),
        calls: u64,
        coupons: CouponChoice,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<OrderOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.buy_package(context, (service.0, service.1, calls), coupons, key, now, events)
        })
    }

    /// Renews a package.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn renew(
        &self,
        account: AccountId,
        lot: LotNo,
        coupons: CouponChoice,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<OrderOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.renew(context, lot, coupons, key, now, events)
        })
    }

    /// Says what is to happen when a package ends.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn set_renewal(
        &self,
        account: AccountId,
        lot: LotNo,
        plan: RenewalPlan,
        now: Timestamp,
    ) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.set_renewal(context, lot, plan, now, events)
        })
    }

    /// Makes an order that is to be paid later.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn place_pending_order(
        &self,
        account: AccountId,
        what: OrderFor<'_>,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<OrderPlaced> {
        self.command(account, now, |live, context, now, events| {
            live.account.place_pending_order(context, what, key, now, events)
        })
    }

    /// Pays an order.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn pay_order(
        &self,
        account: AccountId,
        order: OrderNo,
        coupons: CouponChoice,
        now: Timestamp,
    ) -> Answer<OrderOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.pay_order(context, order, coupons, now, events)
        })
    }

    /// Takes an order back that was not paid.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn cancel_order(&self, account: AccountId, order: OrderNo, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.cancel_order(context, order, now, events)
        })
    }

    /// Gives a package back.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn unsubscribe_package(
        &self,
        account: AccountId,
        lot: LotNo,
        what: Unsubscribe,
        now: Timestamp,
    ) -> Answer<Vec<Refund>> {
        self.command(account, now, |live, context, now, events| {
            live.account.unsubscribe_package((context, &mut live.holds), lot, what, now, events)
        })
    }

    /// Sets the rule for automatic top-ups.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn set_auto_top_up(&self, account: AccountId, rule: AutoTopUp, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.set_auto_top_up(context, rule, now, events)
        })
    }

    /// Takes the rule for automatic top-ups away.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn remove_auto_top_up(&self, account: AccountId, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.remove_auto_top_up(context, now, events)
        })
    }

    /// Asks for money through the payment provider.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn request_top_up(
        &self,
        account: AccountId,
        amount: Money,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<RequestOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.request_top_up(context, amount, key, now, events)
        })
    }

    /// Takes the payment provider's answer. `None` if the request had one already.
    ///
    /// # Errors
    /// [`UnknownAccount`](super::UnknownAccount), or the core's refusal inside the pending answer.
    pub fn resolve_top_up(
        &self,
        account: AccountId,
        no: u64,
        answer: PaymentAnswer,
        now: Timestamp,
    ) -> Answer<Option<Money>> {
        self.command(account, now, |live, context, now, events| {
            live.account.resolve_top_up(context, no, answer, now, events)
        })
    }

    /// Top-ups that were asked for and have no answer, at most `limit`. They are durable when the answer is given:
    /// only then may the provider be asked.
    pub fn awaited_payments(&self, limit: usize) -> Pending<Vec<AwaitedPayment>> {
        let shard = self.shard.lock();
        let accounts = shard.awaiting.iter().filter_map(|no| shard.accounts.get(*no));
        let requests = accounts.flat_map(|live| {
            let account = live.account.id();
            live.account.top_up_requests().map(move |request| AwaitedPayment { account, request: *request })
        });
        Pending::new(requests.take(limit).collect(), self.journal.barrier())
    }
}
