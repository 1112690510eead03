//! What the ledger says: charges one by one, movements of money and quotas, added up here. Bills, and whatever else is made
//! for the Billing Center, are not asked.

use std::collections::{BTreeMap, VecDeque};

use charging::Money;
use serde_json::Value;

use super::life::PACKAGES;
use crate::server::Server;

/// An amount, whether it came as a number or as text, in 10⁻⁸.
pub fn e8(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    text.parse::<Money>().unwrap_or_else(|_| panic!("{value} is no amount")).e8()
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}

/// What rows come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub official: i64,
    pub consumed: i64,
    pub by_coupons: i64,
    /// At the settlement, or when the debt was repaid.
    pub by_cash: i64,
    pub owed: i64,
}

impl std::ops::AddAssign<&Sums> for Sums {
    fn add_assign(&mut self, other: &Sums) {
        self.official += other.official;
        self.consumed += other.consumed;
        self.by_coupons += other.by_coupons;
        self.by_cash += other.by_cash;
        self.owed += other.owed;
    }
}

/// Region, enterprise project ("0" for none) and charging mode.
pub type Place = (String, String, u8);

/// What a month holds.
#[derive(Debug, Default)]
pub struct Month {
    /// Packages (1) and usage (3).
    pub by_mode: BTreeMap<u8, Sums>,
    /// What was consumed.
    pub by_place: BTreeMap<Place, i64>,
    /// Calls, and those of them that packages met, by region and enterprise project.
    pub calls: BTreeMap<(String, String), (u64, u64)>,
}

/// A package, or quota that was given.
#[derive(Debug)]
pub struct Lot {
    pub granted: u64,
    /// By the charges.
    pub drawn: u64,
    pub left: u64,
    pub is_package: bool,
}

/// One account's books.
#[derive(Debug, Default)]
pub struct Ledger {
    pub cash: i64,
    pub debt: i64,
    /// Movements of the cash that moved something.
    pub movements: usize,
    pub months: BTreeMap<String, Month>,
    pub lots: Vec<Lot>,
    /// What is left in cash coupons.
    pub in_coupons: i64,
    /// How many hours left something owed.
    pub hours_owed: usize,
    /// How many packages were bought, and how many given back.
    pub orders: (usize, usize),
    pub bought: i64,
    pub refunded: i64,
}

impl Ledger {
    /// Adds up what stands in an account's books.
    pub async fn of(server: &Server, name: &str) -> Ledger {
        let mut ledger = Ledger::default();
        let lots = server.json(&["package", "list", name]);
        let lots = lots.as_array().unwrap();
        ledger.read_charges(&server.charges(name), lots);
        ledger.read_movements(&movements(server, name).await, lots);
        let coupons = server.json(&["coupon", "list", name]);
        let is_cash = |coupon: &&Value| coupon["kind"] == "cash";
        ledger.in_coupons =
            coupons.as_array().unwrap().iter().filter(is_cash).map(|coupon| e8(&coupon["left"])).sum();
        let shown = server.json(&["account", "show", name]);
        assert_eq!(e8(&shown["unsettled"]), 0, "{name}: every hour is settled");
        assert_eq!([ledger.cash, ledger.debt], [e8(&shown["cash"]), e8(&shown["debt"])], "{name}");
        ledger
    }

    fn month(&mut self, at: &str) -> &mut Month {
        self.months.entry(at[..7].to_owned()).or_default()
    }

    fn read_charges(&mut self, charges: &[Value], lots: &[Value]) {
        self.lots = lots
            .iter()
            .map(|lot| Lot {
                granted: lot["granted"].as_u64().unwrap(),
                drawn: 0,
                left: lot["remaining"].as_u64().unwrap(),
                is_package: lot["source"] == "package",
            })
            .collect();
        for charge in charges {
            let (region, project) = (text(charge, "region"), project(charge));
            let mut drawn = 0;
            for draw in charge["lots"].as_array().unwrap() {
                let units = draw["units"].as_u64().unwrap();
                self.lots[draw["lot"].as_u64().unwrap() as usize].drawn += units;
                drawn += units;
            }
            let amount = e8(&charge["amount"]);
            let month = self.month(&text(charge, "at"));
            let calls = month.calls.entry((region.clone(), project.clone())).or_default();
            *calls = (calls.0 + charge["units"].as_u64().unwrap(), calls.1 + drawn);
            let usage = month.by_mode.entry(3).or_default();
            usage.official += amount;
            usage.consumed += amount;
            *month.by_place.entry((region, project, 3)).or_default() += amount;
        }
    }

    fn read_movements(&mut self, movements: &[Value], lots: &[Value]) {
        // Debts, the oldest first, by the month they arose in.
        let mut debts: VecDeque<(String, i64)> = VecDeque::new();
        for row in movements {
            let (amount, cash, debt) = (e8(&row["amount"]), e8(&row["cash_change"]), e8(&row["debt_change"]));
            self.cash += cash;
            self.debt += debt;
            self.movements += usize::from(cash != 0);
            let at = if row["hour"].is_null() { text(row, "at") } else { text(row, "hour") };
            let lot = row["lot"].as_u64().map(|lot| &lots[lot as usize]);
            match (row["kind"].as_str().unwrap(), lot) {
                ("hour_settled", _) => {
                    let usage = self.month(&at).by_mode.entry(3).or_default();
                    usage.by_cash -= cash;
                    usage.by_coupons += amount + cash - debt;
                    usage.owed += debt;
                    self.hours_owed += usize::from(debt > 0);
                    debts.push_back((at, debt));
                }
                ("package_bought", Some(lot)) => {
                    let list = PACKAGES.iter().find(|(calls, _)| lot["granted"] == *calls).unwrap().1;
                    let official = list.parse::<Money>().unwrap().e8();
                    self.orders.0 += 1;
                    self.bought += amount;
                    self.of_package(&at, lot, amount, Sums { official, by_cash: -cash, ..Sums::default() });
                }
                ("package_refunded", Some(lot)) => {
                    self.orders.1 += 1;
                    self.refunded += amount;
                    let sums = Sums { official: -amount, by_cash: -cash, ..Sums::default() };
                    self.of_package(&at, lot, -amount, sums);
                }
                _ => {
                    let mut repaid = -debt;
                    while repaid > 0 {
                        let (at, owed) = debts.front_mut().expect("what is repaid was owed");
                        let part = repaid.min(*owed);
                        (*owed, repaid) = (*owed - part, repaid - part);
                        let (at, is_paid) = (at.clone(), *owed == 0);
                        let usage = self.month(&at).by_mode.entry(3).or_default();
                        (usage.owed, usage.by_cash) = (usage.owed - part, usage.by_cash + part);
                        if is_paid {
                            debts.pop_front();
                        }
                    }
                }
            }
        }
        for (month, held) in &self.months {
            for (mode, sums) in &held.by_mode {
                let parts = sums.by_coupons + sums.by_cash + sums.owed;
                assert_eq!(sums.consumed, parts, "{month}, {mode}: what was consumed was paid or is owed");
            }
        }
    }

    fn of_package(&mut self, at: &str, lot: &Value, consumed: i64, sums: Sums) {
        let month = self.month(at);
        let by_coupons = consumed - sums.by_cash;
        *month.by_mode.entry(1).or_default() += &Sums { consumed, by_coupons, ..sums };
        *month.by_place.entry((text(lot, "region"), project(lot), 1)).or_default() += consumed;
    }

    /// All months and modes together.
    pub fn total(&self) -> Sums {
        let mut total = Sums::default();
        self.months.values().flat_map(|month| month.by_mode.values()).for_each(|sums| total += sums);
        total
    }
}

/// The enterprise project of a row, as the Billing Center has none.
fn project(row: &Value) -> String {
    row["enterprise_project"].as_str().unwrap_or("0").to_owned()
}

/// Every movement of an account's cash and debt.
async fn movements(server: &Server, name: &str) -> Vec<Value> {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let (mut all, mut after) = (Vec::new(), Value::from(0));
    loop {
        let url = format!("{}/v1/admin/accounts/{name}/transactions?limit=100&after={after}", server.url);
        let response = http.get(url).bearer_auth(server.operator_token()).send().await.unwrap();
        let Value::Array(page) = response.json().await.unwrap() else { panic!("a list of movements") };
        let Some(last) = page.last() else { return all };
        after = last["transaction"].clone();
        all.extend(page);
    }
}
