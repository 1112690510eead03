//! How all accounts stand, for those who watch the whole: counts and sums, looked at beside the calls.

use charging::{Money, Standing};

use super::Engine;
use crate::entry::AccountNo;

/// So many accounts are looked at while calls wait.
const AT_ONCE: usize = 500;

/// Counts and sums over all accounts. Each account is as of one instant, the whole is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Survey {
    /// Accounts in use.
    pub good: u64,
    /// In arrears, and served.
    pub grace: u64,
    /// In arrears, and refused.
    pub frozen: u64,
    /// Whose pay-per-use resources are gone.
    pub released: u64,
    /// What the accounts have, in 10⁻⁸ of the currency unit.
    pub cash_e8: i128,
    /// What they owe.
    pub debt_e8: i128,
    /// What was charged and is not settled yet.
    pub unsettled_e8: i128,
    /// Calls that are authorised and neither committed nor given back.
    pub holds: u64,
}

impl Engine {
    /// Looks at every account.
    pub fn survey(&self) -> Survey {
        let mut survey = Survey::default();
        for first in (0..).step_by(AT_ONCE) {
            let shard = self.shard.lock();
            let some =
                (first..first + AT_ONCE).map_while(|no| shard.accounts.get(AccountNo::try_from(no).ok()?));
            let before = survey.accounts();
            for live in some {
                let account = &live.account;
                *survey.of(account.standing()) += 1;
                let e8 = |money: Money| i128::from(money.e8());
                survey.cash_e8 += e8(account.cash());
                survey.debt_e8 += e8(account.debt());
                survey.unsettled_e8 += e8(account.unsettled());
                survey.holds += live.holds.len() as u64;
            }
            if survey.accounts() < before + AT_ONCE as u64 {
                break;
            }
        }
        survey
    }
}

impl Survey {
    /// How many accounts there are.
    pub fn accounts(&self) -> u64 {
        self.good + self.grace + self.frozen + self.released
    }

    fn of(&mut self, standing: Standing) -> &mut u64 {
        match standing {
            Standing::Good { .. } => &mut self.good,
            Standing::Grace { .. } => &mut self.grace,
            Standing::Frozen { .. } => &mut self.frozen,
            Standing::Released { .. } => &mut self.released,
        }
    }
}
