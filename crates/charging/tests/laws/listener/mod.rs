//! The listener: hears what moved, and says what must have been told of it.
//!
//! It hears the journal without its notices and keeps its own account of money, quota, spending and the calendar, from
//! which it predicts every notice and every alert that is armed again, each with its instant and its figures. Whatever
//! is told beside that was told without cause or twice; whatever is not told was missed.

mod alarm;
mod budgets;
mod members;
mod money;
mod quota;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use charging::{
    Account, Alert, Event, Money, Month, Name, NoticeKind, Reason, Recorded, Refusal, Standing, Timestamp,
    TopUpOrigin, UsedUpThen, Zone,
};

use alarm::{Alarm, is_soon_after};
use budgets::Spending;
use members::Members;
use money::Purse;
use quota::Shelf;

const DAY_MS: i64 = 24 * 3_600_000;

/// What is told at an instant, with its figures: `balance_low 0.05 of 0.10`.
pub type Told = (Timestamp, String);

pub struct Listener {
    zone: Zone,
    purse: Purse,
    shelf: Shelf,
    spending: Spending,
    standing: Standing,
    /// How many days before its end this standing was warned of.
    dunned: BTreeSet<u8>,
    passed: Timestamp,
    /// Who asked, for how much and when, by number of the request.
    requests: BTreeMap<u64, (TopUpOrigin, Money, Timestamp)>,
    /// Those without an answer that was not told of.
    silent: BTreeSet<u64>,
    rule_amount: Money,
    /// When it was last said that the rule could not ask.
    postponed_at: Option<Timestamp>,
    /// In which month it was said that a cap is reached, by API.
    caps: BTreeMap<Option<Name>, Month>,
    /// When that was, whatever became of the cap.
    caps_at: BTreeMap<Option<Name>, Timestamp>,
    members: Members,
    /// What is owed, the oldest first: for hours of which month, and how much.
    debts: VecDeque<(Month, i64)>,
    told: Vec<Told>,
}

fn days_before(end: Timestamp, days: u8) -> Timestamp {
    end.plus_ms(-i64::from(days) * DAY_MS)
}

impl Listener {
    pub fn new(account: &Account) -> Listener {
        Listener {
            zone: account.zone(),
            purse: Purse::new(account),
            shelf: Shelf::new(account),
            spending: Spending::new(account),
            standing: account.standing(),
            dunned: BTreeSet::new(),
            passed: account.opened_at(),
            requests: BTreeMap::new(),
            silent: BTreeSet::new(),
            rule_amount: Money::ZERO,
            postponed_at: None,
            caps: BTreeMap::new(),
            caps_at: BTreeMap::new(),
            members: Members::new(account.zone()),
            debts: VecDeque::new(),
            told: Vec::new(),
        }
    }

    /// Time passes: what the calendar alone brings about.
    fn pass(&mut self, now: Timestamp) {
        self.purse.pass(now, &mut self.told);
        self.shelf.pass(self.passed, now, &mut self.told);
        let (since, end) = match self.standing {
            Standing::Grace { since, until, .. } => (since, until),
            Standing::Frozen { since, release_at } => (since, release_at),
            _ => (now, now),
        };
        for days in [3, 1] {
            let due = days_before(end, days);
            if since < due && due <= now && self.dunned.insert(days) {
                let word = if self.standing.word() == "grace" { "grace_ends" } else { "release_near" };
                self.told.push((due, format!("{word} in {days}, at {end:?}")));
            }
        }
        let requests = &self.requests;
        self.silent.retain(|no| {
            let (_, amount, asked_at) = requests[no];
            let due = asked_at.plus_ms(DAY_MS);
            if due <= now {
                self.told.push((due, format!("top_up_unanswered {no}: {amount}")));
            }
            due > now
        });
        self.passed = now;
    }

    /// True if the event is that of a setting whose day has come: its alert may be given again from here on.
    fn is_setting_ready(&mut self, Recorded { at, event }: &Recorded) -> bool {
        let (Event::AlertRearmed { alert }, at) = (event, *at) else { return false };
        self.pass(at);
        let alarm = match alert {
            Alert::Balance => &self.purse.low,
            Alert::TimeToEmpty => &self.purse.soon,
            Alert::Packages => &self.shelf.alarm,
            Alert::Budgets => &self.spending.alarm,
        };
        if !alarm.is_ready(at) {
            return false;
        }
        match alert {
            Alert::Balance => {
                self.purse.low.rearm(at);
                self.purse.look(at, &mut self.told);
            }
            Alert::TimeToEmpty => {
                self.purse.soon.rearm(at);
                self.purse.look_ahead(at, &mut self.told);
            }
            Alert::Packages => self.shelf.rearm(at, &self.standing, &mut self.told),
            Alert::Budgets => self.spending.rearm(at, self.shelf.services(), &mut self.told),
        }
        true
    }

    fn is_any_setting_ready(&self, now: Timestamp) -> bool {
        let alarms: [&Alarm; 4] =
            [&self.purse.low, &self.purse.soon, &self.shelf.alarm, &self.spending.alarm];
        alarms.into_iter().any(|alarm| alarm.is_ready(now))
    }

    /// Hears one event that is no notice.
    fn hear(&mut self, recorded: &Recorded) {
        let Recorded { at, event } = recorded;
        let at = *at;
        self.pass(at);
        let mut tell = |what: String| self.told.push((at, what));
        match event {
            Event::StandingChanged { standing } => {
                let from = std::mem::replace(&mut self.standing, *standing);
                self.dunned.clear();
                let owed = Money::from_e8(self.purse.owed);
                match *standing {
                    Standing::Grace { until, release_at, .. } => {
                        tell(format!("arrears_entered {owed}"));
                        if until > at {
                            tell(format!("grace_entered {owed}, {until:?}, {release_at:?}"));
                        }
                    }
                    Standing::Frozen { .. } => tell(format!("frozen {owed}")),
                    Standing::Released { .. } => tell(format!("released {owed}")),
                    Standing::Good { .. } => tell(format!("restored from {}", from.word())),
                }
            }
            Event::TopUpRequested { no, amount, origin, .. } => {
                self.requests.insert(*no, (*origin, *amount, at));
                self.silent.insert(*no);
            }
            Event::TopUpResolved { no, is_paid, retry_at, .. } => {
                self.silent.remove(no);
                // Of a series the first is told, after which it is asked for again in an hour, and the last.
                let is_news = retry_at.is_none_or(|retry_at| retry_at == at.plus_ms(3_600_000));
                if let (TopUpOrigin::Auto, amount, _) = self.requests[no]
                    && !is_paid
                    && is_news
                {
                    tell(format!("top_up_failed {amount}"));
                }
            }
            Event::AutoTopUpSet { rule } => self.rule_amount = rule.amount,
            Event::TopUpPostponed { .. } => {
                let is_month = |other| self.zone.month(other) == self.zone.month(at);
                if !is_soon_after(self.postponed_at.filter(|other| is_month(*other)), at) {
                    self.postponed_at = Some(at);
                    tell(format!("top_up_failed {}", self.rule_amount));
                }
            }
            Event::SpendCapSet { api, .. } | Event::SpendCapRemoved { api } => {
                self.caps.remove(api);
            }
            Event::HourSettled { hour, debt, .. } => {
                self.debts.push_back((self.zone.month(*hour), debt.e8()))
            }
            Event::DebtPaid { amount } => {
                let mut left = amount.e8();
                while let Some((_, owed)) = self.debts.front_mut()
                    && left > 0
                {
                    let part = left.min(*owed);
                    (*owed, left) = (*owed - part, left - part);
                    if *owed == 0 {
                        self.debts.pop_front();
                    }
                }
            }
            Event::MonthClosed { totals } => {
                let sum = self.spending.of_month(totals.month);
                assert_eq!(totals.total().e8(), sum, "{} at {at:?}", totals.month);
                if sum != 0 {
                    let owed = self.debts.iter().filter(|(month, _)| *month == totals.month);
                    let owed = Money::from_e8(owed.map(|(_, e8)| e8).sum());
                    tell(format!("bill_ready {}: {}, {owed} owed", totals.month, Money::from_e8(sum)));
                }
            }
            _ => {}
        }
        self.shelf.hear(at, event, &self.standing, (self.purse.cash, self.purse.owed > 0), &mut self.told);
        self.purse.hear(at, event, &mut self.told);
        self.spending.hear(at, event, self.shelf.services(), &mut self.told);
        self.members.hear(at, event, &mut self.told);
    }

    /// A call that names a project was refused because of a cap or a member's quota: the first time in a month it is
    /// told.
    pub fn hear_refusal(&mut self, now: Timestamp, project: Option<&Name>, refusal: &Refusal) {
        self.members.hear_refusal(now, project, refusal, &mut self.told);
        let Reason::SpendCapReached { cap_of, cap, spent, at_most, .. } = &*refusal.reason else { return };
        // Nothing is said of what only the calls under way are the cause of.
        if spent.e8() + at_most.e8() <= cap.e8() {
            return;
        }
        let month = self.zone.month(now);
        let said_at = self.caps_at.get(cap_of).copied().filter(|at| self.zone.month(*at) == month);
        if self.caps.get(cap_of) != Some(&month) && !is_soon_after(said_at, now) {
            self.caps.insert(cap_of.clone(), month);
            self.caps_at.insert(cap_of.clone(), now);
            let of = cap_of.as_ref().map_or("all", Name::as_str);
            self.told.push((now, format!("spend_cap_reached {of} {month}: {cap}")));
        }
    }

    /// Hears what a whole command did, and compares what was told with what had to be.
    pub fn hear_command(&mut self, now: Timestamp, entry: &[Recorded], after: &Account) {
        self.purse.know_lines(after);
        let mut heard: Vec<Told> = Vec::new();
        for recorded in entry {
            match words(&recorded.event) {
                None => self.hear(recorded),
                Some(_) if self.is_setting_ready(recorded) => {}
                Some(said) => {
                    self.check_end(&recorded.event);
                    heard.push((recorded.at, said));
                }
            }
        }
        self.purse.finish(&mut self.told);
        self.pass(now);
        assert!(!self.is_any_setting_ready(now), "a setting has waited for its day by {now:?}");
        let mut expected = std::mem::take(&mut self.told);
        heard.sort();
        expected.sort();
        assert_eq!(heard, expected, "told by {now:?}, and what had to be");
    }

    /// What is told of a package's end holds in the instant it is told, when all that was due before it has happened.
    fn check_end(&self, event: &Event) {
        let Event::Noticed { notice } = event else { return };
        let (NoticeKind::PackageExpires { lot, left, expires_at, then, .. }
        | NoticeKind::RenewalFailed { lot, left, expires_at, then, .. }) = &notice.kind
        else {
            return;
        };
        let expected = self.shelf.end_of(*lot, &self.standing);
        assert_eq!((*left, *expires_at, then_words(then)), expected, "the end of lot {}", lot.0);
    }

    /// Months in which something was billed have their bill by the instant.
    pub fn has_billed_by(&self, now: Timestamp) -> bool {
        let is_open = |month: Month| self.zone.month_range(month).1.plus_days(3) > now;
        self.spending.unbilled().all(is_open)
    }
}

fn then_words(then: &UsedUpThen) -> &'static str {
    match then {
        UsedUpThen::NextLot { .. } => "next lot",
        UsedUpThen::PayPerUse => "pay per use",
        UsedUpThen::Refused => "refused",
    }
}

/// What a notice, or an alert that is armed again, says.
fn words(event: &Event) -> Option<String> {
    let notice = match event {
        Event::Noticed { notice } => notice,
        Event::AlertRearmed { alert: Alert::Balance } => return Some("balance armed".into()),
        Event::AlertRearmed { alert: Alert::TimeToEmpty } => return Some("time to empty armed".into()),
        Event::AlertRearmed { alert } => return Some(format!("{alert:?} armed")),
        _ => return None,
    };
    let word = notice.kind.word();
    Some(match &notice.kind {
        NoticeKind::ArrearsEntered { debt }
        | NoticeKind::Frozen { debt, .. }
        | NoticeKind::Released { debt, .. } => format!("{word} {debt}"),
        NoticeKind::GraceEntered { debt, until, release_at } => {
            format!("{word} {debt}, {until:?}, {release_at:?}")
        }
        NoticeKind::GraceEnds { days, until: end, .. }
        | NoticeKind::ReleaseNear { days, release_at: end, .. } => {
            format!("{word} in {days}, at {end:?}")
        }
        NoticeKind::Restored { from, .. } => format!("{word} from {}", from.word()),
        NoticeKind::BalanceLow { available, threshold } => format!("{word} {available} of {threshold}"),
        NoticeKind::BalanceSoonEmpty {
            available, burn_per_day, threshold_hours, today, last_days, ..
        } => {
            format!("{word} {available}: {burn_per_day} a day, {threshold_hours} h, {today} {last_days:?}")
        }
        NoticeKind::PackageLow { lot, left, granted, .. } => format!("{word} {}: {left} of {granted}", lot.0),
        NoticeKind::PackageExpires { days, lot, left, .. } => format!("{word} {}: {left} in {days}", lot.0),
        NoticeKind::PackageUsedUp { lot, then, .. } => {
            format!("{word} {}, then {}", lot.0, then_words(then))
        }
        NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
            let left = elsewhere.iter().map(|q| format!(", {} of {} in {}", q.left, q.api, q.region));
            format!("{word} {api} in {region}{}", left.collect::<String>())
        }
        NoticeKind::BillReady { month, total, outstanding, .. } => {
            format!("{word} {month}: {total}, {outstanding} owed")
        }
        NoticeKind::BudgetExceeded { budget, month, percent, spent, .. } => {
            format!("{word} {budget} {month}: {percent} by {spent}")
        }
        NoticeKind::BudgetForecast { budget, month, forecast, .. } => {
            format!("{word} {budget} {month}: {forecast}")
        }
        NoticeKind::RenewalFailed { lot, price, cash, next_attempt_at, .. } => {
            let price = price.map_or("no offer".into(), |price| price.to_string());
            format!("{word} {}: {price} of {cash}, then {next_attempt_at:?}", lot.0)
        }
        NoticeKind::Renewed { lot, new_lot, price, .. } => {
            format!("{word} {} by {}: {price}", lot.0, new_lot.0)
        }
        NoticeKind::SpendCapReached { api, month, cap, .. } => format!("{word} {api} {month}: {cap}"),
        NoticeKind::MemberQuotaNear { member, month, spent, used, .. }
        | NoticeKind::MemberQuotaReached { member, month, spent, used, .. } => {
            format!("{word} {member} {month}: {spent} and {used}")
        }
        NoticeKind::TopUpFailed { amount, .. } => format!("{word} {amount}"),
        NoticeKind::TopUpUnanswered { no, amount, .. } => format!("{word} {no}: {amount}"),
    })
}
