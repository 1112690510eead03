//! Simplified Chinese.

use charging::{
    ALL_APIS, MemberQuota, Money, Month, NEAR_PERCENT, NoticeKind, Obstacle, PaceRule, Standing,
    TopUpFailure, UsedUpThen,
};
use ledger::outbox::Matter;

use super::{Facts, Frame, Words, reasons};

pub(super) fn frame(facts: &Facts) -> Frame {
    let footer = match facts.account.as_str() {
        "" => "本消息由 Inkmeter 发送到其配置中的地址。".to_owned(),
        account => format!(
            "本消息由 Inkmeter 就账号 {account} 发送，{}。您收到它是因为该地址是账号的通知接收人；可在控制台的“接收人”页面管理。",
            facts.instant(facts.at)
        ),
    };
    Frame {
        lang: "zh-CN",
        figures: "金额与时间",
        why: "原因",
        todo: "如何处理",
        until: "截止时间",
        footer,
        console: "控制台：",
        recipients: "接收人：",
    }
}

pub(super) fn words(matter: &Matter, facts: &Facts) -> Words {
    match matter {
        Matter::Notice(notice) => notice_words(&notice.kind, facts),
        Matter::Summary { day } => summary(day, facts),
        Matter::Canary => Words {
            subject: "Inkmeter：通知巡检".into(),
            sms: format!("【Inkmeter】{} 通知巡检：通知可以送达。", facts.minute(facts.at)),
            what: format!("这是 {} 的通知巡检消息。", facts.instant(facts.at)),
            figures: vec![],
            why: "Inkmeter 按配置的间隔、以与其他通知相同的途径发送本消息。收到它即证明通知可以送达。".into(),
            todo: "无需处理。如果它没有按时到达，请检查通知配置。".into(),
            until: None,
        },
        Matter::Code { code } => Words {
            subject: format!("[Inkmeter] {}：确认码 {code}", facts.account),
            sms: format!("【Inkmeter】确认码 {code}，用于接收账号 {} 的通知。", facts.account),
            what: format!("有人要求 Inkmeter 将账号 {} 的通知发送到本地址。", facts.account),
            figures: vec![("确认码", code.clone())],
            why: "未经同意，Inkmeter 不会向任何地址发送通知。".into(),
            todo: "如需接收，请在“接收人”页面该地址旁输入确认码。如不需要，请忽略本消息，不会再有消息发送到此处。".into(),
            until: Some("确认码一天内有效。".into()),
        },
        Matter::Probe => Words {
            subject: "Inkmeter：测试消息".into(),
            sms: format!("【Inkmeter】{} 测试消息，发送成功。", facts.minute(facts.at)),
            what: format!("这是 {} 的测试消息。", facts.instant(facts.at)),
            figures: vec![],
            why: "有人要求 Inkmeter 发送本消息，以确认消息可以送达。".into(),
            todo: "无需处理，消息已送达。".into(),
            until: None,
        },
    }
}

fn summary(day: &str, facts: &Facts) -> Words {
    let count: u64 = facts.capped.iter().map(|(_, count)| count).sum();
    let list: Vec<String> =
        facts.capped.iter().map(|(word, count)| format!("{} {count} 条", kind_name(word))).collect();
    let account = &facts.account;
    Words {
        subject: format!("[Inkmeter] {account}：{day} 有 {count} 条通知未发送"),
        sms: format!("【Inkmeter】{account} 在 {day} 有 {count} 条通知因每日上限未发送，请登录查看。"),
        what: format!("{day}，账号 {account} 有 {count} 条通知没有发送到本地址。"),
        figures: vec![("未发送", list.join("，"))],
        why: "该接收人设置了每日消息上限，当日已达上限。紧急通知不受此限制。".into(),
        todo: "请在账号的通知列表中查看，或提高该接收人的每日上限。".into(),
        until: None,
    }
}

/// What a kind of notice is called in a summary.
fn kind_name(word: &str) -> &str {
    match word {
        "arrears_entered" => "欠费",
        "grace_entered" => "进入宽限期",
        "grace_ends" => "宽限期将结束",
        "frozen" => "冻结",
        "release_near" => "资源将释放",
        "released" => "资源已释放",
        "restored" => "恢复",
        "balance_low" => "余额不足",
        "balance_soon_empty" => "余额即将用完",
        "package_low" => "套餐包余量不足",
        "package_expires" => "套餐包将到期",
        "package_used_up" => "套餐包用完",
        "pay_per_use_instead" => "转为按需计费",
        "bill_ready" => "账单已出",
        "budget_exceeded" => "预算超额",
        "budget_forecast" => "预算预计超额",
        "renewal_failed" => "续费失败",
        "renewed" => "续费成功",
        "spend_cap_reached" => "达到消费上限",
        "top_up_failed" => "自动充值失败",
        "top_up_unanswered" => "充值未获答复",
        "member_quota_near" => "成员额度将用完",
        "member_quota_reached" => "成员额度用完",
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
    let none = || "不限".to_owned();
    let amount = quota.amount.map_or_else(none, |amount| facts.money(amount));
    let calls = quota.units.map_or_else(none, |calls| calls.to_string());
    vec![
        ("成员", member.to_owned()),
        ("月份", month.to_string()),
        ("套餐包外已消费", facts.money(spent)),
        ("金额额度", amount),
        ("调用次数", used.to_string()),
        ("次数额度", calls),
    ]
}

fn notice_words(kind: &NoticeKind, facts: &Facts) -> Words {
    let account = &facts.account;
    let money = |amount| facts.money(amount);
    let full = |at| facts.instant(at);
    let short = |at| facts.minute(at);
    // Month and day, where it is one of the next days.
    let month_day = |at| {
        let day: String = facts.date(at).chars().skip(5).collect();
        format!("{day} ")
    };
    let subject = |rest: String| format!("[Inkmeter] {account}：{rest}");
    let pay = |debt| format!("请至少充值 {}，欠费将立即结清。", money(debt));
    match kind {
        NoticeKind::ArrearsEntered { debt } => {
            let said = reasons::chinese(facts);
            let short = said.as_ref().map_or(String::new(), |said| format!("原因：{}。", said.short));
            let why = "计费小时结算时，余额和代金券不足以支付。";
            Words {
                subject: subject(format!("已欠费 {}", money(*debt))),
                sms: format!("【Inkmeter】账号 {account} 已欠费 {}，请充值还款。{short}", money(*debt)),
                what: format!("账号 {account} 已欠费。"),
                figures: vec![("欠费金额", money(*debt))],
                why: said.as_ref().map_or(why.to_owned(), |said| format!("{why}{}", said.why)),
                todo: format!(
                    "{}{}详情请见控制台的“为什么扣费？”页面。",
                    pay(*debt),
                    said.map_or(String::new(), |said| said.cures)
                ),
                until: None,
            }
        }
        NoticeKind::GraceEntered { debt, until, release_at } => Words {
            subject: subject(format!("宽限期至 {}", short(*until))),
            sms: format!(
                "【Inkmeter】{account} 欠费 {}，宽限期至 {}，逾期按需冻结。",
                money(*debt),
                short(*until)
            ),
            what: format!("账号 {account} 已进入宽限期。调用照常进行并计费。"),
            figures: vec![
                ("欠费金额", money(*debt)),
                ("未还清则冻结于", full(*until)),
                ("未还清则释放于", full(*release_at)),
            ],
            why: match reasons::chinese(facts) {
                Some(said) => format!("账号处于欠费状态。{}", said.why),
                None => "账号处于欠费状态。".into(),
            },
            todo: reasons::chinese(facts).map_or(pay(*debt), |said| pay(*debt) + &said.cures),
            until: Some(format!("如未还清欠费，按需计费将于 {} 冻结。", full(*until))),
        },
        NoticeKind::GraceEnds { days, until, debt } => Words {
            subject: subject(format!("宽限期将在 {days} 天后结束")),
            sms: format!(
                "【Inkmeter】{account} 欠费 {}，{} 宽限期结束后按需冻结。",
                money(*debt),
                short(*until)
            ),
            what: format!("账号 {account} 的宽限期将在 {days} 天后结束。"),
            figures: vec![("欠费金额", money(*debt)), ("未还清则冻结于", full(*until))],
            why: "账号处于欠费状态，欠费尚未还清。".into(),
            todo: pay(*debt),
            until: Some(format!("如未还清欠费，按需计费将于 {} 冻结。", full(*until))),
        },
        NoticeKind::Frozen { since, release_at, debt } => Words {
            subject: subject(format!("已冻结，欠费 {}", money(*debt))),
            sms: format!(
                "【Inkmeter】{account} 已冻结，欠费 {}，{} 前未还清将释放资源。",
                money(*debt),
                short(*release_at)
            ),
            what: format!("账号 {account} 已冻结，按需调用将被拒绝。"),
            figures: vec![
                ("欠费金额", money(*debt)),
                ("冻结时间", full(*since)),
                ("未还清则释放于", full(*release_at)),
            ],
            why: "欠费尚未还清，且已无宽限期。仍有余量的套餐包可继续使用。".into(),
            todo: pay(*debt) + "付款后服务即恢复。",
            until: Some(format!("如未还清欠费，已开通的资源将于 {} 释放。", full(*release_at))),
        },
        NoticeKind::ReleaseNear { days, release_at, debt } => Words {
            subject: subject(format!("资源将在 {days} 天后释放")),
            sms: format!(
                "【Inkmeter】{account} 欠费 {}，资源将于 {} 释放，请还款。",
                money(*debt),
                short(*release_at)
            ),
            what: format!("账号 {account} 已开通的资源将在 {days} 天后释放。"),
            figures: vec![("欠费金额", money(*debt)), ("未还清则释放于", full(*release_at))],
            why: "账号已冻结，保留期即将结束，欠费尚未还清。".into(),
            todo: pay(*debt),
            until: Some(format!("资源于 {} 释放后不会自动恢复。", full(*release_at))),
        },
        NoticeKind::Released { since, debt, deleted, rule } => {
            let list: Vec<String> =
                deleted.iter().map(|place| format!("{}（{}）", place.api, place.region)).collect();
            let list = if list.is_empty() { "没有已开通的资源".to_owned() } else { list.join("，") };
            Words {
                subject: subject("资源已释放".into()),
                sms: format!(
                    "【Inkmeter】{account} 资源已于 {} 释放，尚欠 {}。",
                    short(*since),
                    money(*debt)
                ),
                what: format!("账号 {account} 的资源已释放。本消息即为释放凭证。"),
                figures: vec![
                    ("释放时间", full(*since)),
                    ("已删除", list),
                    (
                        "依据规则",
                        format!(
                            "策略 {}，等级 {}：宽限期 {} 天，保留期 {} 天",
                            rule.policy, rule.tier, rule.grace_days, rule.retention_days
                        ),
                    ),
                    ("尚欠金额", money(*debt)),
                ],
                why: "欠费仍未还清，且已无宽限期和保留期。".into(),
                todo: pay(*debt) + "然后重新开通所需的 API。",
                until: None,
            }
        }
        NoticeKind::Restored { from: Standing::Released { since }, .. } => Words {
            subject: subject("已恢复".into()),
            sms: format!("【Inkmeter】{account} 已重新开通 API，账号恢复正常。"),
            what: format!("账号 {account} 已恢复正常。"),
            figures: vec![("此前状态", "已释放".to_owned()), ("释放时间", full(*since))],
            why: "欠费已全部还清，并已重新开通 API。".into(),
            todo: "如还需要释放时关闭的其他 API，请重新开通。".into(),
            until: None,
        },
        NoticeKind::Restored { from, debt_paid } => {
            let before = match from.word() {
                "grace" => "宽限期",
                "frozen" => "冻结",
                other => other,
            };
            Words {
                subject: subject("已恢复".into()),
                sms: format!("【Inkmeter】{account} 已结清欠费 {}，服务恢复。", money(*debt_paid)),
                what: format!("账号 {account} 已恢复正常。"),
                figures: vec![("已还欠费", money(*debt_paid)), ("此前状态", before.to_owned())],
                why: "欠费已全部还清。".into(),
                todo: "无需处理，调用恢复正常。".into(),
                until: None,
            }
        }
        NoticeKind::BalanceLow { available, threshold } => Words {
            subject: subject(format!("可用额度（含通用代金券）剩余 {}", money(*available))),
            sms: format!(
                "【Inkmeter】{account} 可用额度（含通用代金券）{}，低于预警值 {}。",
                money(*available),
                money(*threshold)
            ),
            what: format!("账号 {account} 的可用额度（含通用代金券）低于预警值。"),
            figures: vec![("可用额度（含通用代金券）", money(*available)), ("预警值", money(*threshold))],
            why: "使用、购买或结算使可用额度（含通用代金券）低于预警值。".into(),
            todo: "请在用完之前充值。额度回升至预警值的 105% 后再次跌破时，会再次通知。".into(),
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
                    "此前各日平均",
                    format!("可用不足预警设置的 {asked_hours} 小时时"),
                    format!(
                        "按最近几个整日的平均消费，可用额度（含通用代金券）可持续的时间短于预警设置的 {asked_hours} 小时。"
                    ),
                ),
                PaceRule::DearerDay => (
                    "最近两日中较高的一日",
                    format!("可用不足 {threshold_hours} 小时时（预警设置的 {asked_hours} 小时的三分之一）"),
                    format!(
                        "按最近两日中消费较高的一日计算，可用额度（含通用代金券）可持续的时间短于 {threshold_hours} 小时，\
                         即预警设置的 {asked_hours} 小时的三分之一：单日消费可能只是例外。"
                    ),
                ),
            };
            Words {
                subject: subject(format!("余额预计 {} 用完", short(*empty_at))),
                sms: format!(
                    "【Inkmeter】{account} 余 {}（含通用代金券），预计 {} 用完，请充值。",
                    money(*available),
                    short(*empty_at)
                ),
                what: format!("按目前的消费速度，账号 {account} 的余额即将用完。"),
                figures: vec![
                    ("可用额度（含通用代金券）", money(*available)),
                    ("每日消费", format!("{}（{of}）", money(*burn_per_day))),
                    ("最近一日至今", format!("{} {}", facts.date(*day), money(*today))),
                    ("此前各日", facts.days_before(*day, last_days, "，").unwrap_or_else(|| "无".into())),
                    ("预计用完时间", full(*empty_at)),
                    ("预警条件", alert),
                ],
                why,
                todo: "请充值，或为调用最多的 API 购买套餐包。".into(),
                until: Some(format!("按此速度，余额将于 {} 用完。", full(*empty_at))),
            }
        }
        NoticeKind::PackageLow { lot, api, region, left, granted, threshold } => Words {
            subject: subject(format!("套餐包 #{} 剩余 {left} 次", lot.0)),
            sms: format!("【Inkmeter】{account} 套餐包 {api} {region} 剩余 {left}/{granted} 次。"),
            what: format!("账号 {account} 的一个套餐包即将用完。"),
            figures: vec![
                ("套餐包", format!("#{} {api}（{region}）", lot.0)),
                ("剩余", format!("{left}/{granted} 次")),
                ("预警值", format!("{threshold} 次")),
            ],
            why: "剩余次数已降至预警值。".into(),
            todo: "请购买新的套餐包，或在用完后按需计费。".into(),
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
            subject: subject(format!("套餐包 #{} 将在 {days} 天后到期", lot.0)),
            sms: format!(
                "【Inkmeter】{account} 套餐包 {api} {}到期，余 {left} 次，此后{}。",
                month_day(*expires_at),
                after_end(then)
            ),
            what: format!("账号 {account} 的一个套餐包将在 {days} 天后到期。"),
            figures: vec![
                ("套餐包", format!("#{} {api}（{region}）", lot.0)),
                ("剩余", format!("{left} 次")),
                ("到期时间", full(*expires_at)),
            ],
            why: match next_attempt_at {
                Some(_) => "套餐包有效期即将结束，自动续费至今未成功。届时剩余次数不能再使用。".into(),
                None => "套餐包有效期即将结束，届时剩余次数不能再使用。".into(),
            },
            todo: match next_attempt_at {
                _ if !is_renewable => "请在到期前使用：该套餐包不能续费。".into(),
                Some(next) => {
                    format!("请尽快使用；或充值，待 {} 再次自动续费；或手动续费。", full(*next))
                }
                None => "请尽快使用，或在到期前续费。".into(),
            },
            until: Some(format!("可使用至 {}，此后{}。", full(*expires_at), after_end(then))),
        },
        NoticeKind::PackageUsedUp { lot, api, region, then, pay_per_use_until } => {
            let (next, todo) = match then {
                UsedUpThen::NextLot { lot } => {
                    (format!("接下来使用套餐包 #{}", lot.0), "无需处理，将使用下一个套餐包。")
                }
                UsedUpThen::PayPerUse if pay_per_use_until.is_some() => {
                    ("暂时按需计费".to_owned(), "如不希望按次付费，或届时仍需调用，请购买新的套餐包。")
                }
                UsedUpThen::PayPerUse => ("此后按需计费".to_owned(), "如不希望按次付费，请购买新的套餐包。"),
                UsedUpThen::Refused => ("此后调用将被拒绝".to_owned(), "请购买新的套餐包，或开通按需计费。"),
            };
            Words {
                subject: subject(format!("套餐包 #{} 已用完", lot.0)),
                sms: format!("【Inkmeter】{account} 套餐包 {api} {region} 已用完，{next}。"),
                what: format!("账号 {account} 的一个套餐包已用完，{next}。"),
                figures: vec![("套餐包", format!("#{} {api}（{region}）", lot.0))],
                why: "套餐包内的次数已全部使用。".into(),
                todo: todo.into(),
                until: pay_per_use_until.map(|until| {
                    format!("按需计费将于 {} 随最后一个套餐包停止，此后调用将被拒绝。", full(until))
                }),
            }
        }
        NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
            let list: Vec<String> = elsewhere
                .iter()
                .map(|quota| format!("{}（{}）{} 次", quota.api, quota.region, quota.left))
                .collect();
            Words {
                subject: subject("套餐包有余量，但调用按需计费".into()),
                sms: format!("【Inkmeter】{account} 的 {api} {region} 按需计费，套餐包余量在别处。"),
                what: format!("账号 {account} 的一次调用按需计费，而套餐包仍有余量。"),
                figures: vec![("调用", format!("{api}（{region}）")), ("套餐包余量", list.join("；"))],
                why: "套餐包只能用于其对应的 API 和区域。".into(),
                todo: "请在有余量的区域调用，或为所调用的 API 和区域购买套餐包。".into(),
                until: None,
            }
        }
        NoticeKind::BillReady { month, total, paid, debt, outstanding } => Words {
            subject: subject(format!("{month} 账单 {}", money(facts.stated(*total)))),
            sms: format!(
                "【Inkmeter】{account} 的 {month} 账单已出，共 {}{}。",
                money(facts.stated(*total)),
                match outstanding.is_positive() {
                    true => format!("，尚欠 {}", money(*outstanding)),
                    false => String::new(),
                }
            ),
            what: format!("账号 {account} 的 {month} 账单已出。"),
            figures: vec![
                ("总额", money(*total)),
                ("结算时已付", money(*paid)),
                ("结算时欠费", money(*debt)),
                ("其中已补缴", money(*debt - *outstanding)),
                ("本月仍欠", money(*outstanding)),
            ],
            why: "该月已结账，金额不再变化。".into(),
            todo: match outstanding.is_positive() {
                true => format!(
                    "本月仍欠 {}，请充值；充值优先抵扣最早的欠费。可在“账单”页面查看和导出账单。",
                    money(*outstanding)
                ),
                false => "无需处理，本月费用已全部付清。可在“账单”页面查看和导出账单。".into(),
            },
            until: None,
        },
        NoticeKind::BudgetExceeded { budget, month, percent, spent, amount } => Words {
            subject: subject(format!("{month} 预算 {budget} 已用 {percent}%")),
            sms: format!(
                "【Inkmeter】{account} {month} 已消费 {}，达预算 {budget} 的 {percent}%。",
                money(*spent)
            ),
            what: format!("账号 {account} {month} 的消费已达预算 {budget} 的 {percent}%。"),
            figures: vec![("月份", month.to_string()), ("已消费", money(*spent)), ("预算", money(*amount))],
            why: "您设置了在此百分比时通知。".into(),
            todo: "预算不会停止服务。如需限制消费，请设置消费上限。".into(),
            until: None,
        },
        NoticeKind::BudgetForecast { budget, month, forecast, amount } => Words {
            subject: subject(format!("{month} 预算 {budget} 预计超额")),
            sms: format!("【Inkmeter】{account} {month} 预计 {}，将超预算 {budget}。", money(*forecast)),
            what: format!("按目前的消费速度，账号 {account} {month} 将超出预算 {budget}。"),
            figures: vec![("月份", month.to_string()), ("预计", money(*forecast)), ("预算", money(*amount))],
            why: "按已消费金额推算至月底，将超出预算。".into(),
            todo: "预算不会停止服务。如需限制消费，请设置消费上限。".into(),
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
            subject: subject(format!("套餐包 #{} 续费失败", lot.0)),
            sms: format!(
                "【Inkmeter】{account} {api} 套餐续费失败：{}{}，{}到期。",
                price.map_or("已停售".into(), |price| format!("需 {}", money(price))),
                next_attempt_at.map_or(String::new(), |next| format!("，{}再试", month_day(next))),
                month_day(*expires_at)
            ),
            what: format!("账号 {account} 的一个套餐包续费失败。"),
            figures: vec![
                ("套餐包", format!("#{} {api}（{region}）", lot.0)),
                ("价格", price.map_or("已停售".into(), money)),
                ("现金余额", money(*cash)),
                ("剩余", format!("{left} 次")),
                ("到期时间", full(*expires_at)),
            ],
            why: match obstacle {
                Obstacle::Debt => "账号有欠费，欠费期间不能购买。",
                Obstacle::Price => "现金余额和代金券不足以支付续费价格。",
                Obstacle::NotOnOffer => "该规格的套餐包已停售。",
            }
            .into(),
            todo: match obstacle {
                Obstacle::Debt => "请还清欠费，并为续费充值。",
                Obstacle::Price => "请充值，或使用优惠券手动续费。",
                Obstacle::NotOnOffer => "请在到期前购买其他规格的套餐包。",
            }
            .into(),
            until: Some(format!(
                "{}如未续费，将于 {} 到期，此后{}。",
                match next_attempt_at {
                    Some(next) => {
                        format!("将于 {} 再次尝试，此后每天一次；最后一次失败时会再通知您。", full(*next))
                    }
                    None => "不再自动尝试。".into(),
                },
                full(*expires_at),
                after_end(then)
            )),
        },
        NoticeKind::Renewed { lot, new_lot, api, region, price, is_automatic, next_attempt_at } => Words {
            subject: subject(format!("套餐包 #{} 已续费", lot.0)),
            sms: format!("【Inkmeter】{account} 套餐包 {api} 已续费，支付 {}。", money(*price)),
            what: format!("账号 {account} 的一个套餐包已续费。"),
            figures: vec![
                ("套餐包", format!("#{} {api}（{region}）", lot.0)),
                ("续为", format!("#{}", new_lot.0)),
                ("已支付", money(*price)),
            ],
            why: match is_automatic {
                true => "该套餐包开启了自动续费。",
                false => "您为该套餐包续了费。",
            }
            .into(),
            todo: match next_attempt_at {
                Some(_) => "无需处理。如不再续费，请关闭自动续费。",
                None => "目前无需处理。新的套餐包不会自动续费，如需继续，请在其到期前续费。",
            }
            .into(),
            until: next_attempt_at.map(|at| format!("新的套餐包将于 {} 自动续费。", full(at))),
        },
        NoticeKind::SpendCapReached { api, month, cap, spent } => {
            let api = if api.as_str() == ALL_APIS { "全部 API" } else { api.as_str() };
            Words {
                subject: subject(format!("已达消费上限 {}", money(*cap))),
                sms: format!(
                    "【Inkmeter】{account} {month} {api} 已达消费上限 {}，超出将拒绝。",
                    money(*cap)
                ),
                what: format!("账号 {account} 的一次调用被拒绝：其费用可能超出消费上限的余额。"),
                figures: vec![
                    ("API", api.to_owned()),
                    ("月份", month.to_string()),
                    ("已消费", money(*spent)),
                    ("上限", money(*cap)),
                ],
                why: "您设置了该上限。仍有余量的套餐包可继续使用。".into(),
                todo: "请提高上限，或等到下月。".into(),
                until: None,
            }
        }
        NoticeKind::MemberQuotaNear { member, month, quota, spent, used } => {
            let member = facts.member(member);
            Words {
                subject: subject(format!("成员 {member} 的额度即将用完")),
                sms: format!(
                    "【Inkmeter】{account} 的成员 {member} {month} 已用 {}、{used} 次，额度将尽。",
                    money(*spent)
                ),
                what: format!("账号 {account} 的成员 {member} 本月额度即将用完。"),
                figures: of_member((member, *month), quota, (*spent, *used), facts),
                why: format!("您给它的额度已使用 {NEAR_PERCENT}% 以上。"),
                todo: "如需其继续调用，请提高额度。".into(),
                until: None,
            }
        }
        NoticeKind::MemberQuotaReached { member, month, quota, spent, used } => {
            let member = facts.member(member);
            Words {
                subject: subject(format!("成员 {member} 的额度已用完")),
                sms: format!("【Inkmeter】{account} 的成员 {member} {month} 额度已用完，超出将拒绝。"),
                what: format!("账号 {account} 的成员 {member} 本月额度已用完，超出部分的调用将被拒绝。"),
                figures: of_member((member, *month), quota, (*spent, *used), facts),
                why: "您设置了该额度。您自己和其他成员的调用不受影响。".into(),
                todo: "请提高额度，或等到下月。".into(),
                until: None,
            }
        }
        NoticeKind::TopUpFailed { rule, amount, why, retry_at } => Words {
            subject: subject(format!("自动充值 {} 失败", money(*amount))),
            sms: format!("【Inkmeter】{account} 自动充值 {} 失败，请手动充值。", money(*amount)),
            what: format!("账号 {account} 的自动充值未成功。"),
            figures: vec![("金额", money(*amount)), ("规则", rule.to_string())],
            why: match why {
                TopUpFailure::Declined { detail } => format!("支付方已拒绝，返回：{detail}"),
                TopUpFailure::MonthlyLimit { limit } => {
                    format!("该规则每月最多充值 {}，本月剩余额度不足以再充一次。", money(*limit))
                }
                TopUpFailure::TimesInMonth { most } => format!("该规则本月已充值 {most} 次，不能再多。"),
                TopUpFailure::BooksFull => "账本已不能再记入款项。".into(),
            },
            todo: match why {
                TopUpFailure::Declined { .. } => "请手动充值，或检查支付方式。",
                TopUpFailure::MonthlyLimit { .. } => "请手动充值，或提高该规则的每月上限。",
                TopUpFailure::TimesInMonth { .. } => "请手动充值，或提高每次充值的金额。",
                TopUpFailure::BooksFull => "请联系运营方。",
            }
            .into(),
            until: Some(match (why, retry_at) {
                (TopUpFailure::Declined { .. }, Some(at)) => {
                    format!("将于 {} 再次申请；最后一次失败时会再通知您。", full(*at))
                }
                (_, Some(at)) => format!("该规则自 {} 起再次申请。", full(*at)),
                (_, None) => "在余额回到规则的触发线以上之前，不再申请。".into(),
            }),
        },
        NoticeKind::TopUpUnanswered { no, amount, requested_at } => Words {
            subject: subject(format!("充值 {} 未获支付方答复", money(*amount))),
            sms: format!("【Inkmeter】{account} 的充值 {} 一天未获支付方答复。", money(*amount)),
            what: format!("账号 {account} 申请的充值一天未获支付方答复。"),
            figures: vec![
                ("金额", money(*amount)),
                ("编号", no.to_string()),
                ("申请时间", facts.instant(*requested_at)),
            ],
            why: "支付方既未付款也未拒绝。系统会继续询问，在此期间自动充值暂停。".into(),
            todo: "如余额不足，请以其他方式充值。".into(),
            until: None,
        },
    }
}

/// What meets the calls once a package has ended.
fn after_end(then: &UsedUpThen) -> String {
    match then {
        UsedUpThen::NextLot { lot } => format!("使用套餐包 #{}", lot.0),
        UsedUpThen::PayPerUse => "按需计费".into(),
        UsedUpThen::Refused => "调用将被拒绝".into(),
    }
}
