//! 2xx law: a call is charged exactly once if and only if its authorisation was committed.

use std::collections::BTreeMap;

use charging::{ChargeId, Event, Receipt};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::auditor::Auditor;
use crate::commands::{Answer, Command};
use crate::scripts::scripts;
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Every answer and every balance is what the auditor says, after every command.
    #[test]
    fn the_auditor_agrees(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        let mut auditor = Auditor::new(&world, &script);
        for (now, command) in &script.commands {
            auditor.audit(*now, command, &mut stage);
            stage.account.check_at_rest().unwrap();
        }
        // Packages end and are renewed, coupons end, rules ask again.
        for days in [1, 3, 20, 60] {
            auditor.audit(script.end().plus_days(days), &Command::Tick, &mut stage);
        }
    }

    #[test]
    fn a_commit_charges_once_and_nothing_else_does(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        let mut receipts: BTreeMap<ChargeId, Receipt> = BTreeMap::new();
        let mut ended = Vec::new();
        for (now, command) in &script.commands {
            let of_command = match command {
                Command::Commit { back, .. } | Command::Void { back } => stage.authorisation(*back),
                _ => None,
            };
            let was_under_way = |stage: &crate::commands::Stage<'_>| {
                let mut holds = stage.holds.clone();
                holds.void_expired(*now);
                holds.len()
            };
            let before = was_under_way(&stage);
            match (stage.play(*now, command), of_command) {
                (Answer::Committed(receipt), Some(given)) => {
                    prop_assert_eq!(receipt.charge, given.charge);
                    prop_assert!(!ended.contains(&given.charge), "charged after it was voided");
                    prop_assert!(given.expires_at > *now, "charged after it ran out");
                    prop_assert_eq!(was_under_way(&stage), before - 1);
                    prop_assert!(receipts.insert(receipt.charge, receipt).is_none(), "committed twice");
                }
                (Answer::Refused(word), Some(given)) => {
                    prop_assert_eq!(word, "unknown_hold");
                    let had_ended = ended.contains(&given.charge) || receipts.contains_key(&given.charge);
                    prop_assert!(had_ended || given.expires_at <= *now, "a good authorisation was refused");
                }
                (_, Some(given)) => ended.push(given.charge),
                _ => {}
            }
        }
        let mut charged = 0;
        for recorded in &stage.journal {
            if let Event::Charged { charge, draws, rated, .. } = &recorded.event {
                charged += 1;
                let receipt = &receipts[charge];
                prop_assert_eq!((&receipt.draws, &receipt.rated), (draws, rated));
                let units: u64 =
                    draws.iter().map(|d| d.units).sum::<u64>() + rated.iter().map(|r| r.units).sum::<u64>();
                prop_assert_eq!(receipt.units(), units);
                prop_assert_eq!(Some(receipt.amount()), recorded.event.charged_amount());
            }
        }
        prop_assert_eq!(charged, receipts.len());
        prop_assert_eq!(stage.account.charges(), receipts.len() as u64);
    }
}

proptest! {
    #![proptest_config(crate::scripts::cases())]

    /// Charging in one step is authorising and committing at the same instant.
    #[test]
    fn one_step_is_both_steps_at_once(script in scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        for (now, command) in &script.commands {
            if let Command::Authorise { service, project, units } = command {
                let (mut once, mut twice) = (stage.clone(), stage.clone());
                let receipt = once.charge(*now, *service, *project, *units);
                let answer = match twice.play(*now, command) {
                    Answer::Authorised(_) => twice.play(*now, &Command::Commit { back: 0, units: *units }),
                    refused => refused,
                };
                prop_assert_eq!(receipt, answer);
                prop_assert_eq!(&once.journal, &twice.journal);
                prop_assert_eq!(&once.account, &twice.account);
                prop_assert_eq!(once.holds.amount(), twice.holds.amount());
                prop_assert_eq!(once.holds.len(), twice.holds.len());
            }
            stage.play(*now, command);
        }
    }
}

/// The random scripts must reach every state and every answer, or the laws would be shown of nothing.
#[test]
fn the_scripts_reach_everything() {
    let world = World::new();
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..3000 {
        let script = scripts().new_tree(&mut runner).unwrap().current();
        let mut stage = script.open(&world);
        for (now, command) in &script.commands {
            let answer = match stage.play(*now, command) {
                Answer::Refused(word) => word.to_owned(),
                Answer::Repeated => "repeated".to_owned(),
                _ => continue,
            };
            *seen.entry(answer).or_default() += 1;
        }
        for recorded in &stage.journal {
            if let Event::LotUnsubscribed { refund } = &recorded.event {
                let is_renewal = stage.journal.iter().any(|granted| {
                    matches!(&granted.event, Event::LotGranted { lot, order: Some(order), .. }
                        if *lot == refund.lot && order.renews.is_some())
                });
                for (word, is_so) in [
                    ("refunded_for_everything", refund.is_free),
                    ("refunded_less_a_fee", refund.fee.is_positive() && refund.used.is_positive()),
                    ("refunded_to_a_coupon", refund.to_coupon().is_positive()),
                    ("coupon_lost", refund.lost.is_positive()),
                    ("renewal_taken_back", is_renewal),
                    ("to_pay_per_use", refund.to_pay_per_use),
                ] {
                    *seen.entry(word.to_owned()).or_default() += u32::from(is_so);
                }
            }
            let word = match &recorded.event {
                Event::StandingChanged { standing } => standing.word().to_owned(),
                Event::Charged { draws, rated, .. } => {
                    format!("charged from {} lots at {} prices", draws.len().min(2), rated.len().min(2))
                }
                Event::Noticed { notice } => notice.kind.word().to_owned(),
                other => format!("{other:?}").chars().take_while(char::is_ascii_alphanumeric).collect(),
            };
            *seen.entry(word).or_default() += 1;
        }
    }
    let expected = "good grace frozen released ServiceAdded Subscribed Unsubscribed LotGranted LotExpired \
         LotTookEffect HourSettled ToppedUp DebtPaid TierChanged \
         SpendCapSet SpendCapRemoved MemberSet MemberRemoved member_quota_near member_quota_reached Adjusted \
         CouponGiven CouponExpired RenewalSet RenewalAttempted RenewalEnded \
         KeysForgotten AutoTopUpSet AutoTopUpRemoved TopUpRequested TopUpResolved TopUpPostponed spend_cap_reached \
         coupon_not_usable already_renewed not_renewable unknown_lot nothing_to_remove unknown_top_up \
         renewed renewal_failed top_up_failed top_up_unanswered repeated not_subscribed package_used_up in_arrears \
         insufficient_balance adjusted_beyond_cash nothing_to_adjust unknown_package nothing_to_unsubscribe amount_out_of_range invalid_lot key_conflict \
         ends_in_past ends_before_beginning \
         unknown_hold AlertsSet AlertRearmed BudgetSet BudgetRemoved MonthClosed unknown_budget arrears_entered \
         grace_entered grace_ends release_near restored balance_low balance_soon_empty package_low \
         package_expires pay_per_use_instead bill_ready budget_exceeded budget_forecast \
         OrderPlaced OrderCancelled LotUnsubscribed unknown_order order_not_pending in_unpaid_order not_refundable \
         nothing_to_take_back refunded_for_everything refunded_less_a_fee refunded_to_a_coupon coupon_lost \
         renewal_taken_back to_pay_per_use";
    let charges = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 1)]
        .map(|(lots, prices)| format!("charged from {lots} lots at {prices} prices"));
    for word in expected.split_whitespace().map(str::to_owned).chain(charges) {
        let times = seen.get(&word).copied().unwrap_or(0);
        assert!(times >= 5, "{word}: {times} times; seen: {seen:#?}");
    }
}
