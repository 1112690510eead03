//! What a story's account is told about itself.

use charging::{
    Account, Assumptions, CashRecord, Context, Event, Recorded, Runs, SettledHour, Timestamp, UsageRecords,
};

/// Why the account is where it is: summary, findings with evidence and cure, warnings.
pub fn diagnosis(
    context: Context<'_>,
    account: &Account,
    journal: &[Recorded],
    now: Timestamp,
) -> Vec<String> {
    let currency = &context.catalog.currency;
    let diagnosis = account.diagnose(context, &records(account, journal), now);
    let mut told = vec![diagnosis.summary(account, currency)];
    for finding in &diagnosis.findings {
        told.push(format!("finding ({}): {}", finding.cause.word(), finding.headline(account)));
        let evidence = finding.evidence(account, diagnosis.debt, currency);
        told.extend(evidence.into_iter().map(|text| format!("evidence: {text}")));
        told.extend(finding.cure(account, currency, now).into_iter().map(|text| format!("cure: {text}")));
    }
    for found in &diagnosis.corrections {
        told.push(format!("finding ({}): {}", found.word(), found.headline(account, currency)));
        let evidence = found.evidence(diagnosis.debt, currency);
        told.extend(evidence.into_iter().map(|text| format!("evidence: {text}")));
        told.extend(found.cure(currency).into_iter().map(|text| format!("cure: {text}")));
    }
    let warning =
        |warning: &charging::Warning| format!("warning ({}): {}", warning.word(), warning.text(account));
    told.extend(diagnosis.warnings.iter().map(warning));
    told
}

/// What will happen by itself, a line each with its instant.
pub fn forecast(context: Context<'_>, account: &Account, now: Timestamp, until: Timestamp) -> Vec<String> {
    let forecast = account.forecast(context, now, until, Assumptions::default());
    let line = |step: &charging::Step| format!("{} {}", super::words::text(step.at()), step.text);
    let mut told = vec![forecast.supposed(account, &context.catalog.currency)];
    match forecast.steps.is_empty() {
        true => told.push("nothing will happen".into()),
        false => told.extend(forecast.steps.iter().map(line)),
    }
    told
}

/// The account's usage as its journal has it.
fn records(account: &Account, journal: &[Recorded]) -> UsageRecords {
    let mut records = UsageRecords { from: account.opened_at(), ..UsageRecords::default() };
    for Recorded { at, event } in journal {
        match event {
            Event::HourSettled { hour, lines, debt, .. } => {
                records.hours.push(SettledHour { hour: *hour, lines: lines.clone(), debt: *debt });
                records.cash.push(CashRecord::Short { debt: *debt });
            }
            Event::Adjusted { amount, reason, .. } => {
                records.cash.push(CashRecord::Adjusted { at: *at, amount: *amount, reason: reason.clone() });
            }
            Event::Charged { service, draws, .. } if !draws.is_empty() => {
                records.first_drawn.entry(*service).or_insert(account.zone().hour_start(*at));
            }
            _ => {}
        }
    }
    records.runs = runs(account, journal, &records);
    records
}

/// The account's lines taken apart where a package came or ended.
fn runs(account: &Account, journal: &[Recorded], records: &UsageRecords) -> Runs {
    let mut reader = account.run_reader(records);
    let spans = reader.spans().to_vec();
    let charged = journal.iter().filter(|recorded| matches!(recorded.event, Event::Charged { .. }));
    for (number, Recorded { at, event }) in (1..).zip(charged) {
        if let Event::Charged { service, enterprise_project, rated, .. } = event
            && spans.iter().any(|(from, to)| from <= at && at <= to)
        {
            reader.add(number, *at, *service, enterprise_project.as_ref(), rated);
        }
    }
    reader.finish()
}
