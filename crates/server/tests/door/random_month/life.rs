//! What happens in a random month: who does what, drawn from a seed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::customer::PIXEL;
use crate::sdk_driver::Sdk;
use crate::server::Server;

/// In UTC+08:00 the middle of October: the month ends in the middle of what happens.
const BEGINS: &str = "2026-10-16T17:20:00Z";
const REGIONS: [&str; 2] = ["cn-north-4", "cn-east-3"];
/// Sizes and prices of the packages on offer.
pub const PACKAGES: [(u64, &str); 2] = [(10, "0.3333"), (30, "0.87654321")];

/// Prices with as many decimals as there can be, in tiers, and another version on the way; packages of a month; both
/// sites' rules, with refunds of what is in effect.
const CONFIG: &str = r#"
[ocr]
engine = "blank"
[catalog]
currency = "CNY"
regions = ["cn-north-4", "cn-east-3"]
[[catalog.api]]
name = "general-text"
[[catalog.api.price]]
version = 1
effective_from = "2020-01-01T00:00:00+08:00"
tiers = [{ from_units = 0, unit_price = "0.0623456789" }, { from_units = 20, unit_price = "0.0498765432" }]
[[catalog.api.price]]
version = 2
effective_from = "2026-10-29T13:00:00+08:00"
tiers = [{ from_units = 0, unit_price = "0.0633333333" }, { from_units = 15, unit_price = "0.0477777777" }]
[[catalog.package]]
api = "general-text"
calls = 10
price = "0.3333"
validity_months = 1
[[catalog.package]]
api = "general-text"
calls = 30
price = "0.87654321"
validity_months = 1
[policies.intl]
bill_rounding = "half_up"
refund = { in_effect = true, free_days = 2, free_times_per_year = 1, fee_percent = 7 }
terms.V0 = { grace_days = 1, retention_days = 2 }
terms.V1 = { grace_days = 1, retention_days = 2 }
terms.V2 = { grace_days = 1, retention_days = 2 }
terms.V3 = { grace_days = 1, retention_days = 2 }
terms.V4 = { grace_days = 1, retention_days = 2 }
terms.V5 = { grace_days = 6, retention_days = 9 }
[policies.cn]
bill_rounding = "tail_dropped"
refund = { in_effect = true, free_days = 2, free_times_per_year = 1, fee_percent = 3 }
terms.V0 = { grace_days = 0, retention_days = 1 }
terms.V1 = { grace_days = 0, retention_days = 1 }
terms.V2 = { grace_days = 0, retention_days = 1 }
terms.V3 = { grace_days = 0, retention_days = 1 }
terms.V4 = { grace_days = 0, retention_days = 1 }
terms.V5 = { grace_days = 7, retention_days = 15 }
"#;

/// An account, and a process in which the stock SDKs run for it.
pub struct Person {
    pub name: &'static str,
    pub policy: &'static str,
    pub account: Value,
    pub sdk: Sdk,
}

/// Several accounts on one server, and what is decided by the seed.
pub struct Town {
    pub server: Server,
    pub people: Vec<Person>,
    /// An account whose calls the second of the others pays for.
    pub member: Person,
    /// How often what worked.
    pub done: BTreeMap<&'static str, u32>,
    state: u64,
}

impl Town {
    /// Four accounts, two by each site's rules; `None` where no Python is set up.
    pub fn settle(seed: u64) -> Option<Town> {
        let server = Server::with_config_beginning(BEGINS, CONFIG);
        let person = |name, policy, tier| {
            let create = ["account", "create", name, "--tier", tier, "--policy", policy];
            let account = server.json(&create);
            server.json(&["enterprise-project", "create", name, "Web shop", "--id", "shop"]);
            let sdk = Sdk::start(&server, &account)?;
            Some(Person { name, policy, account, sdk })
        };
        let people = [("ada", "intl", "V0"), ("ben", "intl", "V5"), ("cho", "cn", "V0"), ("dee", "cn", "V5")];
        let people = people.map(|(name, policy, tier)| person(name, policy, tier));
        let people: Vec<Person> = people.into_iter().collect::<Option<_>>()?;
        let member = person("mel", "intl", "V0")?;
        server.json(&["member", "add", "ben", "mel"]);
        let mut town = Town { server, people, member, done: BTreeMap::new(), state: seed };
        for who in 0..town.people.len() {
            town.enable(who, 0);
            town.top_up(who);
        }
        Some(town)
    }

    /// A number below another (SplitMix64).
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(end).unwrap_or(0)
    }

    /// An amount of at most `end` thousandths, with all eight decimals.
    fn amount(&mut self, end: u64) -> String {
        format!("0.{:03}{:05}", self.below(end), 1 + self.below(99_999))
    }

    fn region(&mut self) -> usize {
        usize::from(self.below(4) == 0)
    }

    /// One thing happens, to somebody.
    pub fn happen(&mut self) {
        let who = self.below(self.people.len() as u64) as usize;
        match self.below(27) {
            0..=9 => self.call(who),
            10..=11 => self.top_up(who),
            12..=14 => self.buy(who),
            15..=16 => self.order(who),
            17 => self.renew(who),
            18..=19 => self.renew_by_itself(who),
            20..=21 => self.give_coupon(who),
            22 => self.adjust(who),
            23..=24 => self.give_back(who),
            25 => self.grant(who),
            _ => {
                let region = self.region();
                self.enable(who, region);
            }
        }
    }

    /// Time goes by.
    pub fn wait(&mut self, hours: u64) {
        let minutes = 1 + self.below(59);
        self.server.json(&["clock", "advance", &format!("{hours}h{minutes}m")]);
    }

    /// Time goes by until every hour with usage is settled.
    pub fn close_the_hours(&mut self) {
        self.server.json(&["clock", "advance", "1h"]);
    }

    fn run(&mut self, what: &'static str, command: &[&str]) -> bool {
        let worked = self.server.run(command).status.success();
        *self.done.entry(what).or_default() += u32::from(worked);
        worked
    }

    /// Calls as a program makes them, for an enterprise project or none, and now and then one that cannot be read.
    fn call(&mut self, who: usize) {
        let (count, region) = (1 + self.below(9), REGIONS[self.region()]);
        let (by_member, for_shop) = (who == 1 && self.below(3) == 0, self.below(3) == 0);
        for _ in 0..count {
            let image = if self.below(8) == 0 { "no base64!" } else { PIXEL };
            let url = self.server.url.clone();
            let caller = if by_member { &mut self.member } else { &mut self.people[who] };
            let mut client = json!({"ids": [caller.account["projects"][region]], "endpoint": url});
            if for_shop && !by_member {
                client["headers"] = json!({"Enterprise-Project-Id": "shop"});
            }
            let body = json!({"body": {"class": "GeneralTextRequestBody", "image": image}});
            let answer = caller.sdk.exchange("ocr", "recognize_general_text", body, client).0;
            let what = match (answer["status"].as_u64(), by_member) {
                (Some(200), false) => "call",
                (Some(200), true) => "call of a member",
                (Some(400), _) => "unreadable picture",
                _ => "refused call",
            };
            *self.done.entry(what).or_default() += 1;
        }
    }

    fn enable(&mut self, who: usize, region: usize) {
        let name = self.people[who].name;
        self.run("enabled", &["subscribe", name, "--api", "general-text", "--region", REGIONS[region]]);
    }

    fn top_up(&mut self, who: usize) {
        let amount = format!("{}{}", self.below(2), &self.amount(1000)[1..]);
        self.run("top-up", &["top-up", self.people[who].name, &amount]);
    }

    fn buy(&mut self, who: usize) {
        let (region, calls) = (REGIONS[self.region()], self.size());
        let service = ["--api", "general-text", "--region", region, "--calls", &calls];
        self.run("purchase", &[&["package", "buy", self.people[who].name][..], &service].concat());
    }

    fn size(&mut self) -> String {
        PACKAGES[self.below(2) as usize].0.to_string()
    }

    /// An order that is paid later, through either site's SDK, or never.
    fn order(&mut self, who: usize) {
        let (region, calls) = (REGIONS[self.region()], self.size());
        let service = ["--api", "general-text", "--region", region, "--calls", &calls];
        self.run("order", &[&["package", "order", self.people[who].name][..], &service].concat());
        let (site, is_paid) = (["bss", "bssintl"][self.below(2) as usize], self.below(3) > 0);
        let sdk = &mut self.people[who].sdk;
        let waiting = sdk.ok(site, "list_customer_orders", json!({"status": 6}));
        let order = &waiting["order_infos"][0]["order_id"];
        if order.is_null() || !is_paid {
            return;
        }
        let body = json!({"class": "PayCustomerOrderV3Req", "order_id": order, "use_coupon": "NO",
            "use_discount": "NO"});
        let paid = sdk.call(site, "pay_orders", json!({"body": body}))["status"] == 204;
        *self.done.entry("payment of an order").or_default() += u32::from(paid);
    }

    /// One of an account's packages, by its number.
    fn package(&mut self, who: usize) -> Option<String> {
        let lots = self.server.json(&["package", "list", self.people[who].name]);
        let is_open = |lot: &&Value| lot["source"] == "package" && lot["state"] != "unsubscribed";
        let lots: Vec<&Value> = lots.as_array().unwrap().iter().filter(is_open).collect();
        let at = self.below(lots.len() as u64) as usize;
        lots.get(at).map(|lot| lot["lot"].to_string())
    }

    fn renew(&mut self, who: usize) {
        let Some(lot) = self.package(who) else { return };
        self.run("renewal", &["package", "renew", self.people[who].name, "--lot", &lot]);
    }

    fn renew_by_itself(&mut self, who: usize) {
        let Some(lot) = self.package(who) else { return };
        let (name, days) = (self.people[who].name, (1 + self.below(7)).to_string());
        let mode = ["--mode", "auto", "--days-before", &days];
        self.run("renewal mode", &[&["package", "renewal", name, "--lot", &lot][..], &mode].concat());
    }

    fn give_coupon(&mut self, who: usize) {
        let name = self.people[who].name;
        let to = format!("2026-1{}-{:02}T00:00:00+08:00", 1 + self.below(2), 1 + self.below(28));
        let (what, worth) = match self.below(3) {
            0 => ("discount coupon", ["--percent-off".to_owned(), (1 + self.below(60)).to_string()]),
            _ => ("cash coupon", ["--amount".to_owned(), self.amount(150)]),
        };
        self.run(what, &["coupon", "give", name, "--valid-to", &to, &worth[0], &worth[1]]);
    }

    fn adjust(&mut self, who: usize) {
        let sign = if self.below(2) == 0 { "-" } else { "" };
        let amount = sign.to_owned() + &self.amount(60);
        self.run("correction", &["adjust", self.people[who].name, &amount, "--reason", "a slip"]);
    }

    fn give_back(&mut self, who: usize) {
        let Some(lot) = self.package(who) else { return };
        let what = ["package", "renewals", "to-pay-per-use"][self.below(3) as usize];
        self.run("refund", &["package", "unsubscribe", self.people[who].name, &lot, "--what", what]);
    }

    fn grant(&mut self, who: usize) {
        let (name, calls) = (self.people[who].name, (1 + self.below(12)).to_string());
        let service = ["--api", "general-text", "--region", REGIONS[self.region()], "--calls", &calls];
        let project: &[&str] = if self.below(2) == 0 { &["--enterprise-project", "shop"] } else { &[] };
        let until = ["--expires-at", "2026-11-30T23:59:59+08:00"];
        self.run("grant", &[&["grant", name][..], &service, &until, project].concat());
    }
}
