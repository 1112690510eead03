//! Top-up: money comes in, and the debt is paid from it at once ("the outstanding amount is deducted
//! automatically", What are Grace Period and Retention Period?). Paying in full lifts grace and freeze in the
//! same command: there is nothing to unfreeze later.

use crate::keys::{Key, KeyUse};
use crate::{Account, Context, Event, Money, Reason, Recorded, Refusal, Timestamp};

/// What a top-up did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopUpOutcome {
    /// True if the key was used before for the same amount: nothing was moved now.
    pub repeated: bool,
    /// What went into the debt.
    pub debt_paid: Money,
}

impl Account {
    /// Takes in money.
    ///
    /// # Errors
    /// An amount that is not positive or too large, or a key that was used for something else.
    pub fn top_up(
        &mut self,
        context: Context<'_>,
        amount: Money,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<TopUpOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some(repeated) = self.repeated_payment(context, key, &KeyUse::TopUp(amount), now, out)? {
            return Ok(repeated);
        }
        if !amount.is_positive() || !self.books.has_room_to_pay_in(amount) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        self.emit(now, Event::ToppedUp { amount, key }, out);
        let debt_paid = self.pay_debt(now, out);
        Ok(TopUpOutcome { repeated: false, debt_paid })
    }

    /// The outcome under a key that was used before: the same again moves nothing, anything else is refused.
    pub(crate) fn repeated_payment(
        &mut self,
        context: Context<'_>,
        key: Option<Key>,
        same: &KeyUse,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Option<TopUpOutcome>, Refusal> {
        match self.use_of(context, key, now, out) {
            None => Ok(None),
            Some(used) if used == same => Ok(Some(TopUpOutcome { repeated: true, debt_paid: Money::ZERO })),
            Some(_) => Err(Refusal::new(Reason::KeyConflict)),
        }
    }

    /// After the cash may have changed, at the end of a command: what is owed is paid as far as it goes, and alerts and
    /// the rule for automatic top-ups look at what there is. Gives what was paid of the debt.
    pub(crate) fn pay_debt(&mut self, now: Timestamp, out: &mut Vec<Recorded>) -> Money {
        let debt_paid = self.debt().min(self.cash());
        if debt_paid.is_positive() {
            self.emit(now, Event::DebtPaid { amount: debt_paid }, out);
        }
        self.leave_arrears(debt_paid, now, out);
        self.watch_money(now, out);
        debt_paid
    }
}
