//! Why arrears began, in both languages: what the notices of it say beside the debt.

use charging::{ArrearsCause, ArrearsReasons, Cause, Name, Place};

use super::Facts;

/// Of more causes than these the rest is only counted.
const MOST: usize = 3;

/// What is said of the reasons.
pub(super) struct Said {
    /// The first of them in a few words, for a short message.
    pub short: &'static str,
    /// All, a sentence each.
    pub why: String,
    /// What to do about them, a sentence each.
    pub cures: String,
}

/// The reasons in English; none if none were found.
pub(super) fn english(facts: &Facts) -> Option<Said> {
    let reasons = facts.reasons.as_ref()?;
    let mut why: Vec<String> = reasons.causes.iter().take(MOST).map(|of| english_cause(of, facts)).collect();
    let mut cures: Vec<String> = reasons.causes.iter().take(MOST).map(english_cure).collect();
    match reasons.causes.len().saturating_sub(MOST) {
        0 => {}
        1 => why.push("There is one more reason.".into()),
        more => why.push(format!("There are {more} more reasons.")),
    }
    if reasons.corrected.is_positive() {
        let corrected = facts.money(reasons.corrected);
        why.push(format!(
            "The operator had taken money out of the balance; without that, {corrected} less would be owed."
        ));
        cures.push("If that was wrong, ask the operator to give it back: it pays the debt too.".into());
    }
    let short = short(reasons, english_short, "money taken by the operator")?;
    Some(Said { short, why: why.join(" "), cures: once_each(cures).join(" ") })
}

/// The same in Chinese.
pub(super) fn chinese(facts: &Facts) -> Option<Said> {
    let reasons = facts.reasons.as_ref()?;
    let mut why: Vec<String> = reasons.causes.iter().take(MOST).map(|of| chinese_cause(of, facts)).collect();
    let mut cures: Vec<String> = reasons.causes.iter().take(MOST).map(chinese_cure).collect();
    let more = reasons.causes.len().saturating_sub(MOST);
    if more > 0 {
        why.push(format!("另有 {more} 个原因。"));
    }
    if reasons.corrected.is_positive() {
        let corrected = facts.money(reasons.corrected);
        why.push(format!("此前运营方扣减了余额；若未扣减，欠费将减少 {corrected}。"));
        cures.push("如扣减有误，请联系运营方退回，退回的金额同样抵扣欠费。".into());
    }
    let short = short(reasons, chinese_short, "运营方扣减了余额")?;
    Some(Said { short, why: why.concat(), cures: once_each(cures).concat() })
}

fn short(
    reasons: &ArrearsReasons,
    of_cause: fn(Cause) -> &'static str,
    corrected: &'static str,
) -> Option<&'static str> {
    let of_causes = reasons.causes.first().map(|first| of_cause(first.cause));
    of_causes.or_else(|| reasons.corrected.is_positive().then_some(corrected))
}

/// Two causes may have the same cure.
fn once_each(cures: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for cure in cures {
        if !all.contains(&cure) {
            all.push(cure);
        }
    }
    all
}

fn english_short(cause: Cause) -> &'static str {
    match cause {
        Cause::PackageInOtherRegion => "package is for another region",
        Cause::FreeTrialInOtherRegion => "free trial is for another region",
        Cause::PackageForOtherApi => "package is for another API",
        Cause::PackageForOtherProject => "package is for another project",
        Cause::PackageExpired => "package expired",
        Cause::PackageUsedUp => "package used up",
        Cause::PackageNotYetEffective => "package begins later",
        Cause::NoPackage => "no package, pay-per-use is on",
        Cause::PackageUnsubscribed => "package given back",
    }
}

fn chinese_short(cause: Cause) -> &'static str {
    match cause {
        Cause::PackageInOtherRegion => "套餐包属于其他区域",
        Cause::FreeTrialInOtherRegion => "免费试用属于其他区域",
        Cause::PackageForOtherApi => "套餐包属于其他 API",
        Cause::PackageForOtherProject => "套餐包属于其他项目",
        Cause::PackageExpired => "套餐包已过期",
        Cause::PackageUsedUp => "套餐包已用完",
        Cause::PackageNotYetEffective => "套餐包尚未生效",
        Cause::NoPackage => "无套餐包，按需计费",
        Cause::PackageUnsubscribed => "套餐包已退订",
    }
}

fn english_cause(of: &ArrearsCause, facts: &Facts) -> String {
    let Place { api, region } = &of.called;
    let calls = if of.units == 1 { "call" } else { "calls" };
    let (regions, places, projects) = (regions(of, ", "), places(of, " in ", "", ", "), projects(of, ", "));
    let at = |instant: Option<_>| instant.map(|at| facts.instant(at)).unwrap_or_default();
    let because = match of.cause {
        Cause::PackageInOtherRegion => format!("the package is for {regions}"),
        Cause::FreeTrialInOtherRegion => format!("the free trial is for {regions}"),
        Cause::PackageForOtherApi => format!("the package is for {places}"),
        Cause::PackageForOtherProject => {
            format!("the package is reserved for the enterprise project {projects}")
        }
        Cause::PackageExpired => format!("the package expired at {}", at(of.ended_at)),
        Cause::PackageUsedUp => format!("the package was used up at {}", at(of.ended_at)),
        Cause::PackageNotYetEffective => format!("the package begins at {}", at(of.effective_at)),
        Cause::NoPackage => "there was no package, and pay-per-use is enabled".to_owned(),
        Cause::PackageUnsubscribed => format!("the package was given back at {}", at(of.ended_at)),
    };
    let (units, amount) = (of.units, facts.money(of.amount));
    format!("{units} {calls} of {api} in {region} cost {amount}: {because}.")
}

fn english_cure(of: &ArrearsCause) -> String {
    let Place { api, region } = &of.called;
    match of.cause {
        Cause::PackageInOtherRegion | Cause::FreeTrialInOtherRegion => {
            format!("Call {api} in {}, or buy a package for {region}.", regions(of, " or "))
        }
        Cause::PackageForOtherApi | Cause::NoPackage | Cause::PackageUsedUp | Cause::PackageUnsubscribed => {
            format!("Buy a package of {api} in {region}, or disable it there if it is not wanted.")
        }
        Cause::PackageForOtherProject => format!(
            "Name the enterprise project {} in the calls, or buy a package of {api} in {region} for all.",
            projects(of, " or ")
        ),
        Cause::PackageExpired => {
            format!("Renew the package, or buy another of {api} in {region}; or disable it there.")
        }
        Cause::PackageNotYetEffective => {
            format!("Call from then on, or buy a package of {api} in {region} that begins at once.")
        }
    }
}

fn chinese_cause(of: &ArrearsCause, facts: &Facts) -> String {
    let Place { api, region } = &of.called;
    let (regions, places, projects) = (regions(of, "、"), places(of, "（", "）", "、"), projects(of, "、"));
    let at = |instant: Option<_>| instant.map(|at| facts.instant(at)).unwrap_or_default();
    let because = match of.cause {
        Cause::PackageInOtherRegion => format!("套餐包属于区域 {regions}"),
        Cause::FreeTrialInOtherRegion => format!("免费试用属于区域 {regions}"),
        Cause::PackageForOtherApi => format!("套餐包属于 {places}"),
        Cause::PackageForOtherProject => format!("套餐包限企业项目 {projects} 使用"),
        Cause::PackageExpired => format!("套餐包已于 {} 过期", at(of.ended_at)),
        Cause::PackageUsedUp => format!("套餐包已于 {} 用完", at(of.ended_at)),
        Cause::PackageNotYetEffective => format!("套餐包自 {} 起生效", at(of.effective_at)),
        Cause::NoPackage => "没有套餐包，且已开通按需计费".to_owned(),
        Cause::PackageUnsubscribed => format!("套餐包已于 {} 退订", at(of.ended_at)),
    };
    let (units, amount) = (of.units, facts.money(of.amount));
    format!("{api}（{region}）的 {units} 次调用费用 {amount}：{because}。")
}

fn chinese_cure(of: &ArrearsCause) -> String {
    let Place { api, region } = &of.called;
    match of.cause {
        Cause::PackageInOtherRegion | Cause::FreeTrialInOtherRegion => {
            format!("请在 {} 调用 {api}，或购买 {region} 的套餐包。", regions(of, " 或 "))
        }
        Cause::PackageForOtherApi | Cause::NoPackage | Cause::PackageUsedUp | Cause::PackageUnsubscribed => {
            format!("请购买 {api}（{region}）的套餐包；如不需要，请关闭该 API。")
        }
        Cause::PackageForOtherProject => format!(
            "请在调用中指定企业项目 {}，或购买不限项目的 {api}（{region}）套餐包。",
            projects(of, " 或 ")
        ),
        Cause::PackageExpired => format!("请续费，或重新购买 {api}（{region}）的套餐包；或关闭该 API。"),
        Cause::PackageNotYetEffective => {
            format!("请在生效后调用，或购买立即生效的 {api}（{region}）套餐包。")
        }
    }
}

fn regions(of: &ArrearsCause, comma: &str) -> String {
    let mut regions: Vec<&str> = of.packages.iter().map(|place| place.region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    regions.join(comma)
}

fn places(of: &ArrearsCause, before: &str, after: &str, comma: &str) -> String {
    let place = |place: &Place| format!("{}{before}{}{after}", place.api, place.region);
    of.packages.iter().map(place).collect::<Vec<_>>().join(comma)
}

fn projects(of: &ArrearsCause, comma: &str) -> String {
    of.enterprise_projects.iter().map(Name::as_str).collect::<Vec<_>>().join(comma)
}
