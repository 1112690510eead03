//! Settlement: closing one billing hour.
//!
//! "Fees settled every hour on the hour (UTC+08:00)" (Pay-per-Use Billing). The hour's usage is taken from the
//! cash coupons and the cash; what these cannot pay is the debt, and with it the arrears begin.

use crate::{Account, Context, Event, HOUR_MS, Money, OpenHour, Recorded, Timestamp};

impl Account {
    /// Closes every hour whose settlement is due at the instant, oldest first.
    pub(crate) fn settle_hours(&mut self, context: Context<'_>, at: Timestamp, out: &mut Vec<Recorded>) {
        let policy = context.policies.of(&self.policy);
        while let Some(OpenHour { start: hour, lines }) = self.open_hours.first() {
            let hour = *hour;
            if self.hour_due(hour, policy) > at {
                break;
            }
            let lines = lines.to_vec();
            let coupons = self.coupon_parts(&lines);
            let total: Money = lines.iter().map(|line| line.amount).sum();
            let unpaid = total - coupons.iter().map(|part| part.amount).sum();
            let paid = unpaid.min(self.cash());
            self.emit(at, Event::HourSettled { hour, lines, coupons, paid, debt: unpaid - paid }, out);
            // Coupons that could not pay for this hour count from here on.
            self.watch_balance(at, out);
            self.enter_arrears(context, at, out);
            self.watch_time_to_empty(at, out);
            self.watch_budgets(hour, hour.plus_ms(HOUR_MS), at, out);
        }
    }
}
