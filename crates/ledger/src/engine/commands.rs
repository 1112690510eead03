//! The commands, one method each: find the account, decide in the core, answer when durable.

use charging::{
    Account, AccountId, Alerts, Authorisation, Budget, CallFor, ChargeId, Key, Money, Name, NewLot,
    OrderOutcome, PartAuthorisation, Receipt, Refusal, SubscriptionMode, Tier, Timestamp, TopUpOutcome, Zone,
};

use super::{Engine, Pending, UnknownAccount};
use crate::entry;

/// The answer to a command: the core's outcome or refusal, once durable.
pub(super) type Answer<T> = Result<Pending<Result<T, Refusal>>, UnknownAccount>;

impl Engine {
    /// Opens an account. Opening one that exists changes nothing.
    pub fn open_account(
        &self,
        id: AccountId,
        tier: Tier,
        policy: &Name,
        zone: Zone,
        now: Timestamp,
    ) -> Pending<()> {
        let mut shard = self.shard.lock();
        let now = shard.settle_now(now);
        if shard.accounts.no_of(id).is_some() {
            return Pending::new((), self.journal.barrier());
        }
        let (account, opened) = Account::open(id, tier, policy.clone(), zone, now);
        let no = shard.accounts.push(account);
        let mut encoded = Vec::new();
        entry::encode(no, &[opened], &mut encoded);
        self.growth.add(encoded.len());
        Pending::new((), self.journal.append(&encoded))
    }

    /// Permits one call. The permission itself needs no sync: if it is lost, no 2xx left and nothing is owed.
    /// A refusal may rest on charges that are not durable yet, so it is pending like any other answer.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn authorise(
        &self,
        account: AccountId,
        charge: ChargeId,
        call: CallFor<'_>,
        now: Timestamp,
    ) -> Result<Result<Authorisation, Pending<Refusal>>, UnknownAccount> {
        self.permit(account, now, |live, context, now, events| {
            live.account.authorise(&mut live.holds, context, charge, call, now, events)
        })
    }

    /// Permits one call for as many of its units as can be served, at least one. For the rest as
    /// [`Engine::authorise`].
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn authorise_part(
        &self,
        account: AccountId,
        charge: ChargeId,
        call: CallFor<'_>,
        now: Timestamp,
    ) -> Result<Result<PartAuthorisation, Pending<Refusal>>, UnknownAccount> {
        self.permit(account, now, |live, context, now, events| {
            live.account.authorise_part(&mut live.holds, context, charge, call, now, events)
        })
    }

    /// Charges an authorised call. Only after the answer may a 2xx be given.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn commit(
        &self,
        account: AccountId,
        authorisation: &Authorisation,
        units: u64,
        now: Timestamp,
    ) -> Answer<Receipt> {
        self.command(account, now, |live, context, now, events| {
            live.account.commit(&mut live.holds, context, authorisation, units, now, events)
        })
    }

    /// Charges a call in one step: for work that is done already, or cannot fail. Only after the answer may it be
    /// said to have been charged.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn charge(
        &self,
        account: AccountId,
        charge: ChargeId,
        call: CallFor<'_>,
        now: Timestamp,
    ) -> Answer<Receipt> {
        self.command(account, now, |live, context, now, events| {
            live.account.charge(&mut live.holds, context, charge, call, now, events)
        })
    }

    /// Gives back what an authorised call kept back. Needs no sync, like the hold itself.
    pub fn void(&self, account: AccountId, authorisation: &Authorisation) {
        let mut shard = self.shard.lock();
        if let Some(no) = shard.accounts.no_of(account) {
            let live = shard.accounts.get_mut(no);
            live.account.void(&mut live.holds, authorisation);
        }
    }

    /// Takes in money and pays the debt from it.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn top_up(
        &self,
        account: AccountId,
        amount: Money,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<TopUpOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.top_up(context, amount, key, now, events)
        })
    }

    /// Enables an API in a region, or changes its mode.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn subscribe(
        &self,
        account: AccountId,
        service: (&Name, &Name),
        mode: SubscriptionMode,
        now: Timestamp,
    ) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.subscribe(context, service, mode, now, events)
        })
    }

    /// Disables an API in a region.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn unsubscribe(&self, account: AccountId, service: (&Name, &Name), now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.unsubscribe(context, service, now, events)
        })
    }

    /// Gives quota.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn grant_lot(
        &self,
        account: AccountId,
        lot: NewLot,
        key: Option<Key>,
        now: Timestamp,
    ) -> Answer<OrderOutcome> {
        self.command(account, now, |live, context, now, events| {
            live.account.grant_lot(context, lot, key, now, events)
        })
    }

    /// Sets what an account wants to be told of: changes what it wants now.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn set_alerts(
        &self,
        account: AccountId,
        change: impl FnOnce(Alerts) -> Alerts,
        now: Timestamp,
    ) -> Answer<Alerts> {
        self.command(account, now, |live, context, now, events| {
            let alerts = change(*live.account.alerts());
            live.account.set_alerts(context, alerts, now, events).map(|()| alerts)
        })
    }

    /// Sets a budget, in place of one of the same name.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn set_budget(&self, account: AccountId, budget: Budget, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.set_budget(context, budget, now, events)
        })
    }

    /// Removes a budget.
    ///
    /// # Errors
    /// [`UnknownAccount`], or the core's refusal inside the pending answer.
    pub fn remove_budget(&self, account: AccountId, name: &Name, now: Timestamp) -> Answer<()> {
        self.command(account, now, |live, context, now, events| {
            live.account.remove_budget(context, name, now, events)
        })
    }

    /// Moves a customer to another tier.
    ///
    /// # Errors
    /// [`UnknownAccount`].
    pub fn change_tier(
        &self,
        account: AccountId,
        tier: Tier,
        now: Timestamp,
    ) -> Result<Pending<()>, UnknownAccount> {
        self.command(account, now, |live, context, now, events| {
            live.account.change_tier(context, tier, now, events);
        })
    }
}
