//! Standing law: only the arrows exist; nothing is bought or enabled while something is owed; packages with quota
//! left keep working throughout.

use charging::{Account, ChargeId, Event, Money, Reason, Standing, SubscriptionMode};
use proptest::prelude::*;

use crate::commands::{Answer, Command, project};
use crate::scripts::scripts;
use crate::world::{World, service_names};

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn only_the_arrows_exist(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(60));
        let mut account = Account::from_opened(&stage.journal[0]).unwrap();
        for next in &stage.journal[1..] {
            let owed = account.debt();
            if let Event::StandingChanged { standing } = &next.event {
                let arrow = (account.standing().word(), standing.word(), owed.is_positive());
                let arrows = [
                    ("good", "grace", true),
                    ("grace", "frozen", true),
                    ("frozen", "released", true),
                    ("grace", "good", false),
                    ("frozen", "good", false),
                    ("released", "good", false),
                ];
                prop_assert!(arrows.contains(&arrow), "{:?}", arrow);
                // Each at its own instant, whenever it was noticed.
                match (account.standing(), standing) {
                    (Standing::Grace { until, .. }, Standing::Frozen { .. }) => prop_assert_eq!(next.at, until),
                    (Standing::Frozen { release_at, .. }, Standing::Released { .. }) => {
                        prop_assert_eq!(next.at, release_at);
                    }
                    _ => {}
                }
                prop_assert_eq!(standing.since(), next.at);
            }
            if owed.is_positive() {
                match &next.event {
                    Event::LotGranted { price, .. } => prop_assert_eq!(*price, Money::ZERO, "bought in arrears"),
                    Event::Subscribed { service, mode } => {
                        prop_assert_eq!(*mode, SubscriptionMode::PackageOnly);
                        prop_assert!(account.service(*service).unwrap().subscription.is_some());
                    }
                    _ => {}
                }
            }
            account.apply(next);
        }
        // Left alone for sixty days, whoever owes something is released under every policy.
        if stage.account.is_in_arrears() {
            prop_assert_eq!(stage.account.standing().word(), "released");
        }
    }

    /// Whatever the standing, a call that a valid lot can meet is served from it, and no balance is touched. Only a
    /// member's own quota ends its calls.
    #[test]
    fn packages_keep_working(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        for (now, command) in &script.commands {
            stage.play(*now, command);
            stage.tick(*now);
            for lot in stage.account.lots().to_vec() {
                let is_free = lot.left() > stage.holds.of_lot(lot.no);
                if !is_free || !lot.serves(lot.enterprise_project.as_ref(), *now) {
                    continue;
                }
                let mut aside = stage.clone();
                let service = aside.account.service(lot.service).unwrap();
                let (api, region) = (service.api.clone(), service.region.clone());
                let owed = (aside.account.debt(), aside.account.unsettled());
                let id = ChargeId(u128::MAX);
                let mut out = Vec::new();
                let given = aside.account.authorise(
                    &mut aside.holds, aside.context, id, charging::CallFor { api: &api, region: &region, enterprise_project: lot.enterprise_project.as_ref(), units: 1 }, *now, &mut out,
                );
                if let Err(refusal) = &given
                    && let Reason::MemberQuotaReached { quota, .. } = &*refusal.reason
                {
                    prop_assert!(lot.enterprise_project.is_some() && quota.units.is_some(), "{:?}", refusal);
                    continue;
                }
                let given = given.unwrap();
                let receipt = aside.account.commit(&mut aside.holds, aside.context, &given, 1, *now, &mut out);
                prop_assert_eq!(receipt.unwrap().amount(), Money::ZERO);
                prop_assert_eq!((aside.account.debt(), aside.account.unsettled()), owed);
            }
        }
    }

    /// Frozen and released accounts are charged nothing per call but what was under way.
    #[test]
    fn nothing_new_is_priced_while_frozen(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        for (now, command) in &script.commands {
            stage.tick(*now);
            let standing = stage.account.standing();
            let answer = stage.play(*now, command);
            let stopped = matches!(standing, Standing::Frozen { .. } | Standing::Released { .. });
            if let (true, Command::Authorise { service, project: p, units }, Answer::Authorised(given)) =
                (stopped, command, &answer)
            {
                let mut aside = stage.clone();
                let receipt = aside
                    .account
                    .commit(&mut aside.holds, aside.context, given, *units, *now, &mut Vec::new())
                    .unwrap();
                prop_assert!(receipt.rated.is_empty(), "{:?} {:?}", service_names(*service), p.map(project));
            }
        }
    }
}
