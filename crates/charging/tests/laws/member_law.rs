//! Member law: whatever is called, committed, voided or left to run out, a member never uses more in a month than its
//! quota, and what the account says it used is what its journal says.

use std::collections::BTreeMap;

use charging::{Event, MemberQuota, Money, Month, Reason};
use proptest::prelude::*;

use crate::commands::{Command, project};
use crate::scripts::scripts;
use crate::world::{World, service_names};

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// A quota set before anything else and never changed.
    #[test]
    fn no_month_is_beyond_a_members_quota(script in scripts(), e8 in 0..6_i64, most in 0..12_u64) {
        let world = World::new();
        let member = project(0);
        let quota = MemberQuota { amount: Some(Money::from_e8(e8 * 5_000_000)), units: Some(most) };
        let mut stage = script.open(&world);
        let start = stage.account.opened_at();
        stage.account.set_member(stage.context, &member, quota, start, &mut stage.journal).unwrap();
        for (now, command) in &script.commands {
            if let Command::Authorise { service, project: p, units } = command {
                let mut aside = stage.clone();
                let (api, region) = service_names(*service);
                let named = p.map(project);
                let call = charging::CallFor { api: &api, region: &region, enterprise_project: named.as_ref(), units: *units };
                let id = charging::ChargeId(u128::MAX);
                let asked = aside.account.authorise(&mut aside.holds, aside.context, id, call, *now, &mut aside.journal);
                if let Err(refusal) = asked
                    && let Reason::MemberQuotaReached { spent, used, .. } = *refusal.reason
                {
                    prop_assert_eq!(named.as_ref(), Some(&member), "only the member's own calls: {:?}", refusal);
                    prop_assert!(spent <= quota.amount.unwrap() && used <= most, "already beyond: {:?}", refusal);
                }
            }
            stage.play(*now, command);
            let month = stage.account.zone().month(*now);
            let used = stage.account.members()[0].used_in(month);
            prop_assert_eq!(used, of_journal(&stage.journal, &member, &stage.account).remove(&month).unwrap_or_default());
        }
        let mut replayed = charging::Account::from_opened(&stage.journal[0]).unwrap();
        stage.journal[1..].iter().for_each(|recorded| replayed.apply(recorded));
        prop_assert_eq!(&replayed, &stage.account);
        for (month, (spent, used)) in of_journal(&stage.journal, &member, &stage.account) {
            prop_assert!(spent <= quota.amount.unwrap(), "{:?}: {} of {:?}", month, spent, quota);
            prop_assert!(used <= most, "{:?}: {} of {:?}", month, used, quota);
        }
    }

    /// A member without a quota is refused nothing that others are not.
    #[test]
    fn no_quota_is_no_limit(script in scripts()) {
        let world = World::new();
        let (mut with, mut without) = (script.open(&world), script.open(&world));
        let start = with.account.opened_at();
        with.account.set_member(with.context, &project(0), MemberQuota::default(), start, &mut with.journal).unwrap();
        for (now, command) in &script.commands {
            prop_assert_eq!(with.play(*now, command), without.play(*now, command));
        }
    }
}

/// What a member used in each month, by the charges alone.
fn of_journal(
    journal: &[charging::Recorded],
    member: &charging::Name,
    account: &charging::Account,
) -> BTreeMap<Month, (Money, u64)> {
    let mut months: BTreeMap<Month, (Money, u64)> = BTreeMap::new();
    for recorded in journal {
        let Event::Charged { enterprise_project, draws, rated, .. } = &recorded.event else { continue };
        if enterprise_project.as_ref() != Some(member) {
            continue;
        }
        let sum = months.entry(account.zone().month(recorded.at)).or_default();
        sum.0 += rated.iter().map(|rated| rated.amount).sum::<Money>();
        sum.1 += draws.iter().map(|draw| draw.units).sum::<u64>()
            + rated.iter().map(|rated| rated.units).sum::<u64>();
    }
    months
}
