//! Diagnosis: every amount that was charged has one cause, and what is owed is explained to the last digit.

use std::collections::BTreeMap;

use charging::{
    Account, ArrearsReasons, CashRecord, Cause, CouponChoice, Diagnosis, DrawOrder, Event, Finding, Lot,
    LotNo, Money, Recorded, Service, ServiceNo, SettledHour, Source, Suggestion, Timestamp, UsageRecords,
    Verdict,
};
use proptest::prelude::*;

use crate::commands::Stage;
use crate::scripts::scripts;
use crate::world::World;

fn records(stage: &Stage<'_>, from: Timestamp) -> UsageRecords {
    records_of(&stage.account, &stage.journal, from)
}

fn records_of(account: &Account, journal: &[Recorded], from: Timestamp) -> UsageRecords {
    let mut records = UsageRecords { from, ..UsageRecords::default() };
    for Recorded { at, event } in journal {
        match event {
            Event::Adjusted { amount, reason, .. } => {
                records.cash.push(CashRecord::Adjusted { at: *at, amount: *amount, reason: reason.clone() });
            }
            Event::HourSettled { hour, debt, .. } if *hour < from => {
                records.cash.push(CashRecord::Short { debt: *debt });
            }
            Event::HourSettled { hour, lines, debt, .. } if *hour >= from => {
                records.hours.push(SettledHour { hour: *hour, lines: lines.clone(), debt: *debt });
                records.cash.push(CashRecord::Short { debt: *debt });
            }
            Event::Charged { service, draws, .. } if !draws.is_empty() => {
                records.first_drawn.entry(*service).or_insert(*at);
            }
            _ => {}
        }
    }
    let mut reader = account.run_reader(&records);
    let spans = reader.spans().to_vec();
    let charged = journal.iter().filter(|recorded| matches!(recorded.event, Event::Charged { .. }));
    for (number, Recorded { at, event }) in (1..).zip(charged) {
        if let Event::Charged { service, enterprise_project, rated, .. } = event
            && spans.iter().any(|(from, to)| from <= at && at <= to)
        {
            reader.add(number, *at, *service, enterprise_project.as_ref(), rated);
        }
    }
    records.runs = reader.finish();
    records
}

/// Why the arrears began that a notice tells of: by the books as they are now, of which everything after the settlement is
/// left out.
fn reasons(account: &Account, journal: &[Recorded], at: Timestamp) -> ArrearsReasons {
    let began = journal.iter().position(|recorded| {
        recorded.at == at && matches!(&recorded.event, Event::HourSettled { debt, .. } if debt.is_positive())
    });
    let Recorded { event: Event::HourSettled { hour, .. }, .. } = &journal[began.unwrap()] else {
        unreachable!()
    };
    let mut records = records_of(account, journal, *hour);
    records.hours.truncate(1);
    let later = journal[began.unwrap() + 1..].iter();
    let later =
        later.filter(|recorded| matches!(recorded.event, Event::Adjusted { .. } | Event::HourSettled { .. }));
    records.cash.truncate(records.cash.len() - later.count());
    account.arrears_reasons(&records)
}

/// How many units at a price may have a cause, by what `explain` says of each charge from the state just before it.
fn explained(stage: &Stage<'_>) -> BTreeMap<(ServiceNo, Cause), u64> {
    let mut units = BTreeMap::new();
    let mut before = Account::from_opened(&stage.journal[0]).unwrap();
    for recorded in &stage.journal[1..] {
        if let Some(found) = before.explain(recorded, DrawOrder::default()) {
            let verdicts: Vec<Verdict> = found.lots.iter().map(|lot| lot.verdict).collect();
            let has = |verdict: Verdict| verdicts.contains(&verdict);
            // Its last units, which may have been held for it since before the end, met a part of the call itself.
            let drew_last = |is_so: fn(&Lot) -> bool| {
                let drawn = found.lots.iter().filter(|lot| matches!(lot.verdict, Verdict::Drawn(_)));
                drawn.filter_map(|drawn| before.lot(drawn.lot)).any(is_so)
            };
            let all = [
                (Cause::PackageInOtherRegion, has(Verdict::OtherRegion)),
                (Cause::FreeTrialInOtherRegion, has(Verdict::OtherRegion)),
                (Cause::PackageForOtherApi, has(Verdict::OtherApi)),
                (Cause::PackageForOtherProject, has(Verdict::OtherEnterpriseProject)),
                (Cause::PackageExpired, has(Verdict::Expired) || drew_last(|lot| lot.has_expired)),
                (
                    Cause::PackageUsedUp,
                    has(Verdict::UsedUp) || drew_last(|lot| !lot.has_expired && !lot.is_unsubscribed),
                ),
                (Cause::PackageNotYetEffective, has(Verdict::NotYetEffective)),
                (
                    Cause::PackageUnsubscribed,
                    has(Verdict::Unsubscribed) || drew_last(|lot| lot.is_unsubscribed),
                ),
                (
                    Cause::NoPackage,
                    !has(Verdict::UsedUp) && !has(Verdict::Expired) && !has(Verdict::NotYetEffective),
                ),
            ];
            let rated: u64 = found.rated.iter().map(|rated| rated.units).sum();
            for (cause, _) in all.into_iter().filter(|(_, is_there)| *is_there) {
                *units.entry((found.service, cause)).or_default() += rated;
            }
        }
        before.apply(recorded);
    }
    units
}

/// The figures of the findings that are to stay as they are when nothing more is called: what, why, how much, when.
type Told = (ServiceNo, Cause, u64, Money, Timestamp, Timestamp, Vec<LotNo>);

fn told(diagnosis: &Diagnosis) -> Vec<Told> {
    let told = |f: &Finding| (f.service, f.cause, f.units, f.amount, f.first_at, f.last_at, f.lots.clone());
    let mut all: Vec<Told> = diagnosis.findings.iter().map(told).collect();
    all.sort();
    all
}

/// A finding must be true of the lots it names, and was so when its calls were made. `is_one_line` if it is about a
/// single bill line: then its lots were there before the first of its calls.
fn check_lots(stage: &Stage<'_>, finding: &Finding, is_one_line: bool) -> Result<(), TestCaseError> {
    let called = stage.account.service(finding.service).unwrap();
    let lots: Vec<&Lot> = finding.lots.iter().map(|no| stage.account.lot(*no).unwrap()).collect();
    prop_assert_eq!(lots.is_empty(), finding.cause == Cause::NoPackage);
    let is_paid_for = lots.iter().any(|lot| lot.source != Source::Free);
    prop_assert!(is_paid_for || finding.cause != Cause::PackageInOtherRegion);
    for lot in lots {
        let of_lot = stage.account.service(lot.service).unwrap();
        let (is_here, is_api) = (lot.service == finding.service, of_lot.api == called.api);
        // Of several lines the last first call is not after the last call.
        let known_at = if is_one_line { finding.first_at } else { finding.last_at };
        prop_assert!(lot.created_at <= known_at, "it was there");
        let holds = match finding.cause {
            Cause::PackageInOtherRegion => is_api && !is_here,
            Cause::FreeTrialInOtherRegion => is_api && !is_here && lot.source == Source::Free,
            Cause::PackageForOtherApi => !is_api,
            Cause::PackageForOtherProject => is_here && lot.enterprise_project.is_some(),
            Cause::PackageExpired => is_here && lot.has_expired && lot.expires_at <= known_at,
            Cause::PackageUsedUp => is_here && !lot.has_expired && !lot.is_unsubscribed && lot.left() == 0,
            Cause::PackageUnsubscribed => is_here && lot.is_unsubscribed && lot.has_taken_effect,
            Cause::PackageNotYetEffective => is_here && lot.effective_at > finding.first_at,
            Cause::NoPackage => false,
        };
        prop_assert!(holds, "{:?} of {lot:?}", finding.cause);
    }
    Ok(())
}

/// Whoever pays what the cure says can buy what it suggests.
fn buy_as_told(
    stage: &Stage<'_>,
    finding: &Finding,
    way: Suggestion,
    now: Timestamp,
) -> Result<(), TestCaseError> {
    let (mut account, context, mut out) = (stage.account.clone(), stage.context, Vec::new());
    let Service { api, region, .. } = account.service(finding.service).unwrap().clone();
    if let Some(amount) = finding.cure.top_up_and_buy {
        account.top_up(context, amount, None, now, &mut out).unwrap();
    }
    for _ in 0..way.count {
        let order = (&api, &region, way.calls);
        let bought = account.buy_package(context, order, CouponChoice::Automatic, None, now, &mut out);
        prop_assert!(bought.is_ok(), "{:?}, after {:?}", bought, finding.cure);
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn every_amount_has_one_cause(script in scripts(), late in any::<bool>()) {
        let world = World::new();
        let mut stage = script.play(&world);
        let mut now = stage.account.latest();
        if late {
            now = script.end();
            stage.tick(now);
        }
        let diagnosis = stage.account.diagnose(stage.context, &records(&stage, Timestamp::EPOCH), now);
        let charged: Money =
            stage.journal.iter().filter_map(|recorded| recorded.event.charged_amount()).sum();
        prop_assert_eq!(diagnosis.amount, charged);
        prop_assert_eq!(diagnosis.findings.iter().map(|f| f.amount).sum::<Money>(), charged);
        let owed: Money = diagnosis.findings.iter().map(|f| f.debt).sum();
        prop_assert_eq!((owed, diagnosis.debt), (stage.account.debt(), stage.account.debt()));
        let bought: Money = stage.account.lots().iter().map(|lot| lot.price).sum();
        let refunded = stage.journal.iter().filter_map(|recorded| match &recorded.event {
            Event::LotUnsubscribed { refund } => Some(refund.amount()),
            _ => None,
        });
        prop_assert_eq!(diagnosis.packages_bought, bought - refunded.sum());
        let explained = explained(&stage);
        for found in &diagnosis.findings {
            let most = explained.get(&(found.service, found.cause)).copied().unwrap_or(0);
            prop_assert!(found.units <= most, "{:?} of {} calls, and {most} by their explanations", found.cause, found.units);
        }
        prop_assert!(diagnosis.findings.is_sorted_by(|a, b| a.amount >= b.amount));
        let corrected: Money = diagnosis.corrections.iter().map(|found| found.debt).sum();
        prop_assert!(corrected <= diagnosis.debt);
        for found in &diagnosis.corrections {
            prop_assert!(found.debt.is_positive() && found.debt <= found.taken && found.top_up == diagnosis.debt);
        }
        for finding in &diagnosis.findings {
            prop_assert!(finding.amount.is_positive() && finding.debt <= finding.amount);
            prop_assert!(finding.first_at <= finding.last_at && finding.last_at <= now.max(finding.first_at));
            let named = finding.projects.values().fold((0, Money::ZERO), |all, part| (all.0 + part.0, all.1 + part.1));
            prop_assert!(named.0 <= finding.units && named.1 <= finding.amount);
            check_lots(&stage, finding, false)?;
            if let Some(way) = finding.cure.package {
                let saved = if way.cost < finding.amount { finding.amount - way.cost } else { Money::ZERO };
                prop_assert_eq!(way.saved, saved);
                buy_as_told(&stage, finding, way, now)?;
                prop_assert!(stage.context.catalog.listings.iter().map(|it| &it.offer).any(|o| (o.calls, o.price) == (way.calls, way.price)));
            }
            let text = [
                vec![finding.headline(&stage.account)],
                finding.evidence(&stage.account, diagnosis.debt, "CNY"),
                finding.cure(&stage.account, "CNY", now),
            ];
            prop_assert!(text.iter().flatten().all(|sentence| sentence.ends_with('.')), "{text:?}");
        }
    }

    /// Each line by itself: what explains it was there when its first call was made.
    #[test]
    fn what_explains_a_call_came_before_it(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        let before = stage.account.diagnose(stage.context, &records(&stage, Timestamp::EPOCH), stage.account.latest());
        // Everything is settled, and nothing more is called.
        stage.tick(script.end());
        let all = records(&stage, Timestamp::EPOCH);
        let after = stage.account.diagnose(stage.context, &all, script.end());
        prop_assert_eq!(told(&before), told(&after), "a settlement changes no reason");
        prop_assert_eq!(stage.account.open_hours().lines().count(), 0);
        for hour in &all.hours {
            for line in &hour.lines {
                let alone = SettledHour { lines: vec![line.clone()], ..hour.clone() };
                let records = UsageRecords { hours: vec![alone], ..all.clone() };
                let diagnosis = stage.account.diagnose(stage.context, &records, script.end());
                let units = diagnosis.findings.iter().map(|finding| finding.units).sum::<u64>();
                let amount = diagnosis.findings.iter().map(|finding| finding.amount).sum::<Money>();
                prop_assert_eq!(amount, line.amount);
                // A part of them may have cost nothing.
                prop_assert!(units <= line.units);
                for finding in &diagnosis.findings {
                    prop_assert!(line.first_call_at <= finding.first_at && finding.last_at <= line.last_call_at);
                    let is_within = |at: Timestamp| line.first_call_at <= at && at <= line.last_call_at;
                    let has_turn = stage.account.lots().iter().any(|lot| {
                        [Some(lot.created_at), Some(lot.effective_at), lot.ended_at].into_iter().flatten().any(is_within)
                    });
                    check_lots(&stage, finding, !has_turn)?;
                }
            }
        }
    }

    /// The notice of arrears says what a diagnosis of that instant finds, and says the same for ever.
    #[test]
    fn a_notice_of_arrears_has_the_reasons_of_its_instant(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end());
        let mut then = Account::from_opened(&stage.journal[0]).unwrap();
        for (index, recorded) in stage.journal.iter().enumerate().skip(1) {
            then.apply(recorded);
            let Event::Noticed { notice } = &recorded.event else { continue };
            if !notice.kind.begins_arrears() {
                continue;
            }
            let told = reasons(&then, &stage.journal[..=index], recorded.at);
            prop_assert_eq!(&told, &reasons(&stage.account, &stage.journal, recorded.at));
            let owed: Money = told.causes.iter().map(|cause| cause.debt).sum();
            prop_assert_eq!(owed, then.debt());
            prop_assert!(told.corrected <= owed);
            let all = records_of(&then, &stage.journal[..=index], Timestamp::EPOCH);
            let diagnosis = then.diagnose(stage.context, &all, recorded.at);
            let found: Vec<_> = diagnosis
                .findings
                .iter()
                .filter(|found| found.debt.is_positive())
                .map(|found| (found.service, found.cause, found.debt))
                .collect();
            let mut causes: Vec<_> = told
                .causes
                .iter()
                .filter(|cause| cause.debt.is_positive())
                .map(|of| {
                    let place = |s: &&Service| s.api == of.called.api && s.region == of.called.region;
                    let service = then.services().iter().position(|s| place(&s)).unwrap();
                    (ServiceNo(u16::try_from(service).unwrap()), of.cause, of.debt)
                })
                .collect();
            let mut found = found;
            found.sort();
            causes.sort();
            prop_assert_eq!(found, causes);
            let corrected: Money = diagnosis.corrections.iter().map(|found| found.debt).sum();
            prop_assert_eq!(told.corrected, corrected);
        }
    }

    /// Of a later period, only what was charged since is told.
    #[test]
    fn a_shorter_look_tells_less(script in scripts(), hours in 0..200_i64) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end());
        let from = stage.account.opened_at().plus_ms(hours * charging::HOUR_MS);
        let records = records(&stage, from);
        let diagnosis = stage.account.diagnose(stage.context, &records, script.end());
        let lines = records.hours.iter().flat_map(|hour| &hour.lines);
        let open = stage.account.open_hours().lines();
        prop_assert_eq!(diagnosis.amount, lines.chain(open).map(|line| line.amount).sum::<Money>());
        prop_assert!(diagnosis.debt_explained <= diagnosis.debt);
    }
}
