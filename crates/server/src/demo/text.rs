//! The timeline for people, printed while it is played: a line per row, a second one for what to do about a refusal,
//! a rule of its own for every change of standing. Colours only where the caller says so.

use std::io::{self, Write};

use charging::{Money, Timestamp};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::timeline::{Act, Asked, Books, Row, Sums, Teller, What};
use super::when;

/// Widths of the columns, in characters of a terminal.
const WHAT: usize = 44;
const CHARGE: usize = 30;
const MONEY: usize = 6;
/// Where the column of deeds begins, and where the last column ends.
const MARGIN: usize = 11;
const WIDTH: usize = MARGIN + WHAT + 1 + CHARGE + 3 * (1 + MONEY);

/// A colour by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Plain,
    Bold,
    Dim,
    Good,
    Grace,
    Frozen,
    Released,
    Package,
    PayPerUse,
    Refusal,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Good => "1;32",
            Ink::Grace => "1;33",
            Ink::Frozen => "1;36",
            Ink::Released => "1;35",
            Ink::Package => "34",
            Ink::PayPerUse => "33",
            Ink::Refusal => "31",
        }
    }

    fn of_standing(word: &str) -> Ink {
        match word {
            "good" => Ink::Good,
            "grace" => Ink::Grace,
            "frozen" => Ink::Frozen,
            _ => Ink::Released,
        }
    }
}

/// Prints the timeline.
pub(super) struct Text<W> {
    out: W,
    has_colour: bool,
    account: &'static str,
    day: Option<i64>,
    before: Option<Books>,
}

impl<W: Write> Text<W> {
    pub fn new(out: W, has_colour: bool) -> Text<W> {
        Text { out, has_colour, account: "", day: None, before: None }
    }

    /// A line of its own.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// What an account's story came to.
    pub fn sums(&mut self, account: &str, sums: &Sums) -> io::Result<()> {
        let read = sums.from_packages + sums.pay_per_use;
        let name = self.ink(Ink::Bold, account);
        self.say(&format!(
            "  {name}: {read} pictures read, {} from packages and {} pay-per-use; {} requests refused, at no cost",
            sums.from_packages, sums.pay_per_use, sums.refused
        ))?;
        let side = |first: String, others: [(Money, &str); 2]| {
            let others = others.into_iter().filter(|(amount, _)| !amount.is_zero());
            let others = others.map(|(amount, word)| format!("{word} {amount}"));
            std::iter::once(first).chain(others).collect::<Vec<_>>().join(" + ")
        };
        let unpaid = [(sums.unsettled, "not yet settled"), (sums.debt, "owed")];
        let came = side(format!("paid in {}", sums.paid_in), unpaid);
        let went = side(format!("calls {}", sums.calls), [(sums.packages, "packages"), (sums.cash, "left")]);
        let sign = if sums.balance() { "=" } else { "≠" };
        self.say(&format!("         {came} {sign} {went}"))
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        match (self.has_colour, ink.code()) {
            (true, code) if !code.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }

    /// A new day, and how long nothing happened before it.
    fn new_day(&mut self, at: Timestamp) -> io::Result<()> {
        let day = when::day_number(at);
        let before = self.day.replace(day);
        if let Some(days) = before.map(|before| day - before).filter(|days| *days > 1) {
            let gap = self.ink(Ink::Dim, &format!("         ⋮  {days} days"));
            self.say(&gap)?;
        }
        if before != Some(day) {
            let date = self.ink(Ink::Bold, &format!("{} {}", when::day(at), when::year(at)));
            self.say(&format!("  {date}"))?;
        }
        Ok(())
    }

    fn standing(&mut self, row: &Row, to: &str) -> io::Result<()> {
        let What::Stands { from, grace_until, release_at, lost, .. } = &row.what else { return Ok(()) };
        let told = match (to, from.as_str()) {
            ("grace", _) => "in arrears; calls go on",
            ("frozen", _) => "pay-per-use stops, packages work",
            ("released", _) => "resources are gone",
            (_, "released") => "the API is enabled again",
            _ => "nothing is owed",
        };
        let mut line = format!("{} {} · {told}", when::clock(row.at), to.to_uppercase());
        let ends = [(grace_until, "frozen"), (release_at, "released")];
        let ends =
            ends.into_iter().filter_map(|(end, word)| Some(format!("{word} {}", when::instant((*end)?))));
        let ends: Vec<String> = ends.collect();
        if !ends.is_empty() {
            line += &format!(" · {} unless paid", ends.join(", "));
        }
        if !lost.is_empty() {
            line += &format!(": not enabled any more in {}", lost.join(", "));
        }
        let bar = "━".repeat((WIDTH - 4).saturating_sub(line.width()));
        let line = self.ink(Ink::of_standing(to), &format!("━ {line} {bar}"));
        self.say(&format!("  {line}"))
    }
}

impl<W: Write> Teller for Text<W> {
    fn act(&mut self, number: usize, act: &Act, at: Timestamp) -> io::Result<()> {
        if self.account != act.account {
            self.account = act.account;
            self.before = None;
            let head =
                format!("{:<width$}", act.account.to_uppercase(), width = MARGIN + WHAT + 1 + CHARGE - 2);
            let head = self.ink(Ink::Bold, &head);
            let columns =
                self.ink(Ink::Dim, &format!(" {:>MONEY$} {:>MONEY$} {:>MONEY$}", "cash", "avail.", "owed"));
            self.say(&format!("\n  {head}{columns}"))?;
        }
        self.say("")?;
        self.new_day(at)?;
        let title = self.ink(Ink::Bold, &format!("{number:>2}  {}", act.title));
        self.say(&format!("  {title}"))?;
        for line in wrapped(act.rule, WIDTH - 6) {
            let line = self.ink(Ink::Dim, &line);
            self.say(&format!("      {line}"))?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.new_day(row.at)?;
        if let What::Stands { to, .. } = &row.what {
            return self.standing(row, to);
        }
        let (mark, ink, charge_ink) = marks(&row.what);
        let mark = self.ink(ink, mark);
        let what = self
            .ink(if ink == Ink::Refusal { Ink::Refusal } else { Ink::Plain }, &fit(&told(&row.what), WHAT));
        let charge = self.ink(charge_ink, &fit(&charge(&row.what), CHARGE));
        let mut money = String::new();
        let before = self.before.replace(row.after.clone());
        for of in [|b: &Books| b.cash, |b: &Books| b.available, |b: &Books| b.debt] {
            let amount = of(&row.after);
            let is_news = before.as_ref().is_none_or(|before| of(before) != amount);
            let ink = if is_news { Ink::Bold } else { Ink::Dim };
            money += &format!(" {}", self.ink(ink, &format!("{amount:>MONEY$}")));
        }
        let time = when::clock(row.at);
        self.say(&format!("   {time} {mark} {what} {charge}{money}"))?;
        if let What::Refused { reason, cure, .. } = &row.what {
            for line in wrapped(&format!("{reason}: {}", when::told(cure)), WIDTH - MARGIN - 2) {
                let line = self.ink(Ink::Dim, &line);
                self.say(&format!("{:MARGIN$}  {line}", ""))?;
            }
        }
        Ok(())
    }
}

/// The mark of a row, its colour, and that of what was charged.
fn marks(what: &What) -> (&'static str, Ink, Ink) {
    match what {
        What::Opened { .. } | What::Enabled { .. } => ("○", Ink::Plain, Ink::Plain),
        What::ToppedUp { .. } => ("▲", Ink::Good, Ink::Good),
        What::Bought { .. } => ("◆", Ink::Package, Ink::Plain),
        What::Read { pocket, .. } if pocket == "lot" => ("●", Ink::Package, Ink::Package),
        What::Read { .. } => ("●", Ink::PayPerUse, Ink::PayPerUse),
        What::Refused { .. } => ("✗", Ink::Refusal, Ink::Refusal),
        What::Settled { .. } | What::Stands { .. } => ("═", Ink::Plain, Ink::Plain),
    }
}

/// What happened.
fn told(what: &What) -> String {
    match what {
        What::Opened { tier, policy } => format!("opens an account: tier {tier}, policy {policy}"),
        What::Enabled { region } => format!("enables general-text in {region}"),
        What::ToppedUp { .. } => "tops up".into(),
        What::Bought { region, calls, .. } => format!("buys {calls} calls in {region}"),
        What::Read { picture, words, .. } => format!("{picture}: “{words}”"),
        What::Refused { asked: Asked::Read, region, .. } => format!("a picture in {region}: refused"),
        What::Refused { asked: Asked::Buy, region, .. } => format!("a package in {region}: refused"),
        What::Refused { asked: Asked::Enable, region, .. } => format!("enabling it in {region}: refused"),
        What::Settled { hour, calls, .. } => {
            let end = hour.plus_ms(charging::HOUR_MS);
            let plural = if *calls == 1 { "" } else { "s" };
            format!("{}–{} is settled: {calls} call{plural}", when::clock(*hour), when::clock(end))
        }
        What::Stands { .. } => String::new(),
    }
}

/// What it cost, and from which pocket.
fn charge(what: &What) -> String {
    match what {
        What::ToppedUp { amount, debt_paid } if *debt_paid == Money::ZERO => format!("+{amount}"),
        What::ToppedUp { amount, debt_paid } => format!("+{amount}, {debt_paid} to the debt"),
        What::Bought { price, expires_at, .. } => format!("−{price}, to {}", when::date(*expires_at)),
        What::Read { pocket, package_left, region, .. } if pocket == "lot" => {
            format!("{region} package, {package_left} left")
        }
        What::Read { region, amount, .. } => format!("{region} pay-per-use {amount}"),
        What::Refused { status, code, .. } => format!("{status} {code}"),
        What::Settled { amount, paid, owed, .. } => {
            let mut parts = vec![amount.to_string()];
            parts.extend((*paid != Money::ZERO).then(|| format!("paid {paid}")));
            parts.extend((*owed != Money::ZERO).then(|| format!("unpaid {owed}")));
            parts.join(", ")
        }
        What::Opened { .. } => "in good standing".into(),
        What::Enabled { .. } => "for pay-per-use".into(),
        What::Stands { .. } => String::new(),
    }
}

/// Text cut or filled to a width.
fn fit(text: &str, width: usize) -> String {
    let mut fitted = text.to_owned();
    if text.width() > width {
        fitted.clear();
        for c in text.chars() {
            if fitted.width() + c.width().unwrap_or(0) > width - 1 {
                break;
            }
            fitted.push(c);
        }
        fitted.push('…');
    }
    let missing = width.saturating_sub(fitted.width());
    fitted + &" ".repeat(missing)
}

/// Text in lines of at most a width, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let is_full =
            lines.last().is_some_and(|line| !line.is_empty() && line.width() + 1 + word.width() > width);
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(fit("快速模式", 5), "快速…");
        assert_eq!(fit("快速", 5), "快速 ");
        assert_eq!(wrapped("one two  three", 8), ["one two", "three"]);
    }
}
