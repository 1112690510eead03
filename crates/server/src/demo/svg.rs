//! The timeline as a picture: a panel for each account, a column for each row. Columns are of one width whether a
//! minute or a fortnight lies between them, so that calls and months are readable side by side; a gap of days is
//! written out. In a panel from top to bottom: standing as a band, calls and orders in a lane for each region, cash
//! above and debt below a line, and the time.
//!
//! Plain SVG 1.1 with its style inside, no script, and no font or file from elsewhere; where the viewer is dark,
//! so is the paper.

use std::fmt::Write;

use charging::Money;

use super::timeline::{Asked, Row, What};
use super::when;

/// Lengths in the drawing's units.
const LEFT: i64 = 124;
const RIGHT: i64 = 28;
const HEAD: i64 = 74;
const COLUMN: i64 = 32;
const GAP: i64 = 46;
const BAND: i64 = 24;
const LANE: i64 = 56;
const CHART: i64 = 144;
const AXIS: i64 = 52;
const PANEL_HEAD: i64 = 34;
const PANEL_FOOT: i64 = 30;
const FOOT: i64 = 30;

const STYLE: &str = "
.paper{fill:#fff}.ink{fill:#1f2328}.dim{fill:#656d76}.grid{stroke:#d8dee4}.zero{stroke:#8c959f}
text{font:11px system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif}
.title{font-size:19px;font-weight:700}.name{font-size:15px;font-weight:700}.small{font-size:9.5px}
.mid{text-anchor:middle}.end{text-anchor:end}.word{fill:#fff;font-weight:700}
.good{fill:#1f883d}.grace{fill:#b5780a}.frozen{fill:#0f7ea3}.released{fill:#8250df}
.lot{fill:#2f6fd0}.pay_per_use{fill:#d9772b}.refused{stroke:#cf222e}.refusal{fill:#cf222e}
.cash{fill:#1f883d;fill-opacity:.16;stroke:#1f883d}.debt{fill:#cf222e;fill-opacity:.18;stroke:#cf222e}
.in{fill:#1f883d}.out{fill:#cf222e}.ring{fill:none;stroke:#656d76}
.line{stroke-width:1.6;stroke-linejoin:round}.cross{stroke-width:2.6;stroke-linecap:round;fill:none}
@media (prefers-color-scheme:dark){
.paper{fill:#0d1117}.ink{fill:#e6edf3}.dim{fill:#9198a1}.grid{stroke:#2a313a}.zero{stroke:#6e7681}
.refused{stroke:#ff6b62}.refusal,.out{fill:#ff7b72}.in{fill:#56d364}.ring{stroke:#9198a1}
.cash{fill:#3fb950;stroke:#3fb950}.debt{fill:#f85149;stroke:#f85149}}
";

/// Draws the rows; panels are in the order in which accounts appear.
pub(super) fn draw(rows: &[Row]) -> String {
    let mut accounts: Vec<&str> = Vec::new();
    for row in rows {
        if !accounts.contains(&row.account) {
            accounts.push(row.account);
        }
    }
    let panels: Vec<Panel> = accounts.iter().map(|account| Panel::of(rows, account)).collect();
    let width = panels.iter().map(Panel::width).max().unwrap_or(0).max(860);
    let height = HEAD + panels.iter().map(Panel::height).sum::<i64>() + FOOT;
    let mut svg = Svg { text: String::new() };
    svg.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">Two accounts, from the first call through arrears and back</title>\n\
         <style>{STYLE}</style>\n<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
    ));
    svg.text((24, 34), "ink title", "Two accounts, from the first call through arrears and back");
    let subtitle = "Played by inkmeter demo: every figure is an answer of the server. One column for each thing that \
                    happened, in UTC+8; amounts in CNY.";
    svg.text((24, 54), "dim", subtitle);
    let mut top = HEAD;
    for panel in &panels {
        panel.draw(&mut svg, top);
        top += panel.height();
    }
    legend(&mut svg, top);
    svg.raw("</svg>\n");
    svg.text
}

/// SVG text under construction.
struct Svg {
    text: String,
}

impl Svg {
    fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn text(&mut self, (x, y): (i64, i64), class: &str, text: &str) {
        let text = escaped(text);
        self.raw(&format!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{text}</text>\n"));
    }

    fn rule(&mut self, (x1, y1): (i64, i64), (x2, y2): (i64, i64), class: &str, dashes: &str) {
        let dashes =
            if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
        self.raw(&format!("<path class=\"{class}\"{dashes} d=\"M{x1} {y1}L{x2} {y2}\"/>\n"));
    }

    /// Begins a mark that says more where the pointer rests on it.
    fn mark(&mut self, class: &str, says: &str) {
        let says = escaped(says);
        self.raw(&format!("<g class=\"{class}\"><title>{says}</title>"));
    }

    fn end_mark(&mut self) {
        self.raw("</g>\n");
    }
}

/// One account.
struct Panel<'a> {
    account: &'a str,
    rows: Vec<&'a Row>,
    /// The left edge of each row's column, and one more for the end.
    columns: Vec<i64>,
    regions: Vec<&'a str>,
    /// The most there was, in 10⁻⁸.
    cash: i64,
    debt: i64,
}

impl<'a> Panel<'a> {
    fn of(rows: &'a [Row], account: &'a str) -> Panel<'a> {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.account == account).collect();
        let (mut columns, mut x, mut before) = (Vec::new(), LEFT, None);
        for row in &rows {
            let day = when::day_number(row.at);
            if before.replace(day).is_some_and(|before| day - before > 1) {
                x += GAP;
            }
            columns.push(x);
            x += COLUMN;
        }
        columns.push(x);
        let mut regions: Vec<&str> = Vec::new();
        for row in &rows {
            if let Some(region) = region(&row.what).filter(|region| !regions.contains(region)) {
                regions.push(region);
            }
        }
        let most = |of: fn(&Row) -> Money| rows.iter().map(|row| of(row).e8()).max().unwrap_or(0);
        let (cash, debt) = (most(|row| row.after.cash), most(|row| row.after.debt));
        Panel { account, rows, columns, regions, cash, debt }
    }

    fn width(&self) -> i64 {
        self.end() + RIGHT
    }

    fn end(&self) -> i64 {
        self.columns.last().copied().unwrap_or(LEFT)
    }

    fn lanes(&self) -> i64 {
        LANE * i64::try_from(self.regions.len()).unwrap_or(0)
    }

    fn height(&self) -> i64 {
        PANEL_HEAD + BAND + self.lanes() + CHART + AXIS + PANEL_FOOT
    }

    fn middle(&self, index: usize) -> i64 {
        self.columns[index] + COLUMN / 2
    }

    fn draw(&self, svg: &mut Svg, top: i64) {
        svg.text((24, top + 16), "ink name", self.account);
        if let Some(What::Opened { tier, policy }) = self.rows.first().map(|row| &row.what) {
            svg.text((LEFT, top + 16), "dim", &format!("customer tier {tier}, arrears policy {policy}"));
        }
        let band = top + PANEL_HEAD;
        let lanes = band + BAND;
        let chart = lanes + self.lanes();
        self.days(svg, band, chart + CHART);
        self.standing(svg, band);
        for (index, region) in self.regions.iter().enumerate() {
            let lane = lanes + LANE * i64::try_from(index).unwrap_or(0);
            svg.text((LEFT - 12, lane + LANE / 2 + 4), "ink end", region);
            svg.rule((LEFT, lane + LANE), (self.end(), lane + LANE), "grid", "");
            for (index, row) in self.rows.iter().enumerate() {
                self.deed(svg, row, region, (self.middle(index), lane + LANE / 2));
            }
        }
        self.money(svg, chart);
    }

    /// Stretches of rows of which something is equal: from, to (exclusive).
    fn stretches<T: PartialEq>(&self, of: impl Fn(&Row) -> T) -> Vec<(usize, usize)> {
        let mut stretches: Vec<(usize, usize)> = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            match stretches.last_mut() {
                Some((from, to)) if of(self.rows[*from]) == of(row) => *to = index + 1,
                _ => stretches.push((index, index + 1)),
            }
        }
        stretches
    }

    fn standing(&self, svg: &mut Svg, y: i64) {
        svg.text((LEFT - 12, y + BAND / 2 + 4), "dim end", "standing");
        for (from, to) in self.stretches(|row| row.after.standing.clone()) {
            let row = self.rows[from];
            let (left, right) = (self.columns[from], self.columns[to]);
            let word = &row.after.standing;
            svg.mark("stands", &format!("{word} since {}", when::instant(row.at)));
            svg.raw(&format!(
                "<rect class=\"{word}\" x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"{BAND}\"/>",
                right - left
            ));
            let shown = word.to_uppercase();
            let x = (left + right) / 2;
            svg.raw(&format!("<text x=\"{x}\" y=\"{}\" class=\"word mid\">{shown}</text>", y + BAND / 2 + 4));
            svg.end_mark();
        }
    }

    /// Days, hours, and how long nothing happened.
    fn days(&self, svg: &mut Svg, top: i64, bottom: i64) {
        let mut before = None;
        for (from, to) in self.stretches(|row| when::day_number(row.at)) {
            let (left, right) = (self.columns[from], self.columns[to - 1] + COLUMN);
            let day = when::day_number(self.rows[from].at);
            if let Some(days) = before.replace(day).map(|before| day - before).filter(|days| *days > 1) {
                let x = left - GAP / 2;
                svg.text((x, bottom + 16), "dim small mid", &format!("{days} days"));
                for x in [left - GAP, left] {
                    svg.rule((x, top), (x, bottom + 4), "grid", "3 3");
                }
            } else {
                svg.rule((left, top), (left, bottom + 4), "grid", "");
            }
            svg.rule((left + 3, bottom + 24), (right - 3, bottom + 24), "zero", "");
            svg.text(((left + right) / 2, bottom + 39), "ink mid", &when::day(self.rows[from].at));
            for index in from..to {
                let is_new = index == from || self.rows[index - 1].at != self.rows[index].at;
                if is_new {
                    let time = when::clock(self.rows[index].at);
                    svg.text((self.middle(index), bottom + 16), "dim small mid", &time);
                }
            }
        }
        svg.rule((self.end(), top), (self.end(), bottom + 4), "grid", "");
    }

    /// What was done in a region.
    fn deed(&self, svg: &mut Svg, row: &Row, lane: &str, (x, y): (i64, i64)) {
        if let What::Stands { lost, .. } = &row.what
            && lost.iter().any(|region| region == lane)
        {
            svg.mark("lost", "not enabled any more");
            svg.raw(&format!("<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"7\"/>"));
            svg.raw(&format!("<path class=\"ring\" d=\"M{} {}L{} {}\"/>", x - 5, y + 5, x + 5, y - 5));
            svg.end_mark();
            return svg.text((x, y + 20), "dim small mid", "off");
        }
        if region(&row.what) != Some(lane) {
            return;
        }
        let at = when::instant(row.at);
        match &row.what {
            What::Enabled { .. } => {
                svg.mark("enabled", &format!("{at}: enabled"));
                svg.raw(&format!("<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"7\"/>"));
                svg.end_mark();
                svg.text((x, y + 20), "dim small mid", "on");
            }
            What::Bought { calls, price, .. } => {
                svg.mark("bought", &format!("{at}: a package of {calls} calls for {price}"));
                svg.raw(&format!("<path class=\"lot\" d=\"M{x} {}l10 10l-10 10l-10 -10z\"/>", y - 10));
                svg.end_mark();
                svg.text((x, y + 20), "dim small mid", &format!("+{calls}"));
            }
            What::Read { picture, words, pocket, amount, package_left, .. } => {
                svg.mark(&format!("call {pocket}"), &format!("{at}: {picture}, “{words}”"));
                svg.raw(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"10\"/>"));
                svg.end_mark();
                if pocket == "lot" {
                    svg.text((x, y + 4), "word mid", &package_left.to_string());
                } else {
                    svg.text((x, y + 20), "dim small mid", &amount.to_string());
                }
            }
            What::Refused { asked, status, code, reason, .. } => {
                let word = match asked {
                    Asked::Read => "read",
                    Asked::Buy => "buy",
                    Asked::Enable => "enable",
                };
                let class = if *asked == Asked::Read { "call refused cross" } else { "order refused cross" };
                svg.mark(class, &format!("{at}: {word} refused, {status} {code}, {reason}"));
                let (left, right, up, down) = (x - 7, x + 7, y - 7, y + 7);
                svg.raw(&format!("<path d=\"M{left} {up}L{right} {down}M{left} {down}L{right} {up}\"/>"));
                svg.end_mark();
                svg.text((x, y + 20), "refusal small mid", code.rsplit('.').next().unwrap_or(code));
                if *asked != Asked::Read {
                    svg.text((x, y - 13), "refusal small mid", word);
                }
            }
            _ => {}
        }
    }

    /// Cash above the line, debt below it.
    fn money(&self, svg: &mut Svg, top: i64) {
        // Above the chart are the words on what moved the money, and the topmost figure; below it the lowest.
        const ABOVE: i64 = 42;
        const BELOW: i64 = 20;
        let room = CHART - ABOVE - BELOW;
        let whole = (self.cash + self.debt).max(1);
        let scaled =
            |e8: i64| i64::try_from(i128::from(e8) * i128::from(room) / i128::from(whole)).unwrap_or(0);
        let zero = top + ABOVE + scaled(self.cash);
        svg.text((LEFT - 12, zero - 4), "in end", "cash");
        svg.text((LEFT - 12, zero + 12), "out end", "debt");
        let cash = |row: &Row| zero - scaled(row.after.cash.e8());
        let debt = |row: &Row| zero + scaled(row.after.debt.e8());
        self.steps(svg, "cash line", zero, cash);
        self.steps(svg, "debt line", zero, debt);
        svg.rule((LEFT, zero), (self.end(), zero), "zero", "");
        for (index, row) in self.rows.iter().enumerate() {
            let before = index.checked_sub(1).map(|index| &self.rows[index].after);
            let x = self.middle(index);
            match &row.what {
                What::ToppedUp { amount, .. } => {
                    svg.mark("topped_up", &format!("{}: {amount} paid in", when::instant(row.at)));
                    svg.raw(&format!("<path class=\"in\" d=\"M{x} {}l6 9h-12z\"/>", top + 5));
                    svg.end_mark();
                    svg.text((x, top + 24), "in small mid", &format!("+{amount}"));
                }
                What::Settled { amount, .. } => {
                    svg.rule((x, top + 26), (x, cash(row) - 15), "zero", "2 3");
                    svg.text((x, top + 13), "dim small mid", "settled");
                    svg.text((x, top + 24), "dim small mid", &amount.to_string());
                }
                _ => {}
            }
            if before.is_some_and(|before| before.cash != row.after.cash) && row.after.cash != Money::ZERO {
                svg.text((x + 1, cash(row) - 4), "in small mid", &row.after.cash.to_string());
            }
            if before.is_some_and(|before| before.debt != row.after.debt) && row.after.debt != Money::ZERO {
                svg.text((x + 1, debt(row) + 11), "out small mid", &row.after.debt.to_string());
            }
        }
    }

    /// An area under steps: each row's value holds from its column on.
    fn steps(&self, svg: &mut Svg, class: &str, zero: i64, of: impl Fn(&Row) -> i64) {
        for (from, to) in self.stretches(|row| of(row) != zero) {
            if of(self.rows[from]) == zero {
                continue;
            }
            let mut path = format!("M{} {zero}", self.columns[from]);
            for index in from..to {
                let y = of(self.rows[index]);
                // A String takes every write.
                let _ = write!(path, "L{} {y}L{} {y}", self.columns[index], self.columns[index + 1]);
            }
            svg.raw(&format!("<path class=\"{class}\" d=\"{path}L{} {zero}\"/>\n", self.columns[to]));
        }
    }
}

fn region(what: &What) -> Option<&str> {
    match what {
        What::Enabled { region }
        | What::Bought { region, .. }
        | What::Read { region, .. }
        | What::Refused { region, .. } => Some(region),
        _ => None,
    }
}

fn legend(svg: &mut Svg, top: i64) {
    let y = top + 6;
    svg.raw(&format!("<circle class=\"lot\" cx=\"{}\" cy=\"{y}\" r=\"7\"/>\n", LEFT + 8));
    svg.text((LEFT + 20, y + 4), "ink", "read, from a package (what is left in it)");
    svg.raw(&format!("<circle class=\"pay_per_use\" cx=\"{}\" cy=\"{y}\" r=\"7\"/>\n", LEFT + 268));
    svg.text((LEFT + 280, y + 4), "ink", "read, pay-per-use (what it costs)");
    let (left, right, up, down) = (LEFT + 492, LEFT + 502, y - 5, y + 5);
    svg.raw(&format!(
        "<path class=\"refused cross\" d=\"M{left} {up}L{right} {down}M{left} {down}L{right} {up}\"/>\n"
    ));
    svg.text((LEFT + 510, y + 4), "ink", "refused (its code)");
    svg.raw(&format!("<path class=\"lot\" d=\"M{} {}l7 7l-7 7l-7 -7z\"/>\n", LEFT + 640, y - 7));
    svg.text((LEFT + 652, y + 4), "ink", "package bought");
    svg.raw(&format!("<circle class=\"ring\" cx=\"{}\" cy=\"{y}\" r=\"6\"/>\n", LEFT + 768));
    svg.text((LEFT + 780, y + 4), "ink", "API enabled, released");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
