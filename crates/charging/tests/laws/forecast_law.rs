//! Forecast: what is foretold is what then happens, and foretelling changes nothing.

use std::collections::BTreeMap;

use charging::{Account, Assumptions, Event, PaymentAnswer, Recorded, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::commands::Stage;
use crate::scripts::scripts;
use crate::world::World;

/// What happened from here on, as far as a forecast tells of it.
fn heard(journal: &[Recorded]) -> Vec<&Recorded> {
    journal.iter().filter(|recorded| !matches!(recorded.event, Event::ServiceAdded { .. })).collect()
}

/// Every payment that was asked for is answered at once, as it was assumed, but one that was told to have no answer.
fn answer_payments(stage: &mut Stage<'_>, now: Timestamp, assumed: Assumptions) {
    loop {
        let is_open = |no: &u64| assumed.no_payment || !stage.account.is_told_unanswered(*no);
        let asked = stage.account.top_up_requests().map(|request| request.no).find(is_open);
        let Some(no) = asked else { return };
        let Stage { account, context, journal, .. } = stage;
        let declined = PaymentAnswer::Declined { detail: "no payment arrives".into() };
        let answer = if assumed.no_payment { declined } else { PaymentAnswer::Paid };
        account.resolve_top_up(*context, no, answer, now, journal).unwrap();
    }
}

/// Moves the clock to the instant in uneven steps; payments are answered as the forecast takes for granted.
fn live_on(
    stage: &mut Stage<'_>,
    mut now: Timestamp,
    until: Timestamp,
    waits_ms: &[i64],
    assumed: Assumptions,
) {
    let mut waits = waits_ms.iter().cycle();
    answer_payments(stage, now, assumed);
    while now < until {
        // Whoever has a rule for top-ups is asked at the instants at which something is due.
        while stage.account.auto_top_up().is_some()
            && let Some(due) = stage.account.next_due(stage.context).filter(|due| *due <= until)
        {
            stage.tick(due);
            answer_payments(stage, due, assumed);
        }
        now = now.plus_ms(*waits.next().unwrap_or(&86_400_000)).min(until);
        stage.tick(now);
    }
}

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn what_is_foretold_happens(
        script in scripts(),
        days in 0..90_u16,
        ms in 1..86_400_000_i64,
        waits_ms in proptest::collection::vec(1_000_000..300_000_000_i64, 1..8),
        no_payment in any::<bool>(),
    ) {
        let assumed = Assumptions { no_payment };
        let world = World::new();
        let mut stage = script.play(&world);
        let now = script.commands.last().map_or(stage.account.opened_at(), |(at, _)| *at);
        stage.tick(now);
        let until = now.plus_days(days).plus_ms(ms);

        let before = stage.account.clone();
        let forecast = stage.account.forecast(stage.context, now, until, assumed);
        prop_assert_eq!(&stage.account, &before, "the account is as it was");
        prop_assert!(!forecast.is_cut_short);
        prop_assert_eq!((forecast.from, forecast.until), (now, until));

        let mark = stage.journal.len();
        live_on(&mut stage, now, until, &waits_ms, assumed);
        let foretold: Vec<&Recorded> = forecast.steps.iter().map(|step| &step.recorded).collect();
        prop_assert_eq!(foretold, heard(&stage.journal[mark..]), "same dates, same amounts, same notices");

        // What is said of the account after each step is what it then is.
        let mut lived = before;
        let mut steps = forecast.steps.iter();
        for recorded in &stage.journal[mark..] {
            lived.apply(recorded);
            if heard(std::slice::from_ref(recorded)).is_empty() {
                continue;
            }
            let step = steps.next().unwrap();
            prop_assert_eq!((step.cash, step.debt, step.standing), (lived.cash(), lived.debt(), lived.standing()));
            prop_assert!(step.text.ends_with('.') && step.text.len() > 8, "{:?}", step.text);
        }
        prop_assert_eq!(&lived, &stage.account);
    }

    /// To look further shows more, and nothing else.
    #[test]
    fn a_longer_forecast_begins_like_a_shorter_one(script in scripts(), days in 0..40_u16, more in 1..2_000_u16) {
        let world = World::new();
        let stage = script.play(&world);
        let now = stage.account.latest();
        let of = |days| stage.account.forecast(stage.context, now, now.plus_days(days), Assumptions::default());
        let (short, long) = (of(days), of(days + more));
        prop_assert!(long.steps.starts_with(&short.steps));
        prop_assert!(long.steps[short.steps.len()..].iter().all(|step| step.at() > short.until));
        prop_assert!(long.until <= Account::forecast_limit(now));
        prop_assert!(long.steps.iter().all(|step| step.at() <= long.until));
    }
}

/// The forecasts must reach whatever can happen by itself, or the law would be shown of nothing.
#[test]
fn the_forecasts_reach_everything() {
    let world = World::new();
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for number in 0..9000_u32 {
        let stage = scripts().new_tree(&mut runner).unwrap().current().play(&world);
        let (now, assumed) = (stage.account.latest(), Assumptions { no_payment: number % 2 == 0 });
        let forecast = stage.account.forecast(stage.context, now, now.plus_days(90), assumed);
        for step in &forecast.steps {
            let word = match (&step.recorded.event, step.notice()) {
                (_, Some(notice)) => notice.kind.word().to_owned(),
                (Event::StandingChanged { standing }, _) => standing.word().to_owned(),
                _ => step.word(),
            };
            *seen.entry(word).or_default() += 1;
        }
    }
    let expected = "hour_settled grace frozen released good debt_paid lot_took_effect lot_expired lot_granted \
         coupon_took_effect coupon_expired renewal_set renewal_attempted renewal_ended subscribed \
         order_cancelled top_up_requested top_up_resolved topped_up top_up_postponed month_closed alert_rearmed \
         arrears_entered grace_entered grace_ends release_near restored balance_low balance_soon_empty \
         package_expires bill_ready budget_exceeded budget_forecast renewed renewal_failed top_up_failed";
    for word in expected.split_whitespace() {
        let times = seen.get(word).copied().unwrap_or(0);
        assert!(times >= 5, "{word}: {times} times; seen: {seen:#?}");
    }
}
