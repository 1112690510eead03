//! English.

use charging::{
    ALL_APIS, MemberQuota, Money, Month, NEAR_PERCENT, NoticeKind, Obstacle, PaceRule, Standing,
    TopUpFailure, UsedUpThen,
};
use ledger::outbox::Matter;

use super::{Facts, Frame, Words, reasons};

pub(super) fn frame(facts: &Facts) -> Frame {
    let footer = match facts.account.as_str() {
        "" => "Sent by Inkmeter to the address in its configuration.".to_owned(),
        account => format!(
            "Sent by Inkmeter about account {account}, {}. You get this because this address is among the account's \
             recipients; they are managed on the console's page \"Recipients\".",
            facts.instant(facts.at)
        ),
    };
    Frame {
        lang: "en",
        figures: "Figures",
        why: "Why",
        todo: "What to do",
        until: "Until when",
        footer,
        console: "Console: ",
        recipients: "Recipients: ",
    }
}

pub(super) fn words(matter: &Matter, facts: &Facts) -> Words {
    match matter {
        Matter::Notice(notice) => notice_words(&notice.kind, facts),
        Matter::Summary { day } => summary(day, facts),
        Matter::Canary => Words {
            subject: "Inkmeter: canary".into(),
            sms: format!("Inkmeter canary of {}: notices arrive.", facts.minute(facts.at)),
            what: format!("This is the canary of {}.", facts.instant(facts.at)),
            figures: vec![],
            why: "Inkmeter sends it at the interval in its configuration, by the same way as every notice. That it \
                  is here proves that notices arrive."
                .into(),
            todo: "Nothing. Be alarmed when it stays away.".into(),
            until: None,
        },
        Matter::Code { code } => Words {
            subject: format!("[Inkmeter] {}: confirm this address with {code}", facts.account),
            sms: format!("Inkmeter: {code} confirms this number for the notices of account {}.", facts.account),
            what: format!("Somebody asked Inkmeter to send the notices of account {} here.", facts.account),
            figures: vec![("Code", code.clone())],
            why: "Nobody is sent notices who did not agree to it.".into(),
            todo: "If you want them, enter the code beside the address under Recipients. If you do not, do nothing: \
                   nothing more is sent here."
                .into(),
            until: Some("The code is good for a day.".into()),
        },
        Matter::Probe => Words {
            subject: "Inkmeter: test message".into(),
            sms: format!("Inkmeter test message of {}. It works.", facts.minute(facts.at)),
            what: format!("This is a test message of {}.", facts.instant(facts.at)),
            figures: vec![],
            why: "Somebody asked Inkmeter to send it, to see whether messages arrive here.".into(),
            todo: "Nothing. It arrived.".into(),
            until: None,
        },
    }
}

fn summary(day: &str, facts: &Facts) -> Words {
    let count: u64 = facts.capped.iter().map(|(_, count)| count).sum();
    let list: Vec<String> =
        facts.capped.iter().map(|(word, count)| format!("{count} x {}", kind_name(word))).collect();
    let account = &facts.account;
    Words {
        subject: format!("[Inkmeter] {account}: {count} notices were kept back on {day}"),
        sms: format!("Inkmeter: {count} notices about {account} were kept back on {day} by your daily limit."),
        what: format!("On {day}, {count} notices about account {account} were not sent to this address."),
        figures: vec![("Kept back", list.join(", "))],
        why: "This recipient has a limit of messages a day, and it was reached. Urgent notices are not held back by it."
            .into(),
        todo: "Read them in the account's list of notices, or give the recipient a higher limit.".into(),
        until: None,
    }
}

/// What a kind of notice is called in a summary.
fn kind_name(word: &str) -> &str {
    match word {
        "arrears_entered" => "arrears",
        "grace_entered" => "grace period begun",
        "grace_ends" => "grace period about to end",
        "frozen" => "frozen",
        "release_near" => "release near",
        "released" => "released",
        "restored" => "restored",
        "balance_low" => "balance low",
        "balance_soon_empty" => "balance soon empty",
        "package_low" => "package low",
        "package_expires" => "package about to expire",
        "package_used_up" => "package used up",
        "pay_per_use_instead" => "pay-per-use beside a package elsewhere",
        "bill_ready" => "bill ready",
        "budget_exceeded" => "budget exceeded",
        "budget_forecast" => "budget forecast to be exceeded",
        "renewal_failed" => "renewal failed",
        "renewed" => "renewed",
        "spend_cap_reached" => "spending cap reached",
        "top_up_failed" => "automatic top-up failed",
        "top_up_unanswered" => "top-up without an answer",
        "member_quota_near" => "member's quota nearly used",
        "member_quota_reached" => "member's quota used up",
        other => other,
    }
}

/// What a member used of what it may use.
fn of_member(
    (member, month): (&str, Month),
    quota: &MemberQuota,
    (spent, used): (Money, u64),
    facts: &Facts,
) -> Vec<(&'static str, String)> {
    let none = || "no limit".to_owned();
    let amount = quota.amount.map_or_else(none, |amount| facts.money(amount));
    let calls = quota.units.map_or_else(none, |calls| calls.to_string());
    vec![
        ("Member", member.to_owned()),
        ("Month", month.to_string()),
        ("Spent beyond packages", facts.money(spent)),
        ("Quota", amount),
        ("Calls", used.to_string()),
        ("Quota of calls", calls),
    ]
}

fn notice_words(kind: &NoticeKind, facts: &Facts) -> Words {
    let account = &facts.account;
    let money = |amount| facts.money(amount);
    let full = |at| facts.instant(at);
    let short = |at| facts.minute(at);
    let subject = |rest: String| format!("[Inkmeter] {account}: {rest}");
    let pay = |debt| format!("Top up at least {}. It pays the debt at once.", money(debt));
    match kind {
        NoticeKind::ArrearsEntered { debt } => {
            let said = reasons::english(facts);
            let short = said.as_ref().map_or(String::new(), |said| format!(" Why: {}.", said.short));
            let why = "A billing hour was settled, and the balance and coupons did not cover it.";
            Words {
                subject: subject(format!("in arrears, {} owed", money(*debt))),
                sms: format!(
                    "Inkmeter: {account} is in arrears and owes {}.{short} Top up to pay it.",
                    money(*debt)
                ),
                what: format!("Account {account} is in arrears."),
                figures: vec![("Owed", money(*debt))],
                why: said.as_ref().map_or(why.to_owned(), |said| format!("{why} {}", said.why)),
                todo: format!(
                    "{} {}The console tells more under \"Why was I charged?\".",
                    pay(*debt),
                    said.map_or(String::new(), |said| said.cures + " ")
                ),
                until: None,
            }
        }
        NoticeKind::GraceEntered { debt, until, release_at } => Words {
            subject: subject(format!("grace period until {}", short(*until))),
            sms: format!(
                "Inkmeter: {account} owes {}. Grace until {}, then pay-per-use is frozen.",
                money(*debt),
                short(*until)
            ),
            what: format!("The grace period of account {account} has begun. Calls go on and are charged."),
            figures: vec![
                ("Owed", money(*debt)),
                ("Frozen unless paid by", full(*until)),
                ("Released unless paid by", full(*release_at)),
            ],
            why: match reasons::english(facts) {
                Some(said) => format!("The account is in arrears. {}", said.why),
                None => "The account is in arrears.".into(),
            },
            todo: reasons::english(facts).map_or(pay(*debt), |said| format!("{} {}", pay(*debt), said.cures)),
            until: Some(format!("Pay-per-use is frozen at {} unless the debt is paid.", full(*until))),
        },
        NoticeKind::GraceEnds { days, until, debt } => Words {
            subject: subject(format!("grace ends in {}", day(*days))),
            sms: format!(
                "Inkmeter: {account} owes {}. Grace ends in {}, {}; then pay-per-use is frozen.",
                money(*debt),
                day(*days),
                short(*until)
            ),
            what: format!("The grace period of account {account} ends in {}.", day(*days)),
            figures: vec![("Owed", money(*debt)), ("Frozen unless paid by", full(*until))],
            why: "The account is in arrears and the debt is not paid.".into(),
            todo: pay(*debt),
            until: Some(format!("Pay-per-use is frozen at {} unless the debt is paid.", full(*until))),
        },
        NoticeKind::Frozen { since, release_at, debt } => Words {
            subject: subject(format!("frozen, {} owed", money(*debt))),
            sms: format!(
                "Inkmeter: {account} is frozen, {} owed. Released {} unless paid.",
                money(*debt),
                short(*release_at)
            ),
            what: format!("Account {account} is frozen: pay-per-use calls are refused."),
            figures: vec![
                ("Owed", money(*debt)),
                ("Frozen since", full(*since)),
                ("Released unless paid by", full(*release_at)),
            ],
            why: "The debt is not paid, and there is no grace any more. Packages with quota left keep working.".into(),
            todo: pay(*debt) + " Service is restored with the payment.",
            until: Some(format!("What is enabled is released at {} unless the debt is paid.", full(*release_at))),
        },
        NoticeKind::ReleaseNear { days, release_at, debt } => Words {
            subject: subject(format!("released in {}", day(*days))),
            sms: format!(
                "Inkmeter: {account} owes {} and is released in {}, {}.",
                money(*debt),
                day(*days),
                short(*release_at)
            ),
            what: format!("What is enabled in account {account} is released in {}.", day(*days)),
            figures: vec![("Owed", money(*debt)), ("Released unless paid by", full(*release_at))],
            why: "The account is frozen, its retention period is nearly over, and the debt is not paid.".into(),
            todo: pay(*debt),
            until: Some(format!("What is released at {} does not come back by itself.", full(*release_at))),
        },
        NoticeKind::Released { since, debt, deleted, rule } => {
            let list: Vec<String> =
                deleted.iter().map(|place| format!("{} in {}", place.api, place.region)).collect();
            let list = if list.is_empty() { "nothing was enabled".to_owned() } else { list.join(", ") };
            Words {
                subject: subject("resources were released".into()),
                sms: format!(
                    "Inkmeter: {account} was released {}. {} still owed. Pay, then enable again.",
                    short(*since),
                    money(*debt)
                ),
                what: format!("The resources of account {account} were released. This is the record of it."),
                figures: vec![
                    ("Released at", full(*since)),
                    ("Deleted", list),
                    (
                        "By the rule",
                        format!(
                            "policy {}, tier {}: {} of grace, {} of retention",
                            rule.policy,
                            rule.tier,
                            day(rule.grace_days),
                            day(rule.retention_days)
                        ),
                    ),
                    ("Still owed", money(*debt)),
                ],
                why: "The debt was not paid, and neither grace nor retention is left.".into(),
                todo: pay(*debt) + " Then enable the APIs again.",
                until: None,
            }
        }
        NoticeKind::Restored { from: Standing::Released { since }, .. } => Words {
            subject: subject("restored".into()),
            sms: format!("Inkmeter: {account} is in good standing again. An API was enabled after the release."),
            what: format!("Account {account} is in good standing again."),
            figures: vec![("Standing before", "released".to_owned()), ("Released at", full(*since))],
            why: "Everything owed was paid, and an API was enabled again.".into(),
            todo: "Enable whatever else the release took away and is still wanted.".into(),
            until: None,
        },
        NoticeKind::Restored { from, debt_paid } => Words {
            subject: subject("restored".into()),
            sms: format!("Inkmeter: {account} is restored. {} of debt was paid.", money(*debt_paid)),
            what: format!("Account {account} is in good standing again."),
            figures: vec![("Debt paid", money(*debt_paid)), ("Standing before", from.word().to_owned())],
            why: "Everything owed was paid.".into(),
            todo: "Nothing. Calls are served as before.".into(),
            until: None,
        },
        NoticeKind::BalanceLow { available, threshold } => Words {
            subject: subject(format!("{} available, with coupons for anything", money(*available))),
            sms: format!(
                "Inkmeter: {account} has {} available, with coupons for anything, less than your alert of {}.",
                money(*available),
                money(*threshold)
            ),
            what: format!("What account {account} has available, with coupons for anything, fell below its alert threshold."),
            figures: vec![("Available, with coupons for anything", money(*available)), ("Alert threshold", money(*threshold))],
            why: "Usage, purchases or settlements took it below the alert's threshold.".into(),
            todo: "Top up before it is used up. You are told again when it has risen to a twentieth above the threshold and falls below it anew."
                .into(),
            until: None,
        },
        NoticeKind::BalanceSoonEmpty {
            available,
            burn_per_day,
            empty_at,
            threshold_hours,
            today,
            last_days,
            asked_hours,
            pace,
            day,
        } => {
            let (of, alert, why) = match pace {
                PaceRule::MeanOfDays => (
                    "the mean of the days before",
                    format!("less than the {asked_hours} hours of the alert"),
                    format!(
                        "At the mean of the last whole days, what is available, with coupons for anything, lasts for \
                         less than the {asked_hours} hours of the alert."
                    ),
                ),
                PaceRule::DearerDay => (
                    "the dearer of the latest two days",
                    format!("less than {threshold_hours} hours, a third of the alert's {asked_hours}"),
                    format!(
                        "At the pace of the dearer of the latest two days, what is available, with coupons for \
                         anything, lasts for less than {threshold_hours} hours. That is a third of the alert's \
                         {asked_hours}, because a single day may be an exception."
                    ),
                ),
            };
            Words {
                subject: subject(format!("empty by {}", short(*empty_at))),
                sms: format!(
                    "Inkmeter: {account} has {} available, with coupons for anything; at {} a day it is empty by {}.",
                    money(*available),
                    money(*burn_per_day),
                    short(*empty_at)
                ),
                what: format!("At its present pace the balance of account {account} is soon used up."),
                figures: vec![
                    ("Available, with coupons for anything", money(*available)),
                    ("Spent per day", format!("{}, {of}", money(*burn_per_day))),
                    ("The latest day, so far", format!("{} {}", facts.date(*day), money(*today))),
                    ("The days before", facts.days_before(*day, last_days, ", ").unwrap_or_else(|| "none".into())),
                    ("Empty by", full(*empty_at)),
                    ("Told when it lasts for", alert),
                ],
                why,
                todo: "Top up, or buy a package for what is called most.".into(),
                until: Some(format!("At this pace nothing is left at {}.", full(*empty_at))),
            }
        }
        NoticeKind::PackageLow { lot, api, region, left, granted, threshold } => Words {
            subject: subject(format!("{left} calls left in package #{lot}", lot = lot.0)),
            sms: format!("Inkmeter: {account}: package {api} {region} has {left} of {granted} calls left."),
            what: format!("A package of account {account} is nearly used up."),
            figures: vec![
                ("Package", format!("#{} {api} in {region}", lot.0)),
                ("Left", format!("{left} of {granted} calls")),
                ("Alert threshold", format!("{threshold} calls")),
            ],
            why: "What is left fell to the alert's threshold.".into(),
            todo: "Buy another package, or let pay-per-use take over.".into(),
            until: None,
        },
        NoticeKind::PackageExpires {
            days,
            lot,
            api,
            region,
            left,
            expires_at,
            then,
            next_attempt_at,
            is_renewable,
        } => Words {
            subject: subject(format!("package #{} expires in {}", lot.0, day(*days))),
            sms: format!(
                "Inkmeter: {account}: package {api} {region} expires {} with {left} calls left; then {}.",
                short(*expires_at),
                after_end(then)
            ),
            what: format!("A package of account {account} expires in {}.", day(*days)),
            figures: vec![
                ("Package", format!("#{} {api} in {region}", lot.0)),
                ("Left", format!("{left} calls")),
                ("Expires", full(*expires_at)),
            ],
            why: match next_attempt_at {
                Some(_) => "Its validity ends, and its automatic renewal has failed so far. What is left then cannot \
                            be used any more."
                    .into(),
                None => "Its validity ends. What is left then cannot be used any more.".into(),
            },
            todo: match next_attempt_at {
                _ if !is_renewable => "Use it before it ends: it cannot be renewed.".into(),
                Some(next) => format!(
                    "Use it, or renew it before it ends: top up for the renewal at {}, or renew it by hand.",
                    full(*next)
                ),
                None => "Use it, or renew it before it ends.".into(),
            },
            until: Some(format!("It can be used until {}; then {}.", full(*expires_at), after_end(then))),
        },
        NoticeKind::PackageUsedUp { lot, api, region, then, pay_per_use_until } => {
            let (next, todo) = match then {
                UsedUpThen::NextLot { lot } => {
                    (format!("package #{} is used next", lot.0), "Nothing. The next package is used.")
                }
                UsedUpThen::PayPerUse if pay_per_use_until.is_some() => (
                    "calls are charged per call for the time being".to_owned(),
                    "Buy another package if you do not want to pay per call, or if calls are to go on after that.",
                ),
                UsedUpThen::PayPerUse => (
                    "calls are charged per call from now on".to_owned(),
                    "Buy another package if you do not want to pay per call.",
                ),
                UsedUpThen::Refused => (
                    "calls are refused from now on".to_owned(),
                    "Buy another package, or enable pay-per-use.",
                ),
            };
            Words {
                subject: subject(format!("package #{} is used up", lot.0)),
                sms: format!("Inkmeter: {account}: package {api} {region} is used up; {next}."),
                what: format!("A package of account {account} is used up: {next}."),
                figures: vec![("Package", format!("#{} {api} in {region}", lot.0))],
                why: "All of its calls were made.".into(),
                todo: todo.into(),
                until: pay_per_use_until.map(|until| {
                    let until = full(until);
                    format!("Pay-per-use ends with the package that was to be the last, at {until}; then calls are refused.")
                }),
            }
        }
        NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
            let list: Vec<String> = elsewhere
                .iter()
                .map(|quota| format!("{} in {}: {} calls", quota.api, quota.region, quota.left))
                .collect();
            Words {
                subject: subject("a call was charged although packages have quota left".into()),
                sms: format!(
                    "Inkmeter: {account}: {api} {region} is charged per call; your packages are for elsewhere."
                ),
                what: format!("A call of account {account} was charged per call while packages have quota left."),
                figures: vec![("Called", format!("{api} in {region}")), ("Quota left", list.join("; "))],
                why: "A package works for its own API and region only.".into(),
                todo: "Call where the quota is, or buy a package for where you call.".into(),
                until: None,
            }
        }
        NoticeKind::BillReady { month, total, paid, debt, outstanding } => Words {
            subject: subject(format!("bill of {month}, {}", money(facts.stated(*total)))),
            sms: format!(
                "Inkmeter: the bill of {account} for {month} is {}.{}",
                money(facts.stated(*total)),
                match outstanding.is_positive() {
                    true => format!(" {} of it is still owed.", money(*outstanding)),
                    false => String::new(),
                }
            ),
            what: format!("The bill of account {account} for {month} is there."),
            figures: vec![
                ("Total", money(*total)),
                ("Paid at settlement", money(*paid)),
                ("Left as debt at settlement", money(*debt)),
                ("Paid of this debt since", money(*debt - *outstanding)),
                ("Still owed for this month", money(*outstanding)),
            ],
            why: "The month is closed; its figures do not change any more.".into(),
            todo: match outstanding.is_positive() {
                true => format!(
                    "Top up: the oldest debt is paid first, and {} of this month is still owed. The bill can be read \
                     and exported under Bills.",
                    money(*outstanding)
                ),
                false => "Nothing: all of it is paid. The bill can be read and exported under Bills.".into(),
            },
            until: None,
        },
        NoticeKind::BudgetExceeded { budget, month, percent, spent, amount } => Words {
            subject: subject(format!("budget {budget} at {percent}% in {month}")),
            sms: format!(
                "Inkmeter: {account}: {} spent in {month}, {percent}% of budget {budget} ({}).",
                money(*spent),
                money(*amount)
            ),
            what: format!("The spending of account {account} in {month} reached {percent}% of budget {budget}."),
            figures: vec![
                ("Month", month.to_string()),
                ("Spent so far", money(*spent)),
                ("Budget", money(*amount)),
            ],
            why: "You asked to be told at this percentage.".into(),
            todo: "Nothing is stopped by a budget. Set a spending cap if something should be.".into(),
            until: None,
        },
        NoticeKind::BudgetForecast { budget, month, forecast, amount } => Words {
            subject: subject(format!("budget {budget} will be exceeded in {month}")),
            sms: format!(
                "Inkmeter: {account}: {month} will come to {}, over budget {budget} ({}).",
                money(*forecast),
                money(*amount)
            ),
            what: format!("At its present pace account {account} will exceed budget {budget} in {month}."),
            figures: vec![
                ("Month", month.to_string()),
                ("Forecast for the month", money(*forecast)),
                ("Budget", money(*amount)),
            ],
            why: "What was spent so far, carried on to the end of the month, is more than the budget.".into(),
            todo: "Nothing is stopped by a budget. Set a spending cap if something should be.".into(),
            until: None,
        },
        NoticeKind::RenewalFailed {
            lot,
            api,
            region,
            obstacle,
            price,
            cash,
            next_attempt_at,
            left,
            expires_at,
            then,
        } => Words {
            subject: subject(format!("package #{} could not be renewed", lot.0)),
            sms: format!(
                "Inkmeter: {account}: package {api} {region} was not renewed: {}; {}ends {}.",
                match price {
                    Some(price) => format!("{} needed, {} there", money(*price), money(*cash)),
                    None => "it is not on offer any more".into(),
                },
                next_attempt_at.map_or(String::new(), |next| format!("again {}, ", facts.date(next))),
                facts.date(*expires_at)
            ),
            what: format!("A package of account {account} could not be renewed."),
            figures: vec![
                ("Package", format!("#{} {api} in {region}", lot.0)),
                ("Price", price.map_or("not on offer any more".into(), money)),
                ("Cash", money(*cash)),
                ("Left", format!("{left} calls")),
                ("Expires", full(*expires_at)),
            ],
            why: match obstacle {
                Obstacle::Debt => "Something is owed, and nothing is bought in arrears.",
                Obstacle::Price => "Cash and coupons did not cover the price.",
                Obstacle::NotOnOffer => "A package of this size is not on offer any more.",
            }
            .into(),
            todo: match obstacle {
                Obstacle::Debt => "Pay what is owed, and top up for the renewal.",
                Obstacle::Price => "Top up, or renew the package by hand with a coupon.",
                Obstacle::NotOnOffer => "Buy a package of another size before this one ends.",
            }
            .into(),
            until: Some(format!(
                "{} Unless it is renewed, it ends at {}; then {}.",
                match next_attempt_at {
                    Some(next) => format!(
                        "It is tried again at {}, and daily from then on; you are told of the last time.",
                        full(*next)
                    ),
                    None => "It is not tried again.".into(),
                },
                full(*expires_at),
                after_end(then)
            )),
        },
        NoticeKind::Renewed { lot, new_lot, api, region, price, is_automatic, next_attempt_at } => Words {
            subject: subject(format!("package #{} was renewed", lot.0)),
            sms: format!("Inkmeter: {account}: package {api} {region} was renewed for {}.", money(*price)),
            what: format!("A package of account {account} was renewed."),
            figures: vec![
                ("Package", format!("#{} {api} in {region}", lot.0)),
                ("Goes on as", format!("#{}", new_lot.0)),
                ("Paid", money(*price)),
            ],
            why: match is_automatic {
                true => "Automatic renewal was on for it.",
                false => "You renewed it.",
            }
            .into(),
            todo: match next_attempt_at {
                Some(_) => "Nothing. Switch automatic renewal off if it should end with this term.",
                None => "Nothing now. Renew it again before the new term ends, if it is to go on: it is not renewed by itself.",
            }
            .into(),
            until: next_attempt_at.map(|at| format!("The new term is renewed by itself at {}.", full(at))),
        },
        NoticeKind::SpendCapReached { api, month, cap, spent } => {
            let api = if api.as_str() == ALL_APIS { "all APIs" } else { api.as_str() };
            Words {
                subject: subject(format!("spending cap of {} reached", money(*cap))),
                sms: format!(
                    "Inkmeter: {account}: {} of cap {} spent on {api} in {month}; calls beyond are refused.",
                    money(*spent),
                    money(*cap)
                ),
                what: format!("A call of account {account} was refused: it could have cost more than the spending cap leaves."),
                figures: vec![
                    ("API", api.to_owned()),
                    ("Month", month.to_string()),
                    ("Spent", money(*spent)),
                    ("Cap", money(*cap)),
                ],
                why: "You set this cap. Packages with quota left keep working.".into(),
                todo: "Raise the cap, or wait for the next month.".into(),
                until: None,
            }
        }
        NoticeKind::MemberQuotaNear { member, month, quota, spent, used } => {
            let member = facts.member(member);
            Words {
                subject: subject(format!("member {member} has used most of its quota")),
                sms: format!(
                    "Inkmeter: {account}: member {member} has used most of its quota of {month}: {}, {used} calls.",
                    money(*spent)
                ),
                what: format!("Member {member} of account {account} has used most of its quota of the month."),
                figures: of_member((member, *month), quota, (*spent, *used), facts),
                why: format!("{NEAR_PERCENT}% or more of what you let it use is used."),
                todo: "Give it a larger quota, if its calls are to go on beyond this one.".into(),
                until: None,
            }
        }
        NoticeKind::MemberQuotaReached { member, month, quota, spent, used } => {
            let member = facts.member(member);
            Words {
                subject: subject(format!("member {member} has used up its quota")),
                sms: format!(
                    "Inkmeter: {account}: the quota of member {member} for {month} is used up; its calls are refused."
                ),
                what: format!("The quota of member {member} of account {account} is used up. Calls beyond it are \
                    refused."),
                figures: of_member((member, *month), quota, (*spent, *used), facts),
                why: "You set this quota. Your own calls and those of other members go on.".into(),
                todo: "Give it a larger quota, or wait for the next month.".into(),
                until: None,
            }
        }
        NoticeKind::TopUpFailed { rule, amount, why, retry_at } => Words {
            subject: subject(format!("automatic top-up of {} failed", money(*amount))),
            sms: format!("Inkmeter: {account}: the automatic top-up of {} failed.", money(*amount)),
            what: format!("Account {account} got no money from its automatic top-up."),
            figures: vec![("Amount", money(*amount)), ("Rule", rule.to_string())],
            why: match why {
                TopUpFailure::Declined { detail } => format!("The payment provider declined, and said: {detail}"),
                TopUpFailure::MonthlyLimit { limit } => {
                    format!("The rule may ask for {} in a month, and has no room left for another one.", money(*limit))
                }
                TopUpFailure::TimesInMonth { most } => format!("The rule has asked {most} times this month, and may not more often."),
                TopUpFailure::BooksFull => "The books can take in no more money.".into(),
            },
            todo: match why {
                TopUpFailure::Declined { .. } => "Top up by hand, or see to the means of payment.",
                TopUpFailure::MonthlyLimit { .. } => "Top up by hand, or raise the rule's limit of the month.",
                TopUpFailure::TimesInMonth { .. } => "Top up by hand, or let the rule ask for more at once.",
                TopUpFailure::BooksFull => "Ask the operator.",
            }
            .into(),
            until: Some(match (why, retry_at) {
                (TopUpFailure::Declined { .. }, Some(at)) => {
                    format!("It is asked for again at {}; you are told of the last time.", full(*at))
                }
                (_, Some(at)) => format!("The rule asks again from {} on.", full(*at)),
                (_, None) => "It is not asked for again until the balance has been above the rule's level.".into(),
            }),
        },
        NoticeKind::TopUpUnanswered { no, amount, requested_at } => Words {
            subject: subject(format!("top-up of {} has no answer", money(*amount))),
            sms: format!("Inkmeter: {account}: a top-up of {} has had no answer for a day.", money(*amount)),
            what: format!("A top-up that account {account} asked for has had no answer for a day."),
            figures: vec![
                ("Amount", money(*amount)),
                ("Request", no.to_string()),
                ("Asked for", facts.instant(*requested_at)),
            ],
            why: "The payment provider has neither paid nor declined. It is asked again until it does, and \
                  automatic top-ups wait for it."
                .into(),
            todo: "If the balance runs low, top up in another way.".into(),
            until: None,
        },
    }
}

/// What meets the calls once a package has ended.
fn after_end(then: &UsedUpThen) -> String {
    match then {
        UsedUpThen::NextLot { lot } => format!("package #{} is used", lot.0),
        UsedUpThen::PayPerUse => "calls are charged per call".into(),
        UsedUpThen::Refused => "calls are refused".into(),
    }
}

fn day(days: impl Into<u16>) -> String {
    match days.into() {
        1 => "1 day".into(),
        days => format!("{days} days"),
    }
}
