//! Which members the books of accounts have, for whoever compares them with the directory.

use charging::{AccountId, Name};

use super::Engine;

impl Engine {
    /// All members there are, each with the account that pays for it, as the books have them by now.
    pub fn members(&self) -> Vec<(AccountId, Name)> {
        let shard = self.shard.lock();
        let of = |account: &charging::Account| {
            let id = account.id();
            account.members().iter().map(|member| (id, member.id.clone())).collect::<Vec<_>>()
        };
        shard.accounts.iter().flat_map(|live| of(&live.account)).collect()
    }
}
