//! What stands on the page, in both languages.

use charging::{BillRounding, Standing, Timestamp, Zone};

use crate::bill::Language;

/// The words of one language.
pub(super) struct Words {
    pub(super) bill: &'static str,
    pub(super) account: &'static str,
    pub(super) period: &'static str,
    pub(super) total: &'static str,
    pub(super) exact: &'static str,
    pub(super) discount: &'static str,
    pub(super) paid: &'static str,
    pub(super) coupons: &'static str,
    pub(super) cash: &'static str,
    pub(super) credit: &'static str,
    pub(super) debt: &'static str,
    pub(super) repaid: &'static str,
    pub(super) outstanding: &'static str,
    pub(super) api: &'static str,
    pub(super) region: &'static str,
    pub(super) mode: &'static str,
    pub(super) calls: &'static str,
    pub(super) amount: &'static str,
    pub(super) pay_per_use: &'static str,
    pub(super) state: &'static str,
    pub(super) running: &'static str,
    pub(super) over: &'static str,
    pub(super) package: &'static str,
    pub(super) given_back: &'static str,
    pub(super) from_packages: &'static str,
    pub(super) others: &'static str,
    pub(super) sum: &'static str,
    pub(super) adjusted: &'static str,
    pub(super) open: &'static str,
    pub(super) standing: &'static str,
    pub(super) owed: &'static str,
    pub(super) how_to_pay: &'static str,
    pub(super) ask_operator: &'static str,
    pub(super) top_up: &'static str,
    pub(super) top_up_in_sandbox: &'static str,
    pub(super) made: &'static str,
}

const ENGLISH: Words = Words {
    bill: "Bill",
    account: "Account",
    period: "Period",
    total: "Total",
    exact: "Exact total",
    discount: "Discounts taken off",
    paid: "Paid",
    coupons: "from coupons",
    cash: "from the balance",
    credit: "from credit",
    debt: "Not collected at settlement",
    repaid: "Paid of this since",
    outstanding: "Still owed for this month",
    api: "API",
    region: "Region",
    mode: "Billing mode",
    calls: "Calls",
    amount: "Amount",
    pay_per_use: "Pay-per-use",
    state: "State",
    running: "The month is running: this is what it came to so far, and no final bill.",
    over: "The month is over and not closed yet: the final bill is made on the 3rd.",
    package: "Package bought",
    given_back: "Package given back",
    from_packages: "Met by packages",
    others: "others",
    sum: "Sum",
    adjusted: "Corrections of the balance, no part of this bill",
    open: "Used and not settled yet, no part of this bill",
    standing: "Standing",
    owed: "Owed in all, other months included",
    how_to_pay: "How to pay",
    ask_operator: "Ask whoever runs this service. A top-up pays what is owed at once, the oldest debt first.",
    top_up: "Top up in the console, or by POST /v1/top-ups. It pays what is owed at once, the oldest debt first.",
    top_up_in_sandbox: "This is a sandbox: no real money is asked for. Top up in the console, or by POST /v1/top-ups.",
    made: "Made",
};

const CHINESE: Words = Words {
    bill: "账单",
    account: "账号",
    period: "账期",
    total: "合计",
    exact: "精确合计",
    discount: "优惠金额",
    paid: "已支付",
    coupons: "代金券",
    cash: "账户余额",
    credit: "信用额度",
    debt: "结算时未扣成功",
    repaid: "其中已补缴",
    outstanding: "本月仍欠",
    api: "接口",
    region: "区域",
    mode: "计费模式",
    calls: "调用次数",
    amount: "金额",
    pay_per_use: "按需计费",
    state: "账单状态",
    running: "本月尚未结束：此为截至目前的费用，并非最终账单。",
    over: "本月已结束但尚未结账：最终账单于次月 3 日生成。",
    package: "购买套餐包",
    given_back: "退订套餐包",
    from_packages: "套餐包抵扣",
    others: "其他",
    sum: "总计",
    adjusted: "余额调账（不含在本账单内）",
    open: "已使用未结算（不含在本账单内）",
    standing: "账号状态",
    owed: "欠费总额（含其他月份）",
    how_to_pay: "支付方式",
    ask_operator: "请联系本服务的运营方。充值后立即按时间顺序抵扣欠费。",
    top_up: "请在控制台充值，或调用 POST /v1/top-ups。充值后立即按时间顺序抵扣欠费。",
    top_up_in_sandbox: "这是沙箱环境，不会收取真实款项。请在控制台充值，或调用 POST /v1/top-ups。",
    made: "生成时间",
};

impl Words {
    pub(super) fn of(language: Language) -> &'static Words {
        match language {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        }
    }
}

/// Where the account stands, in a sentence.
pub(super) fn standing(language: Language, standing: Standing, zone: Zone) -> String {
    let at = |instant: Timestamp| instant.in_zone(zone);
    match (language, standing) {
        (Language::English, Standing::Good { .. }) => "in good standing".into(),
        (Language::English, Standing::Grace { until, release_at, .. }) => format!(
            "in arrears; everything works until {}, and is deleted at {} unless paid",
            at(until),
            at(release_at)
        ),
        (Language::English, Standing::Frozen { since, release_at }) => format!(
            "frozen since {}: pay-per-use is refused, and is deleted at {} unless paid",
            at(since),
            at(release_at)
        ),
        (Language::English, Standing::Released { since }) => {
            format!("released at {}: pay-per-use is deleted; packages with quota left work", at(since))
        }
        (Language::Chinese, Standing::Good { .. }) => "正常".into(),
        (Language::Chinese, Standing::Grace { until, release_at, .. }) => {
            format!("欠费宽限期，服务可用至 {}；未缴清将于 {} 释放", at(until), at(release_at))
        }
        (Language::Chinese, Standing::Frozen { since, release_at }) => {
            format!("自 {} 起冻结，按需调用被拒绝；未缴清将于 {} 释放", at(since), at(release_at))
        }
        (Language::Chinese, Standing::Released { since }) => {
            format!("已于 {} 释放按需资源；有余量的套餐包仍可使用", at(since))
        }
    }
}

/// How the total was made of the exact one.
pub(super) fn rounding(language: Language, rule: BillRounding) -> &'static str {
    match (language, rule) {
        (Language::English, BillRounding::HalfUp) => "rounded to two decimals",
        (Language::English, BillRounding::TailDropped) => "what is beyond two decimals dropped",
        (Language::Chinese, BillRounding::HalfUp) => "四舍五入保留两位小数",
        (Language::Chinese, BillRounding::TailDropped) => "抹去两位小数后的尾数",
    }
}
