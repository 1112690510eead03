//! Tick law: any number of ticks up to t leaves the same as one tick at t; eager is lazy.

use proptest::prelude::*;

use crate::scripts::{plain_scripts, scripts};
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Ticks thrown in anywhere, late and repeated, and one at each due instant, change nothing: not one event, not
    /// one instant.
    #[test]
    fn eager_is_lazy(script in scripts(), fractions in proptest::collection::vec(0..=1000_i64, 0..60)) {
        let world = World::new();
        let mut lazy = script.play(&world);
        lazy.tick(script.end());

        let mut eager = script.open(&world);
        let mut sprinkled = script.open(&world);
        let mut before = eager.account.opened_at();
        let mut fractions = fractions.iter().cycle();
        for (now, command) in &script.commands {
            while let Some(due) = eager.account.next_due(eager.context).filter(|due| due <= now) {
                eager.tick(due);
            }
            eager.play(*now, command);
            if let Some(fraction) = fractions.next() {
                sprinkled.tick(before.plus_ms((now.ms() - before.ms()) * fraction / 1000));
                sprinkled.tick(before);
            }
            sprinkled.play(*now, command);
            sprinkled.tick(*now);
            before = *now;
        }
        eager.tick(script.end());
        let mut now = before;
        while now < script.end() {
            now = now.plus_ms(1_234_567);
            sprinkled.tick(now.min(script.end()));
        }
        prop_assert_eq!(&eager.journal, &lazy.journal);
        prop_assert_eq!(&eager.account, &lazy.account);
        prop_assert_eq!(&sprinkled.journal, &lazy.journal);
        prop_assert_eq!(&sprinkled.account, &lazy.account);
    }

    /// After a tick nothing is due any more, and the next due instant lies ahead.
    #[test]
    fn a_tick_leaves_nothing_due(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        for (now, command) in &script.commands {
            stage.play(*now, command);
            stage.tick(*now);
            prop_assert!(stage.account.next_due(stage.context).is_none_or(|due| due > *now));
        }
        let later = script.end().plus_days(400);
        stage.tick(later);
        prop_assert!(stage.account.next_due(stage.context).is_none_or(|due| due > later));
    }

    /// Without renewals, everything comes to an end some time.
    #[test]
    fn the_end_of_time_leaves_nothing_due(script in plain_scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(charging::Timestamp::MAX);
        prop_assert_eq!(stage.account.next_due(stage.context), None);
    }

    /// A clock that goes back makes no event go back.
    #[test]
    fn events_never_go_back_in_time(script in scripts(), shift in 0..200_000_i64) {
        let world = World::new();
        let mut stage = script.open(&world);
        for (index, (now, command)) in script.commands.iter().enumerate() {
            let back = if index % 3 == 0 { -shift } else { 0 };
            stage.play(now.plus_ms(back), command);
            stage.account.check_at_rest().unwrap();
        }
        prop_assert!(stage.journal.is_sorted_by_key(|recorded| recorded.at));
    }
}
