//! Member law: whatever is called, committed, voided or left to run out, a member never uses more in a month than its
//! quota, is refused a call only if it could take it beyond, and what the account says it used is what its journal says.

use std::collections::BTreeMap;

use charging::{Event, MemberQuota, Money, Month};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::commands::{Answer, Command, Script, Stage, project};
use crate::commerce::Commerce;
use crate::scripts::scripts;
use crate::world::World;

/// The member of these stories, by its number.
const MEMBER: u8 = 0;

/// A quota of so many calls at the plain price, and of so many units.
fn quota(calls: i64, units: u64) -> MemberQuota {
    MemberQuota { amount: Some(Money::from_e8(calls * 5_000_000)), units: Some(units) }
}

/// A member's call under way: what was asked for, and what it may cost at most.
struct UnderWay {
    given: charging::Authorisation,
    units: u64,
    at_most: Money,
}

/// How a member's calls fared.
#[derive(Default, Debug)]
struct Fared {
    accepted: u32,
    too_dear: u32,
    too_many: u32,
}

/// Whether it is a member all the time, or is taken away and comes back before every command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stays {
    Always,
    ComesBack,
}

/// What a call of the member would be answered, and may cost at most, if it had no quota.
fn without_quota(stage: &Stage<'_>, now: charging::Timestamp, command: &Command) -> (Answer, Money) {
    let mut free = stage.clone();
    free.account.remove_member(free.context, &project(MEMBER), now, &mut free.journal).unwrap();
    free.holds.void_expired(now);
    let before = free.holds.amount();
    let answer = free.play(now, command);
    (answer, free.holds.amount() - before)
}

/// Plays a script under a quota that is set before anything else and never changed. The member's calls are answered as
/// if there was no quota, but for those, and all of those, that could take it beyond.
fn play_under(quota: MemberQuota, script: &Script, stays: Stays) -> Result<Fared, TestCaseError> {
    let world = World::new();
    let (member, mut fared) = (project(MEMBER), Fared::default());
    let mut stage = script.open(&world);
    let start = stage.account.opened_at();
    stage.account.set_member(stage.context, &member, quota, start, &mut stage.journal).unwrap();
    let mut under_way: Vec<UnderWay> = Vec::new();
    for (now, command) in script.commands.iter().filter(|(_, command)| !is_of_members(command)) {
        under_way.retain(|call| call.given.expires_at > *now);
        if stays == Stays::ComesBack {
            stage.account.remove_member(stage.context, &member, *now, &mut stage.journal).unwrap();
            stage.account.set_member(stage.context, &member, quota, *now, &mut stage.journal).unwrap();
        }
        let month = stage.account.zone().month(*now);
        let ended = match command {
            Command::Commit { back, .. } | Command::Void { back } => stage.authorisation(*back),
            _ => None,
        };
        match *command {
            Command::Authorise { project: Some(MEMBER), units, .. } => {
                let (unlimited, at_most) = without_quota(&stage, *now, command);
                let (spent, used) = stage.account.members()[0].used_in(month);
                let held: Money = under_way.iter().map(|call| call.at_most).sum();
                let of_others: u64 = under_way.iter().map(|call| call.units).sum();
                let is_too_dear = at_most.is_positive() && spent + held + at_most > quota.amount.unwrap();
                let is_too_many = used + of_others + units > quota.units.unwrap();
                let is_granted = matches!(unlimited, Answer::Authorised(_));
                let answer = stage.play(*now, command);
                if is_granted && (is_too_dear || is_too_many) {
                    prop_assert_eq!(answer, Answer::Refused("member_quota_reached"));
                    fared.too_dear += u32::from(is_too_dear);
                    fared.too_many += u32::from(is_too_many);
                } else {
                    prop_assert_eq!(&answer, &unlimited, "refused without need, or for another reason");
                    if let Answer::Authorised(given) = answer {
                        under_way.push(UnderWay { given, units, at_most });
                        fared.accepted += 1;
                    }
                }
            }
            _ => {
                let answer = stage.play(*now, command);
                prop_assert_ne!(
                    answer,
                    Answer::Refused("member_quota_reached"),
                    "only the member's own calls"
                );
                // Committed, voided, or at its end before.
                under_way.retain(|call| Some(call.given.charge) != ended.as_ref().map(|given| given.charge));
            }
        }
        let used = stage.account.members()[0].used_in(month);
        let of_journal = of_journal(&stage.journal, &member, &stage.account).remove(&month);
        prop_assert_eq!(used, of_journal.unwrap_or_default());
    }
    let mut replayed = charging::Account::from_opened(&stage.journal[0]).unwrap();
    stage.journal[1..].iter().for_each(|recorded| replayed.apply(recorded));
    prop_assert_eq!(&replayed, &stage.account);
    for (month, (spent, used)) in of_journal(&stage.journal, &member, &stage.account) {
        prop_assert!(spent <= quota.amount.unwrap(), "{:?}: {} of {:?}", month, spent, quota);
        prop_assert!(used <= quota.units.unwrap(), "{:?}: {} of {:?}", month, used, quota);
    }
    Ok(fared)
}

/// The random scripts must meet both ends of a quota and calls within it, or the law would be shown of nothing.
#[test]
fn quotas_are_met_and_kept() {
    let mut runner = TestRunner::deterministic();
    let mut all = Fared::default();
    for _ in 0..300 {
        let (script, calls, units) =
            (scripts(), 0..6_i64, 0..12_u64).new_tree(&mut runner).unwrap().current();
        let fared = play_under(quota(calls, units), &script, Stays::Always).unwrap();
        all.accepted += fared.accepted;
        all.too_dear += fared.too_dear;
        all.too_many += fared.too_many;
    }
    assert!(all.accepted >= 50 && all.too_dear >= 50 && all.too_many >= 50, "{all:?}");
}

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn no_month_is_beyond_a_members_quota(script in scripts(), calls in 0..6_i64, units in 0..12_u64) {
        play_under(quota(calls, units), &script, Stays::Always)?;
    }

    /// Whoever is taken away and added again has used what it used: a quota is not renewed by it.
    #[test]
    fn a_member_that_comes_back_begins_no_new_quota(script in scripts(), calls in 0..6_i64, units in 0..12_u64) {
        play_under(quota(calls, units), &script, Stays::ComesBack)?;
    }

    /// A member without a quota is refused nothing that others are not.
    #[test]
    fn no_quota_is_no_limit(script in scripts()) {
        let world = World::new();
        let (mut with, mut without) = (script.open(&world), script.open(&world));
        let start = with.account.opened_at();
        with.account.set_member(with.context, &project(0), MemberQuota::default(), start, &mut with.journal).unwrap();
        for (now, command) in script.commands.iter().filter(|(_, command)| !is_of_members(command)) {
            prop_assert_eq!(with.play(*now, command), without.play(*now, command));
        }
    }
}

/// The members of the scripts have quotas of their own.
fn is_of_members(command: &Command) -> bool {
    matches!(command, Command::Commerce(Commerce::Member { .. } | Commerce::NoMember { .. }))
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
