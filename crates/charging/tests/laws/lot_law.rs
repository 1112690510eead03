//! Lot law: granted = drawn + held + left + expired + given back, never negative. The draw order is the auditor's,
//! charge by charge (`charge_law::the_auditor_agrees`); here the sums, and the validity of each draw.

use charging::{Account, Event};
use proptest::prelude::*;

use crate::scripts::scripts;
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn no_lot_gives_more_than_it_holds(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        let hold_ms = i64::from(world.policy(script.policy).hold_s) * 1000;
        for (now, command) in &script.commands {
            stage.play(*now, command);
            for lot in stage.account.lots() {
                prop_assert_eq!(lot.granted, lot.drawn + lot.left() + lot.expired() + lot.given_back());
                prop_assert!(lot.drawn + stage.holds.of_lot(lot.no) <= lot.granted, "{:?}", lot);
                prop_assert_eq!(lot.has_expired, lot.ended_at.is_some() && lot.expires_at < lot.ended_at.unwrap());
                prop_assert!(lot.is_unsubscribed || lot.has_taken_effect == (lot.effective_at <= *now));
            }
        }
        let mut account = Account::from_opened(&stage.journal[0]).unwrap();
        for recorded in &stage.journal[1..] {
            if let Event::Charged { service, enterprise_project, draws, .. } = &recorded.event {
                for draw in draws {
                    let lot = account.lot(draw.lot).unwrap();
                    prop_assert_eq!(lot.service, *service);
                    prop_assert!(lot.is_for(enterprise_project.as_ref()));
                    // A call is authorised within the validity, and ends at most one hold later.
                    prop_assert!(lot.effective_at <= recorded.at, "{:?}", lot);
                    prop_assert!(recorded.at < lot.expires_at.plus_ms(hold_ms + 1), "{:?}", lot);
                }
            }
            account.apply(recorded);
        }
    }
}
