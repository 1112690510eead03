//! Every kind, language and form, as it was when somebody last read it.

use charging::{
    ArrearsCause, ArrearsReasons, BillRounding, Cause, LotNo, MemberQuota, Money, Month, Name, Notice,
    NoticeKind, Obstacle, PaceRule, Place, QuotaLeft, ReleaseRule, Standing, Tier, Timestamp, TopUpFailure,
    UsedUpThen, Zone,
};
use ledger::outbox::Matter;

use super::{Facts, Language, Message, message};

const SNAPSHOT: &str = include_str!("snapshot.txt");

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn facts() -> Facts {
    Facts {
        account: "alice".into(),
        zone: Zone::BEIJING,
        rounding: BillRounding::HalfUp,
        currency: "CNY".into(),
        at: at("2026-11-24T15:00:00+08:00"),
        capped: vec![("package_low".into(), 3), ("balance_low".into(), 1)],
        member: Some("bob".into()),
        reasons: Some(ArrearsReasons {
            causes: vec![
                cause(Cause::PackageInOtherRegion, "8.345678"),
                cause(Cause::NoPackage, "4"),
                cause(Cause::PackageExpired, "0.30"),
                cause(Cause::PackageUsedUp, "0.20"),
            ],
            corrected: money("5"),
        }),
        console: "https://ocr.example.com/?from=mail&to=console".into(),
    }
}

/// A cause of arrears, with figures as they occur.
fn cause(cause: Cause, amount: &str) -> ArrearsCause {
    let place = |region: &str| Place { api: name("general-text"), region: name(region) };
    let is_elsewhere = matches!(cause, Cause::PackageInOtherRegion | Cause::FreeTrialInOtherRegion);
    let packages = match cause {
        Cause::NoPackage => vec![],
        Cause::PackageForOtherApi => vec![Place { api: name("id-card"), region: name("cn-north-4") }],
        _ if is_elsewhere => vec![place("ap-southeast-1"), place("cn-east-3")],
        _ => vec![place("cn-north-4")],
    };
    let has_ended =
        matches!(cause, Cause::PackageExpired | Cause::PackageUsedUp | Cause::PackageUnsubscribed);
    ArrearsCause {
        cause,
        called: place("cn-north-4"),
        units: if cause == Cause::NoPackage { 1 } else { 512 },
        amount: money(amount),
        debt: money(amount),
        packages,
        enterprise_projects: if cause == Cause::PackageForOtherProject { vec![name("web")] } else { vec![] },
        ended_at: has_ended.then(|| at("2026-11-24T10:12:13+08:00")),
        effective_at: (cause == Cause::PackageNotYetEffective).then(|| at("2026-12-01T00:00:00+08:00")),
    }
}

/// One of each kind, with figures as they occur.
fn kinds() -> Vec<NoticeKind> {
    let (until, release_at) = (at("2026-12-09T15:00:00+08:00"), at("2026-12-24T15:00:00+08:00"));
    let debt = money("12.345678");
    let (api, region) = (name("general-text"), name("cn-north-4"));
    let month = Month { year: 2026, month: 11 };
    vec![
        NoticeKind::ArrearsEntered { debt },
        NoticeKind::GraceEntered { debt, until, release_at },
        NoticeKind::GraceEnds { days: 3, until, debt },
        NoticeKind::GraceEnds { days: 1, until, debt },
        NoticeKind::Frozen { since: until, release_at, debt },
        NoticeKind::ReleaseNear { days: 3, release_at, debt },
        NoticeKind::ReleaseNear { days: 1, release_at, debt },
        NoticeKind::Released {
            since: release_at,
            debt,
            deleted: vec![
                Place { api: api.clone(), region: region.clone() },
                Place { api: api.clone(), region: name("ap-southeast-1") },
            ],
            rule: ReleaseRule { policy: name("intl"), tier: Tier::V0, grace_days: 15, retention_days: 15 },
        },
        NoticeKind::Restored { from: Standing::Frozen { since: until, release_at }, debt_paid: debt },
        NoticeKind::Restored { from: Standing::Released { since: release_at }, debt_paid: Money::ZERO },
        NoticeKind::BalanceLow { available: money("99.50"), threshold: money("100") },
        NoticeKind::BalanceSoonEmpty {
            available: money("60"),
            burn_per_day: money("30.25"),
            empty_at: at("2026-11-26T14:36:00+08:00"),
            threshold_hours: 72,
            today: money("18"),
            last_days: vec![money("31"), money("29.50")],
            asked_hours: 72,
            pace: PaceRule::MeanOfDays,
            day: at("2026-11-24T00:00:00+08:00"),
        },
        NoticeKind::BalanceSoonEmpty {
            available: money("20"),
            burn_per_day: money("31"),
            empty_at: at("2026-11-25T05:29:00+08:00"),
            threshold_hours: 16,
            today: money("31"),
            last_days: vec![],
            asked_hours: 48,
            pace: PaceRule::DearerDay,
            day: at("2026-11-24T00:00:00+08:00"),
        },
        NoticeKind::PackageLow {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            left: 199,
            granted: 1_000,
            threshold: 200,
        },
        NoticeKind::PackageExpires {
            days: 7,
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            left: 512,
            expires_at: at("2026-12-01T23:59:59.999+08:00"),
            then: UsedUpThen::PayPerUse,
            next_attempt_at: None,
            is_renewable: true,
        },
        NoticeKind::PackageExpires {
            days: 3,
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            left: 512,
            expires_at: at("2026-12-01T23:59:59.999+08:00"),
            then: UsedUpThen::NextLot { lot: LotNo(3) },
            next_attempt_at: None,
            is_renewable: false,
        },
        NoticeKind::PackageExpires {
            days: 1,
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            left: 512,
            expires_at: at("2026-12-01T23:59:59.999+08:00"),
            then: UsedUpThen::Refused,
            next_attempt_at: Some(at("2026-12-01T03:00:00+08:00")),
            is_renewable: true,
        },
        NoticeKind::PackageUsedUp {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            then: UsedUpThen::NextLot { lot: LotNo(3) },
            pay_per_use_until: None,
        },
        NoticeKind::PackageUsedUp {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            then: UsedUpThen::PayPerUse,
            pay_per_use_until: None,
        },
        NoticeKind::PackageUsedUp {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            then: UsedUpThen::PayPerUse,
            pay_per_use_until: Some(at("2026-12-01T23:59:59.999+08:00")),
        },
        NoticeKind::PackageUsedUp {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            then: UsedUpThen::Refused,
            pay_per_use_until: None,
        },
        NoticeKind::PayPerUseInstead {
            api: api.clone(),
            region: region.clone(),
            elsewhere: vec![QuotaLeft { api: api.clone(), region: name("cn-east-3"), left: 1_000 }],
        },
        NoticeKind::BillReady {
            month,
            total: money("88.05"),
            paid: money("80"),
            debt: money("8.05"),
            outstanding: money("5.05"),
        },
        NoticeKind::BudgetExceeded {
            budget: name("november"),
            month,
            percent: 80,
            spent: money("400.05"),
            amount: money("500"),
        },
        NoticeKind::BudgetForecast {
            budget: name("november"),
            month,
            forecast: money("620"),
            amount: money("500"),
        },
        NoticeKind::RenewalFailed {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            obstacle: Obstacle::Price,
            price: Some(money("350")),
            cash: money("12"),
            next_attempt_at: Some(at("2026-11-25T03:00:00+08:00")),
            left: 512,
            expires_at: at("2026-12-01T23:59:59.999+08:00"),
            then: UsedUpThen::PayPerUse,
        },
        NoticeKind::RenewalFailed {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            obstacle: Obstacle::NotOnOffer,
            price: None,
            cash: money("12"),
            next_attempt_at: None,
            left: 512,
            expires_at: at("2026-12-01T23:59:59.999+08:00"),
            then: UsedUpThen::Refused,
        },
        NoticeKind::RenewalFailed {
            lot: LotNo(2),
            api: api.clone(),
            region: region.clone(),
            obstacle: Obstacle::Debt,
            price: Some(money("350")),
            cash: money("12"),
            next_attempt_at: Some(at("2026-11-25T03:00:00+08:00")),
            left: 512,
            expires_at: at("2026-12-01T23:59:59.999+08:00"),
            then: UsedUpThen::PayPerUse,
        },
        NoticeKind::Renewed {
            lot: LotNo(2),
            new_lot: LotNo(5),
            api: api.clone(),
            region: region.clone(),
            price: money("350"),
            is_automatic: true,
            next_attempt_at: Some(at("2027-11-24T03:00:00+08:00")),
        },
        NoticeKind::Renewed {
            lot: LotNo(2),
            new_lot: LotNo(5),
            api: api.clone(),
            region,
            price: money("350"),
            is_automatic: false,
            next_attempt_at: None,
        },
        NoticeKind::SpendCapReached { api, month, cap: money("500"), spent: money("500") },
        NoticeKind::TopUpFailed {
            rule: name("auto"),
            amount: money("200"),
            why: TopUpFailure::Declined { detail: "declined: <insufficient> & closed".into() },
            retry_at: Some(at("2026-11-24T12:00:00+08:00")),
        },
        NoticeKind::TopUpFailed {
            rule: name("auto"),
            amount: money("200"),
            why: TopUpFailure::MonthlyLimit { limit: money("500") },
            retry_at: Some(at("2026-12-01T00:00:00+08:00")),
        },
        NoticeKind::TopUpFailed {
            rule: name("auto"),
            amount: money("200"),
            why: TopUpFailure::TimesInMonth { most: 100 },
            retry_at: Some(at("2026-12-01T00:00:00+08:00")),
        },
        NoticeKind::TopUpFailed {
            rule: name("auto"),
            amount: money("200"),
            why: TopUpFailure::BooksFull,
            retry_at: None,
        },
        NoticeKind::TopUpUnanswered {
            no: 7,
            amount: money("200"),
            requested_at: at("2026-11-23T14:00:00+08:00"),
        },
        NoticeKind::MemberQuotaNear {
            member: name("0123456789abcdef0123456789abcdef"),
            month,
            quota: MemberQuota { amount: Some(money("500")), units: Some(10_000) },
            spent: money("412.05"),
            used: 8_241,
        },
        NoticeKind::MemberQuotaReached {
            member: name("0123456789abcdef0123456789abcdef"),
            month,
            quota: MemberQuota { amount: None, units: Some(10_000) },
            spent: money("412.05"),
            used: 10_000,
        },
    ]
}

fn matters() -> Vec<Matter> {
    let notices = kinds().into_iter().zip(1..);
    let notices = notices.map(|(kind, no)| Matter::Notice(Box::new(Notice { no, kind })));
    let others = [
        Matter::Summary { day: "2026-11-23".into() },
        Matter::Canary,
        Matter::Probe,
        Matter::Code { code: "042718".into() },
    ];
    notices.chain(others).collect()
}

#[test]
fn every_kind_in_every_language_and_form() {
    let mut shown = String::new();
    for matter in matters() {
        for language in [Language::En, Language::Zh] {
            let Message { subject, sms, text, html } = message(language, &matter, &facts());
            shown += &format!(
                "==== {} {}\nsubject: {subject}\nsms: {sms}\n---- text\n{text}---- html\n{html}",
                matter.word(),
                language.word()
            );
        }
    }
    if shown != SNAPSHOT {
        let path = std::env::temp_dir().join("inkmeter-texts.txt");
        std::fs::write(&path, &shown).unwrap();
        let (line, (is, was)) = (1..)
            .zip(shown.lines().zip(SNAPSHOT.lines()))
            .find(|(_, (is, was))| is != was)
            .unwrap_or((0, ("the end", "the end")));
        panic!("line {line} is {is:?}, was {was:?}; if that is well, put {} in its place", path.display());
    }
}

#[test]
fn every_kind_there_is_has_its_words() {
    let shown: std::collections::BTreeSet<&str> = kinds().iter().map(NoticeKind::word).collect();
    // Counted, so that a kind that is added is added here too.
    assert_eq!(shown.len(), 23);
}

/// A summary is read by people: no kind stands in it by its word for programs.
#[test]
fn a_summary_names_every_kind_in_words() {
    let capped = kinds().iter().map(|kind| (kind.word().to_owned(), 1)).collect();
    let facts = Facts { capped, ..facts() };
    let matter = Matter::Summary { day: "2026-11-23".into() };
    for language in [Language::En, Language::Zh] {
        let text = message(language, &matter, &facts).text;
        assert!(!text.contains('_'), "{text}");
    }
}

/// A notice of arrears says why in every form and language, whichever of the reasons it is.
#[test]
fn a_notice_of_arrears_says_why() {
    let kind = NoticeKind::ArrearsEntered { debt: money("12.345678") };
    let matter = Matter::Notice(Box::new(Notice { no: 1, kind }));
    let mut said = std::collections::BTreeSet::new();
    for (of, english, chinese) in [
        (
            Cause::PackageInOtherRegion,
            "the package is for ap-southeast-1, cn-east-3",
            "套餐包属于区域 ap-southeast-1、cn-east-3",
        ),
        (
            Cause::FreeTrialInOtherRegion,
            "the free trial is for ap-southeast-1",
            "免费试用属于区域 ap-southeast-1",
        ),
        (
            Cause::PackageForOtherApi,
            "the package is for id-card in cn-north-4",
            "套餐包属于 id-card（cn-north-4）",
        ),
        (Cause::PackageForOtherProject, "the enterprise project web", "企业项目 web"),
        (
            Cause::PackageExpired,
            "expired at 2026-11-24 10:12:13 +08:00",
            "已于 2026-11-24 10:12:13 +08:00 过期",
        ),
        (
            Cause::PackageUsedUp,
            "used up at 2026-11-24 10:12:13 +08:00",
            "已于 2026-11-24 10:12:13 +08:00 用完",
        ),
        (
            Cause::PackageNotYetEffective,
            "begins at 2026-12-01 00:00:00 +08:00",
            "自 2026-12-01 00:00:00 +08:00 起生效",
        ),
        (
            Cause::NoPackage,
            "1 call of general-text in cn-north-4 cost 3.00 CNY: there was no package",
            "没有套餐包，且已开通按需计费",
        ),
        (
            Cause::PackageUnsubscribed,
            "given back at 2026-11-24 10:12:13 +08:00",
            "已于 2026-11-24 10:12:13 +08:00 退订",
        ),
    ] {
        let reasons = ArrearsReasons { causes: vec![cause(of, "3")], corrected: Money::ZERO };
        let facts = Facts { reasons: Some(reasons), ..facts() };
        for (language, words) in [(Language::En, english), (Language::Zh, chinese)] {
            let Message { sms, text, html, .. } = message(language, &matter, &facts);
            assert!(text.contains(words) && html.contains(words), "{text}");
            assert!(said.insert(sms.clone()), "{sms} is said of two reasons");
            let limit = if language == Language::En { 160 } else { 70 };
            assert!(sms.chars().count() <= limit, "{sms}");
        }
    }
    // Money that the operator took is a reason like any other.
    let reasons = ArrearsReasons { causes: vec![], corrected: money("2") };
    let facts = Facts { reasons: Some(reasons), ..facts() };
    assert!(message(Language::En, &matter, &facts).sms.contains("money taken by the operator"));
    assert!(message(Language::Zh, &matter, &facts).text.contains("若未扣减，欠费将减少 2.00 CNY"));
}

/// The bill's subject says what the bill says; what is beyond cents stands among the figures.
#[test]
fn a_bill_is_told_as_it_is_stated() {
    let (total, none) = (money("0.3074074"), Money::ZERO);
    let month = "2026-11".parse().unwrap();
    let kind = NoticeKind::BillReady { month, total, paid: total, debt: none, outstanding: none };
    let matter = Matter::Notice(Box::new(Notice { no: 1, kind }));
    for (rounding, stated) in [(BillRounding::HalfUp, "0.31 CNY"), (BillRounding::TailDropped, "0.30 CNY")] {
        let facts = Facts { rounding, ..facts() };
        for language in [Language::En, Language::Zh] {
            let said = message(language, &matter, &facts);
            assert!(said.subject.contains(stated) && said.sms.contains(stated), "{}", said.subject);
            assert!(said.text.contains("0.3074074 CNY"), "{}", said.text);
        }
    }
}

#[test]
fn short_messages_are_short() {
    for matter in matters() {
        let english = message(Language::En, &matter, &facts()).sms;
        assert!(english.is_ascii() && english.len() <= 160, "{}: {english}", english.len());
        // The letters that the GSM alphabet has not, or counts twice.
        assert!(!english.contains(['`', '[', ']', '{', '}', '\\', '^', '~', '|']), "{english}");
        let chinese = message(Language::Zh, &matter, &facts()).sms;
        assert!(chinese.chars().count() <= 70, "{}: {chinese}", chinese.chars().count());
        assert!(!english.contains('\n') && !chinese.contains('\n'));
    }
}

#[test]
fn what_comes_from_outside_does_not_become_html() {
    let kind = NoticeKind::TopUpFailed {
        rule: name("auto"),
        amount: money("1"),
        why: TopUpFailure::Declined { detail: "<script>alert('x')</script> \"&\"".into() },
        retry_at: None,
    };
    let matter = Matter::Notice(Box::new(Notice { no: 1, kind }));
    for language in [Language::En, Language::Zh] {
        let html = message(language, &matter, &facts()).html;
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;&quot;"), "{html}");
    }
}

/// The address of the console stands in every email, where the configuration names one.
#[test]
fn an_email_leads_to_the_console() {
    for matter in matters() {
        for language in [Language::En, Language::Zh] {
            let with = message(language, &matter, &facts());
            let url = "https://ocr.example.com/?from=mail&to=console";
            assert!(with.text.contains(url), "{}", with.text);
            let link = url.replace('&', "&amp;");
            assert!(with.html.contains(&format!("<a href=\"{link}\">{link}</a>")), "{}", with.html);
            let without = message(language, &matter, &Facts { console: String::new(), ..facts() });
            assert!(!without.text.contains("http") && !without.html.contains("href"), "{}", without.html);
        }
    }
}

/// Who gets an email is a customer: what it names is a page of the console, with its address, and no operator's command.
#[test]
fn an_email_names_no_command() {
    for matter in matters() {
        for language in [Language::En, Language::Zh] {
            let Message { text, html, sms, .. } = message(language, &matter, &facts());
            assert!(![&text, &html, &sms].iter().any(|form| form.contains("inkmeter ")), "{text}");
            let page = "https://ocr.example.com/console/recipients";
            assert!(text.contains(page) && html.contains(&format!("<a href=\"{page}\">")), "{text}");
        }
    }
    for (console, page) in [
        ("", None),
        ("https://ocr.example.com/", Some("https://ocr.example.com/console/recipients")),
        ("https://ocr.example.com/console/", Some("https://ocr.example.com/console/recipients")),
        ("http://ocr.example.com:8080", Some("http://ocr.example.com:8080/console/recipients")),
        ("https://www.example.com/where-the-console-is.html", None),
    ] {
        let facts = Facts { console: console.into(), ..facts() };
        assert_eq!(facts.recipients_page().as_deref(), page, "{console}");
        assert_eq!(Facts { account: String::new(), ..facts }.recipients_page(), None);
    }
}

/// A single day is no "1 days".
#[test]
fn a_certificate_counts_days_in_words() {
    let rule = ReleaseRule { policy: name("cn"), tier: Tier::V0, grace_days: 1, retention_days: 15 };
    let (since, debt) = (facts().at, money("1"));
    let kind = NoticeKind::Released { since, debt, deleted: vec![], rule };
    let matter = Matter::Notice(Box::new(Notice { no: 1, kind }));
    let text = message(Language::En, &matter, &facts()).text;
    assert!(text.contains("1 day of grace, 15 days of retention"), "{text}");
}

#[test]
fn instants_are_written_in_the_accounts_zone() {
    let mut facts = facts();
    facts.zone = Zone::from_offset_minutes(-210).unwrap();
    assert_eq!(facts.instant(facts.at), "2026-11-24 03:30:00 -03:30");
    assert_eq!(facts.minute(facts.at), "2026-11-24 03:30-03:30");
}

#[test]
fn a_cap_of_the_whole_account_is_said_in_words() {
    let kind = NoticeKind::SpendCapReached {
        api: name(charging::ALL_APIS),
        month: facts().zone.month(facts().at),
        cap: money("500"),
        spent: money("500"),
    };
    let matter = Matter::Notice(Box::new(Notice { no: 1, kind }));
    for (language, words) in [(Language::En, "all APIs"), (Language::Zh, "全部 API")] {
        let said = message(language, &matter, &facts());
        assert!(said.sms.contains(words) && said.text.contains(words), "{} {}", said.sms, said.text);
    }
}
