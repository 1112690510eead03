//! How the books are called in the Billing Center: codes, names in both languages, ids, instants.
//!
//! Huawei publishes neither the codes of OCR in bills nor how its ids are made. The codes follow the pattern of other
//! services; ids are hashes of what they name and of the account, so that one can be found again and says nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use charging::{AccountId, LotNo, Month, Name, OrderNo, PaidOrder, Timestamp, Zone};
use sha2::{Digest, Sha256};

use crate::http::enterprise_projects::DEFAULT;

/// `service_type_code` of OCR.
pub const SERVICE_TYPE: &str = "hws.service.type.ocr";
/// What the codes of its resource types begin with; the API follows.
const RESOURCE_TYPE: &str = "hws.resource.type.ocr.";
/// What is counted: successful calls.
pub const USAGE_TYPE: &str = "ocr.calls";

/// The language of names in an answer (`X-Language`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `zh_CN`, unless the caller says otherwise.
    Chinese,
    /// `en_US`.
    English,
}

impl Language {
    /// What the headers ask for.
    pub fn of(headers: &HeaderMap) -> Language {
        let asked = headers.get("x-language").and_then(|value| value.to_str().ok()).unwrap_or("zh_CN");
        if asked.to_ascii_lowercase().starts_with("en") { Language::English } else { Language::Chinese }
    }

    /// The one or the other.
    pub fn choose(self, chinese: &str, english: &str) -> String {
        match self {
            Language::Chinese => chinese.to_owned(),
            Language::English => english.to_owned(),
        }
    }

    /// The service.
    pub fn service(self) -> String {
        self.choose("文字识别", "Optical Character Recognition")
    }

    /// An API, by the title of its page; one that has none goes by its own name.
    pub fn api(self, api: &str) -> String {
        match API_TITLES.iter().find(|(name, ..)| *name == api) {
            Some((_, chinese, english)) => self.choose(chinese, english),
            None => api.to_owned(),
        }
    }

    /// A region, by the name of its place; one that has none goes by its code.
    pub fn region(self, region: &str) -> String {
        match REGION_NAMES.iter().find(|(code, ..)| *code == region) {
            Some((_, chinese, english)) => self.choose(chinese, english),
            None => region.to_owned(),
        }
    }

    /// A package of so many calls: "通用文字识别 PKG 1千 包年".
    pub fn package(self, api: &str, calls: u64) -> String {
        match self {
            Language::Chinese => format!("{} PKG {} 包年", self.api(api), in_myriads(calls)),
            Language::English => format!("{} PKG {} yearly", self.api(api), in_thousands(calls)),
        }
    }

    /// What is counted.
    pub fn calls(self) -> String {
        self.choose("调用次数", "Calls")
    }
}

fn in_thousands(calls: u64) -> String {
    match calls {
        0..1_000 => calls.to_string(),
        _ if calls.is_multiple_of(1_000_000) => format!("{}M", calls.div_euclid(1_000_000)),
        _ if calls.is_multiple_of(1_000) => format!("{}K", calls.div_euclid(1_000)),
        _ => calls.to_string(),
    }
}

fn in_myriads(calls: u64) -> String {
    match calls {
        0..1_000 => calls.to_string(),
        _ if calls.is_multiple_of(10_000) => format!("{}万", calls.div_euclid(10_000)),
        _ if calls.is_multiple_of(1_000) => format!("{}千", calls.div_euclid(1_000)),
        _ => calls.to_string(),
    }
}

/// `resource_type_code` of an API.
pub fn resource_type(api: &str) -> String {
    format!("{RESOURCE_TYPE}{api}")
}

/// The API of a `resource_type_code`.
pub fn api_of(resource_type: &str) -> Option<&str> {
    resource_type.strip_prefix(RESOURCE_TYPE)
}

/// `enterprise_project_id`.
pub fn project_id(project: Option<&Name>) -> String {
    project.map_or_else(|| DEFAULT.0.to_owned(), ToString::to_string)
}

/// `product_id` of a package on offer.
pub fn product_id(api: &str, calls: u64) -> String {
    format!("ocr.{api}.{calls}")
}

/// `product_id` of pay-per-use.
pub fn usage_product(api: &str) -> String {
    format!("ocr.{api}")
}

/// What identifies things of one account to its owner.
#[derive(Debug, Clone)]
pub struct Ids {
    account: AccountId,
    /// Which lots were bought with orders made before.
    ordered: Arc<BTreeMap<LotNo, PaidOrder>>,
}

impl Ids {
    /// Those of an account, which bought these lots with orders made before they were paid.
    pub fn new(account: AccountId, ordered: BTreeMap<LotNo, PaidOrder>) -> Ids {
        Ids { account, ordered: Arc::new(ordered) }
    }

    fn hash(&self, kind: &str, what: &str) -> String {
        let hash = Sha256::digest(format!("{kind}\n{}\n{what}", self.account));
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// `resource_id` of a package.
    pub fn package(&self, lot: LotNo) -> String {
        self.hash("package", &lot.0.to_string())
    }

    /// `free_resource_id` of what a package holds.
    pub fn quota(&self, lot: LotNo) -> String {
        self.hash("quota", &lot.0.to_string())
    }

    /// `order_id` of the purchase of a package: that of the order, if it was made before it was paid.
    pub fn order(&self, lot: LotNo, at: Timestamp) -> String {
        match self.ordered.get(&lot) {
            Some(PaidOrder { no, ordered_at }) => self.pending_order(*no, *ordered_at),
            None => self.order_id("order", lot.0, at),
        }
    }

    /// When the order of a lot was made, if that was before it was paid.
    pub fn ordered_at(&self, lot: LotNo) -> Option<Timestamp> {
        self.ordered.get(&lot).map(|order| order.ordered_at)
    }

    /// `order_id` of an order that is, or was, to be paid later.
    pub fn pending_order(&self, no: OrderNo, ordered_at: Timestamp) -> String {
        self.order_id("pending order", no.0, ordered_at)
    }

    /// `order_id` of the refund of a package.
    pub fn refund(&self, lot: LotNo, at: Timestamp) -> String {
        self.order_id("refund", lot.0, at)
    }

    /// When, in UTC+08:00, and a part of the hash, as Huawei's look.
    fn order_id(&self, kind: &str, no: u32, at: Timestamp) -> String {
        let local = at.in_zone(Zone::BEIJING);
        let digits: String = local.chars().take(16).filter(char::is_ascii_digit).skip(2).collect();
        let hash = self.hash(kind, &no.to_string());
        format!("CS{digits}{}", hash[..7].to_ascii_uppercase())
    }

    /// `resource_id` of pay-per-use of an API in a region.
    pub fn pay_per_use(&self, api: &Name, region: &Name) -> String {
        self.hash("pay-per-use", &format!("{api}\n{region}"))
    }

    /// `trade_id` of one of the account's transactions.
    pub fn transaction(&self, number: u64) -> String {
        self.hash("transaction", &number.to_string())
    }

    /// `coupon_id` of a coupon.
    pub fn coupon(&self, number: u32) -> String {
        self.hash("coupon", &number.to_string())
    }

    /// `id` of a row among the rows of a transaction.
    pub fn row(&self, transaction: &str, row: usize) -> String {
        self.hash("row", &format!("{transaction}\n{row}"))
    }
}

/// An instant as `yyyy-MM-ddTHH:mm:ssZ`.
pub fn utc(at: Timestamp) -> String {
    let utc = Zone::from_offset_minutes(0).unwrap_or_default();
    let text = at.in_zone(utc);
    format!("{}Z", text.get(..19).unwrap_or(&text))
}

/// The day of an instant, `YYYY-MM-DD`, in UTC+08:00.
pub fn date(at: Timestamp) -> String {
    at.in_zone(Zone::BEIJING).chars().take(10).collect()
}

/// The first instant of a day written `YYYY-MM-DD`, in UTC+08:00, and that of the next one.
///
/// # Errors
/// Text that is no day.
pub fn day(text: &str) -> Result<(Timestamp, Timestamp), String> {
    let (first, last) = Zone::BEIJING.day(text)?;
    Ok((first, last.plus_ms(1)))
}

/// The bill cycle of an instant.
pub fn cycle(at: Timestamp) -> Month {
    Zone::BEIJING.month(at)
}

const REGION_NAMES: &[(&str, &str, &str)] = &[
    ("cn-north-1", "华北-北京一", "CN North-Beijing1"),
    ("cn-north-4", "华北-北京四", "CN North-Beijing4"),
    ("cn-east-3", "华东-上海一", "CN East-Shanghai1"),
    ("cn-south-1", "华南-广州", "CN South-Guangzhou"),
    ("cn-southwest-2", "西南-贵阳一", "CN Southwest-Guiyang1"),
    ("ap-southeast-1", "中国-香港", "CN-Hong Kong"),
    ("ap-southeast-2", "亚太-曼谷", "AP-Bangkok"),
    ("ap-southeast-3", "亚太-新加坡", "AP-Singapore"),
    ("af-south-1", "非洲-约翰内斯堡", "AF-Johannesburg"),
    ("la-north-2", "拉美-墨西哥城二", "LA-Mexico City2"),
    ("la-south-2", "拉美-圣地亚哥", "LA-Santiago"),
];

const API_TITLES: &[(&str, &str, &str)] = &[
    ("general-text", "通用文字识别", "General Text OCR"),
    ("general-table", "通用表格识别", "General Table OCR"),
    ("smart-document-recognizer", "智能文档解析", "Smart Document Recognizer"),
    ("web-image", "网络图片识别", "Web Image OCR"),
    ("handwriting", "手写文字识别", "Handwriting OCR"),
    ("seal", "印章识别", "Seal OCR"),
    ("auto-classification", "智能分类识别", "Auto Classification OCR"),
    ("id-card", "身份证识别", "ID Card OCR"),
    ("passport", "护照识别", "Passport OCR"),
    ("id-document", "护照及各国身份证识别", "ID Document OCR"),
    ("exit-entry-permit", "往来港澳台通行证识别", "Exit-Entry Permit OCR"),
    ("mainland-travel-permit", "港澳台居民来往内地通行证识别", "Mainland Travel Permit OCR"),
    ("bankcard", "银行卡识别", "Bank Card OCR"),
    ("business-license", "营业执照识别", "Business License OCR"),
    ("business-card", "名片识别", "Business Card OCR"),
    ("driver-license", "驾驶证识别", "Driver License OCR"),
    ("vehicle-license", "行驶证识别", "Vehicle License OCR"),
    ("license-plate", "车牌识别", "License Plate OCR"),
    ("vin", "VIN码识别", "VIN OCR"),
    ("vat-invoice", "增值税发票识别", "VAT Invoice OCR"),
    ("mvs-invoice", "机动车销售发票识别", "Motor Vehicle Sales Invoice OCR"),
    ("quota-invoice", "定额发票识别", "Quota Invoice OCR"),
    ("taxi-invoice", "出租车发票识别", "Taxi Invoice OCR"),
    ("toll-invoice", "车辆通行费发票识别", "Toll Invoice OCR"),
    ("train-ticket", "火车票识别", "Train Ticket OCR"),
    ("flight-itinerary", "飞机行程单识别", "Flight Itinerary OCR"),
    ("waybill-electronic", "电子面单识别", "Electronic Waybill OCR"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_called_as_in_the_bills() {
        let name = |language: Language, calls| language.package("general-text", calls);
        assert_eq!(name(Language::Chinese, 1_000), "通用文字识别 PKG 1千 包年");
        assert_eq!(name(Language::Chinese, 100_000), "通用文字识别 PKG 10万 包年");
        assert_eq!(name(Language::English, 1_000), "General Text OCR PKG 1K yearly");
        assert_eq!(name(Language::English, 1_234), "General Text OCR PKG 1234 yearly");
        assert_eq!(Language::English.api("of-our-own"), "of-our-own");
    }

    #[test]
    fn ids_are_of_one_account() {
        let [ours, theirs] = [1, 2].map(|account| Ids::new(AccountId(account), BTreeMap::new()));
        assert_ne!(ours.package(LotNo(0)), theirs.package(LotNo(0)));
        assert_ne!(ours.package(LotNo(0)), ours.quota(LotNo(0)));
        let at = Timestamp::parse("2026-11-23T23:59:30Z").unwrap();
        let order = ours.order(LotNo(0), at);
        assert!(order.starts_with("CS2611240759") && order.len() == 19, "{order}");
        let paid = PaidOrder { no: OrderNo(3), ordered_at: at };
        let ordered = Ids::new(AccountId(1), BTreeMap::from([(LotNo(0), paid)]));
        assert_eq!(ordered.order(LotNo(0), at.plus_days(1)), ours.pending_order(OrderNo(3), at));
        assert_ne!(ours.refund(LotNo(0), at), order);
    }

    #[test]
    fn instants_are_utc_and_dates_of_beijing() {
        let at = Timestamp::parse("2026-11-30T16:00:00.250Z").unwrap();
        assert_eq!(utc(at), "2026-11-30T16:00:00Z");
        assert_eq!(date(at), "2026-12-01");
        assert_eq!(cycle(at).to_string(), "2026-12");
    }
}
