//! Adjustments: the operator corrects the cash, up or down, and says why.
//!
//! A correction is a balanced posting with a reason and a key, and stands in the history like everything else:
//! there is no way to set a balance. Money that is given pays the debt at once, as a top-up does. What is taken
//! comes out of the cash and never goes beyond it: an operator cannot make a debt, only usage can.

use crate::keys::{Key, KeyUse};
use crate::{Account, Context, Event, Money, Reason, Recorded, Refusal, Timestamp, TopUpOutcome};

/// The longest reason, in bytes.
pub const REASON_LIMIT_BYTES: usize = 500;

impl Account {
    /// Adds to the cash, or takes from it.
    ///
    /// # Errors
    /// Nothing or too much to move, less cash than is to be taken, no reason or one too long, or a key that was used
    /// for something else.
    pub fn adjust(
        &mut self,
        context: Context<'_>,
        amount: Money,
        reason: &str,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<TopUpOutcome, Refusal> {
        let now = self.catch_up(context, now, out);
        let reason = reason.trim();
        let same = KeyUse::Adjustment { amount, reason: reason.into() };
        if let Some(repeated) = self.repeated_payment(context, key, &same, now, out)? {
            return Ok(repeated);
        }
        let is_plain = !reason.is_empty() && !reason.chars().any(char::is_control);
        if !is_plain || reason.len() > REASON_LIMIT_BYTES {
            return Err(Refusal::new(Reason::InvalidText { longest_bytes: REASON_LIMIT_BYTES }));
        }
        if amount.is_zero() {
            return Err(Refusal::new(Reason::NothingToAdjust));
        }
        if !self.books.has_room_to_adjust(amount) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        if amount < Money::ZERO && self.cash() < -amount {
            return Err(Refusal::new(Reason::AdjustedBeyondCash { wanted: -amount, cash: self.cash() }));
        }
        self.emit(now, Event::Adjusted { amount, reason: reason.to_owned(), key }, out);
        let debt_paid = self.pay_debt(now, out);
        Ok(TopUpOutcome { repeated: false, debt_paid })
    }
}
