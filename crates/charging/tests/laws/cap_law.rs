//! Cap law: whatever is called, committed, voided or left to run out, a month is never charged more than its cap.

use std::collections::BTreeMap;

use charging::{Event, Money, Month, Reason};
use proptest::prelude::*;

use crate::commands::Command;
use crate::commerce::Commerce;
use crate::scripts::scripts;
use crate::world::{SERVICES, World, name, service_names};

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Two caps set before anything else and never changed: no month of the journal is beyond them, and a call is
    /// refused only if it might have been.
    #[test]
    fn no_month_is_beyond_its_cap(script in scripts(), of_api in 0..6_i64, of_all in 0..9_i64) {
        let world = World::new();
        let (of_api, of_all) = (Money::from_e8(of_api * 5_000_000), Money::from_e8(of_all * 5_000_000));
        let api = name("general-text");
        let mut stage = script.open(&world);
        let start = stage.account.opened_at();
        let (account, context) = (&mut stage.account, stage.context);
        account.set_spend_cap(context, Some(&api), of_api, start, &mut stage.journal).unwrap();
        account.set_spend_cap(context, None, of_all, start, &mut stage.journal).unwrap();
        let is_of_caps = |command: &Command| {
            matches!(command, Command::Commerce(Commerce::Cap { .. } | Commerce::Uncap { .. }))
        };
        for (now, command) in script.commands.iter().filter(|(_, command)| !is_of_caps(command)) {
            if let Command::Authorise { service, project: p, units } = command {
                // Why it is refused, asked aside: the answer of the script keeps only the word.
                let mut aside = stage.clone();
                let (api, region) = service_names(*service);
                let project = p.map(crate::commands::project);
                let asked = aside.account.authorise(
                    &mut aside.holds, aside.context, charging::ChargeId(u128::MAX), charging::CallFor { api: &api, region: &region, enterprise_project: project.as_ref(), units: *units }, *now, &mut aside.journal,
                );
                if let Err(refusal) = asked
                    && let Reason::SpendCapReached { cap, spent, held, .. } = *refusal.reason
                {
                    let dearest = Money::from_e8(5_000_000 * i64::try_from(*units).unwrap());
                    prop_assert!(spent + held <= cap, "already beyond the cap: {:?}", refusal);
                    prop_assert!(spent + held + dearest > cap, "refused without need: {:?}", refusal);
                }
            }
            stage.play(*now, command);
        }
        let mut months: BTreeMap<(Month, bool), Money> = BTreeMap::new();
        for recorded in &stage.journal {
            if let Event::Charged { service, .. } = &recorded.event {
                let of = stage.account.service(*service).unwrap();
                let amount = recorded.event.charged_amount().unwrap();
                let month = stage.account.zone().month(recorded.at);
                *months.entry((month, false)).or_default() += amount;
                if of.api == api {
                    *months.entry((month, true)).or_default() += amount;
                }
            }
        }
        for ((month, is_of_api), spent) in months {
            let cap = if is_of_api { of_api } else { of_all };
            prop_assert!(spent <= cap, "{:?}: {} of {} in {}", month, spent, cap, SERVICES[0].0);
        }
    }

    /// What the account says it spent this month is what its journal says.
    #[test]
    fn the_month_is_the_sum_of_its_charges(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        for (now, command) in &script.commands {
            stage.play(*now, command);
            let month = stage.account.zone().month(*now);
            let of_month = stage.journal.iter().filter(|r| stage.account.zone().month(r.at) == month);
            let charged: Money = of_month.filter_map(|r| r.event.charged_amount()).sum();
            prop_assert_eq!(stage.account.spent_this_month(None, *now), charged);
        }
    }
}
