//! PDF: one page that a person can read and pay by.

mod font;
mod page;
mod words;

use std::collections::BTreeMap;
use std::io::Write;

use charging::{Money, Name};
use ledger::read::{BillSummary, BillView, Refunds};

use super::{BillState, ExportError, Facts, Language, Stated};
use crate::payments::ProviderChoice;
use font::Letters;
use page::{Page, Side};
use words::Words;

/// A table of more rows than these has the smallest ones summed up in its last.
const ROWS_OF_PAGE: usize = 24;

/// One row of the table.
struct Line {
    api: String,
    region: String,
    mode: &'static str,
    calls: u64,
    amount: Money,
}

/// The characters of a text that a page cannot show.
pub fn missing_glyphs(text: &str) -> String {
    Letters::open().map(|letters| letters.missing(text)).unwrap_or_default()
}

pub(super) fn write(
    view: &BillView<'_>,
    facts: &Facts<'_>,
    language: Language,
    mut out: impl Write,
) -> Result<u64, ExportError> {
    let summary = view.summary()?;
    let open = view.open_total()?;
    let words = Words::of(language);
    let letters = Letters::open().ok_or_else(|| ExportError::Pdf("the font cannot be read".into()))?;
    let title = format!("{} {} {}", words.bill, view.month, facts.name);
    let bytes = page::draw(&letters, &title, facts, language, |page| {
        head(page, view, facts, words);
        totals(page, &summary, open, facts, language, words);
        table(page, lines(&summary, words), words);
        foot(page, facts, language, words);
    })?;
    out.write_all(&bytes)?;
    Ok(summary.total.rows)
}

fn head(page: &mut Page<'_, '_>, view: &BillView<'_>, facts: &Facts<'_>, words: &Words) {
    page.text(Side::Left, 20.0, &format!("{} {}", words.bill, view.month));
    page.text(Side::Right, 11.0, facts.issuer);
    page.down(24.0);
    page.pair(words.account, &format!("{} ({})", facts.name, facts.account));
    let last = if facts.state == BillState::Running { facts.now } else { view.to.plus_ms(-1) };
    let period = format!("{} - {}", view.from.in_zone(view.zone), last.in_zone(view.zone));
    page.pair(words.period, &period);
    match facts.state {
        BillState::Running => page.pair(words.state, words.running),
        BillState::Over => page.pair(words.state, words.over),
        BillState::Final => {}
    }
    page.down(6.0);
    page.rule();
}

fn totals(
    page: &mut Page<'_, '_>,
    summary: &BillSummary,
    open: Money,
    facts: &Facts<'_>,
    language: Language,
    words: &Words,
) {
    let total = &summary.total;
    let stated = Stated::of(total.amount, facts.rounding);
    let currency = &facts.catalog.currency;
    let money = |amount: Money| format!("{amount} {currency}");
    page.down(10.0);
    page.text(Side::Left, 16.0, words.total);
    page.text(Side::Right, 16.0, &money(stated.amount));
    page.down(20.0);
    page.figure(
        &format!("{} ({})", words.exact, words::rounding(language, facts.rounding)),
        &money(total.amount),
    );
    let payment = total.payment;
    if !total.discount.is_zero() {
        page.figure(words.discount, &money(total.discount));
    }
    page.figure(words.paid, &money(payment.paid()));
    for (word, amount) in
        [(words.coupons, payment.coupons), (words.cash, payment.cash), (words.credit, payment.credit)]
    {
        if !amount.is_zero() {
            page.figure(&format!("    {word}"), &money(amount));
        }
    }
    page.figure(words.debt, &money(payment.debt));
    if payment.debt.is_positive() {
        page.figure(words.repaid, &money(total.repaid));
        page.figure(words.outstanding, &money(total.outstanding()));
    }
    if !summary.adjusted.is_zero() {
        page.figure(words.adjusted, &money(summary.adjusted));
    }
    if open.is_positive() {
        page.figure(words.open, &money(open));
    }
    page.down(4.0);
    page.rule();
}

/// By API, region and mode, the dearest first; what packages met stands there with its calls and costs nothing.
fn lines(summary: &BillSummary, words: &'static Words) -> Vec<Line> {
    let mut lines = Vec::new();
    for service in summary.by_service() {
        let (api, region) = (service.api.to_string(), service.region.to_string());
        let (mode, of) = if service.is_package {
            (words.package, summary.refunds.get(&(service.api, service.region)))
        } else {
            (words.pay_per_use, None)
        };
        let refunds = of.copied().unwrap_or_default();
        if service.totals.rows > refunds.rows {
            let (api, region, calls) = (api.clone(), region.clone(), service.totals.units);
            lines.push(Line { api, region, mode, calls, amount: service.totals.amount - refunds.amount });
        }
        if refunds.rows > 0 {
            let Refunds { units: calls, amount, .. } = refunds;
            lines.push(Line { api, region, mode: words.given_back, calls, amount });
        }
    }
    let mut drawn = BTreeMap::<(&Name, &Name), u64>::new();
    for met in &summary.drawn {
        *drawn.entry((&met.api, &met.region)).or_default() += met.units;
    }
    lines.extend(drawn.into_iter().map(|((api, region), calls)| Line {
        api: api.to_string(),
        region: region.to_string(),
        mode: words.from_packages,
        calls,
        amount: Money::ZERO,
    }));
    lines.sort_by_key(|line| std::cmp::Reverse(line.amount));
    lines
}

fn table(page: &mut Page<'_, '_>, mut lines: Vec<Line>, words: &Words) {
    page.down(8.0);
    page.columns([words.api, words.region, words.mode, words.calls, words.amount]);
    page.rule();
    let amount: Money = lines.iter().map(|line| line.amount).sum();
    if lines.len() > ROWS_OF_PAGE {
        let rest = lines.split_off(ROWS_OF_PAGE - 1);
        lines.push(Line {
            api: format!("{} ({})", words.others, rest.len()),
            region: String::new(),
            mode: "",
            calls: rest.iter().map(|line| line.calls).sum(),
            amount: rest.iter().map(|line| line.amount).sum(),
        });
    }
    for line in &lines {
        let (calls, amount) = (line.calls.to_string(), line.amount.to_string());
        page.columns([&line.api, &line.region, line.mode, &calls, &amount]);
    }
    page.rule();
    page.columns([words.sum, "", "", "", &amount.to_string()]);
}

fn foot(page: &mut Page<'_, '_>, facts: &Facts<'_>, language: Language, words: &Words) {
    page.down(14.0);
    page.pair(words.standing, &words::standing(language, facts.standing, facts.zone));
    page.pair(words.owed, &format!("{} {}", facts.owed, facts.catalog.currency));
    page.down(10.0);
    page.text(Side::Left, 11.0, words.how_to_pay);
    page.down(16.0);
    let how = match (facts.how_to_pay.trim(), facts.provider) {
        ("", ProviderChoice::None) => words.ask_operator,
        ("", ProviderChoice::Webhook) => words.top_up,
        ("", ProviderChoice::Sandbox) => words.top_up_in_sandbox,
        _ => facts.how_to_pay,
    };
    for line in how.lines() {
        page.paragraph(line);
    }
    page.down(10.0);
    page.pair(words.made, &facts.now.in_zone(facts.zone));
}

#[cfg(test)]
mod tests {
    use ledger::read::Totals;

    use super::*;

    /// A refund is no purchase: it has a line of its own, whether something was bought in the month or not.
    #[test]
    fn a_package_given_back_is_called_that() {
        let name = |text: &str| Name::new(text).unwrap_or_else(|_| unreachable!());
        let money = |text: &str| text.parse::<Money>().unwrap_or_default();
        let key = (name("general-text"), name("cn-north-4"));
        for (rows, units, amount, expected) in [
            (1, 0, "-5.01", vec![("Package given back", 125, "-5.01")]),
            (2, 1000, "34.99", vec![("Package bought", 1000, "40.00"), ("Package given back", 125, "-5.01")]),
        ] {
            let mut summary = BillSummary::default();
            let totals = Totals { rows, units, amount: money(amount), ..Totals::default() };
            summary.services.insert((key.0.clone(), key.1.clone(), true), totals);
            summary.refunds.insert(key.clone(), Refunds { rows: 1, units: 125, amount: money("-5.01") });
            let lines = lines(&summary, Words::of(Language::English));
            let shown: Vec<_> =
                lines.iter().map(|line| (line.mode, line.calls, line.amount.to_string())).collect();
            let expected: Vec<_> =
                expected.into_iter().map(|(mode, calls, amount)| (mode, calls, amount.to_owned())).collect();
            assert_eq!(shown, expected);
        }
    }
}
