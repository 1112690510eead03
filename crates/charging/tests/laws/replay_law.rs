//! Replay law: state = replay of the events, bit for bit, from any prefix, through the stored form.

use charging::{Account, Recorded};
use proptest::prelude::*;

use crate::scripts::scripts;
use crate::world::World;

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    postcard::from_bytes(&postcard::to_allocvec(value).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn replay_gives_the_state_back(script in scripts(), cut in 0..=1000_usize) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end());
        let journal: Vec<Recorded> = stored(&stage.journal);
        prop_assert_eq!(&journal, &stage.journal);

        let mut replayed = Account::from_opened(&journal[0]).unwrap();
        let cut = 1 + (journal.len() - 1) * cut / 1000;
        journal[1..cut].iter().for_each(|recorded| replayed.apply(recorded));
        // A snapshot in the middle.
        let snapshot: Account = stored(&replayed);
        prop_assert_eq!(&snapshot, &replayed);
        let mut replayed = snapshot;
        journal[cut..].iter().for_each(|recorded| replayed.apply(recorded));
        prop_assert_eq!(&replayed, &stage.account);
        let bytes = |account: &Account| postcard::to_allocvec(account).unwrap();
        prop_assert_eq!(bytes(&replayed), bytes(&stage.account));
    }

    /// A restart between any two commands loses the holds and nothing else: the rest of the script then gives the
    /// same events as on an account whose callers had all gone away.
    #[test]
    fn a_restart_is_a_void_of_all_holds(script in scripts(), cut in 0..120_usize) {
        let world = World::new();
        let (mut stage, mut restarted) = (script.open(&world), script.open(&world));
        for (index, (now, command)) in script.commands.iter().enumerate() {
            if index == cut {
                for given in std::mem::take(&mut stage.authorisations) {
                    stage.account.void(&mut stage.holds, &given);
                }
                let journal: Vec<Recorded> = stored(&restarted.journal);
                restarted.account = Account::from_opened(&journal[0]).unwrap();
                journal[1..].iter().for_each(|recorded| restarted.account.apply(recorded));
                restarted.holds = charging::Holds::default();
                restarted.authorisations.clear();
            }
            prop_assert_eq!(stage.play(*now, command), restarted.play(*now, command));
        }
        prop_assert_eq!(&stage.journal, &restarted.journal);
        prop_assert_eq!(&stage.account, &restarted.account);
    }

    /// The same commands at the same instants give the same events.
    #[test]
    fn applying_is_deterministic(script in scripts()) {
        let world = World::new();
        prop_assert_eq!(script.play(&world).journal, script.play(&world).journal);
    }
}
