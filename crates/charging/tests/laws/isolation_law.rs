//! Isolation law: commands on one account never see, charge or move anything of another.

use charging::Recorded;
use proptest::prelude::*;

use crate::commands::Stage;
use crate::scripts::scripts;
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Two accounts played side by side have the histories they have alone, and neither can use what the other was
    /// permitted.
    #[test]
    fn two_accounts_do_not_meet(first in scripts(), second in scripts()) {
        let world = World::new();
        let alone = |script: &crate::commands::Script, id| {
            let mut stage = Stage::open(&world, script.policy, script.tier, id);
            for (now, command) in &script.commands {
                stage.play(*now, command);
            }
            stage
        };
        let (first_alone, second_alone) = (alone(&first, 1), alone(&second, 2));

        let mut stages = [
            Stage::open(&world, first.policy, first.tier, 1),
            Stage::open(&world, second.policy, second.tier, 2),
        ];
        let mut together: Vec<(usize, &_, &_)> = Vec::new();
        together.extend(first.commands.iter().map(|(now, command)| (0, now, command)));
        together.extend(second.commands.iter().map(|(now, command)| (1, now, command)));
        together.sort_by_key(|(_, now, _)| **now);
        for (which, now, command) in together {
            stages[which].play(*now, command);
            let [one, other] = &mut stages;
            let (mine, foreign) = if which == 0 { (one, other) } else { (other, one) };
            if let Some(given) = mine.authorisations.last() {
                let before = foreign.holds.len();
                let mut out: Vec<Recorded> = Vec::new();
                let mut aside = foreign.account.clone();
                let refused = aside.commit(&mut foreign.holds.clone(), foreign.context, given, 1, *now, &mut out);
                prop_assert_eq!(refused.unwrap_err().word(), "unknown_hold");
                foreign.account.void(&mut foreign.holds, given);
                prop_assert_eq!(foreign.holds.len(), before);
            }
        }
        prop_assert_eq!(&stages[0].journal, &first_alone.journal);
        prop_assert_eq!(&stages[0].account, &first_alone.account);
        prop_assert_eq!(&stages[1].journal, &second_alone.journal);
        prop_assert_eq!(&stages[1].account, &second_alone.account);
    }
}
