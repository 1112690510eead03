//! Notice law: told once for each crossing, at the crossing, and never again before it may be.

use charging::Account;
use proptest::prelude::*;

use crate::commands::{Answer, Command, project};
use crate::listener::Listener;
use crate::scripts::scripts;
use crate::world::{World, service_names};

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Under random spends, purchases, renewals, coupons, corrections and top-ups the notices are exactly those that a
    /// listener predicts who hears everything but them: none is missed, and none is given twice.
    #[test]
    fn told_once_for_each_crossing(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        let mut listener = Listener::new(&stage.account);
        let end = script.end().plus_days(70);
        let last = [(end, Command::Tick)];
        for (now, command) in script.commands.iter().chain(&last) {
            let heard = stage.journal.len();
            let mut aside = stage.clone();
            let answer = stage.play(*now, command);
            if let (
                Command::Authorise { service, project: p, units },
                Answer::Refused("spend_cap_reached" | "member_quota_reached"),
            ) = (command, answer)
            {
                // Which limit it was: the answer of the script keeps only the word.
                let (api, region) = service_names(*service);
                let p = p.map(project);
                let refusal = aside.account.authorise(
                    &mut aside.holds, aside.context, charging::ChargeId(u128::MAX), charging::CallFor { api: &api, region: &region, enterprise_project: p.as_ref(), units: *units }, *now, &mut aside.journal,
                );
                listener.hear_refusal(*now, p.as_ref(), &refusal.unwrap_err());
            }
            listener.hear_command(*now, &stage.journal[heard..], &stage.account);
        }
        prop_assert!(listener.has_billed_by(end));
    }

    /// Notices are numbered from 1 without a gap, so account and number are a key for ever.
    #[test]
    fn numbered_without_a_gap(script in scripts()) {
        let world = World::new();
        let stage = script.play(&world);
        let notices = stage.journal.iter().filter_map(|recorded| match &recorded.event {
            charging::Event::Noticed { notice } => Some(notice.no),
            _ => None,
        });
        prop_assert!(notices.eq(1..=stage.account.notices()));
    }

    /// Each event may follow what comes before it, and the state after it holds: what `inkmeter verify` goes by.
    #[test]
    fn every_notice_is_true(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(70));
        let mut replayed = Account::from_opened(&stage.journal[0]).unwrap();
        for recorded in &stage.journal[1..] {
            replayed.check_next(recorded).unwrap();
            replayed.apply(recorded);
            replayed.check().unwrap();
        }
        replayed.check_at_rest().unwrap();
    }
}
