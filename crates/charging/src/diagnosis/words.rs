//! A diagnosis in sentences.

use crate::wording::{amount, calls, either, grouped, list, name_of, was, when};
use crate::{
    Account, Cause, Diagnosis, Finding, Lot, Money, Service, Source, SubscriptionMode, Timestamp, Warning,
};

impl Diagnosis {
    /// The whole in two or three sentences.
    pub fn summary(&self, account: &Account, currency: &str) -> String {
        let amount = |money: Money| amount(money, currency);
        let mut said = Vec::new();
        if self.debt.is_positive() {
            said.push(format!("{} is owed.", amount(self.debt)));
            let other = self.debt - self.debt_explained;
            said.push(if other.is_zero() {
                "All of it is for calls that no package met.".into()
            } else if self.debt_explained.is_zero() {
                "None of it is for calls that were looked at.".into()
            } else {
                let explained = amount(self.debt_explained);
                format!(
                    "{explained} of it is for calls that no package met; the rest came about in another way."
                )
            });
            let corrected: Money = self.corrections.iter().map(|found| found.debt).sum();
            if corrected.is_positive() {
                said.push(format!(
                    "Without what the operator took out of the balance, {} less would be owed.",
                    amount(corrected)
                ));
            }
        } else {
            said.push("Nothing is owed.".into());
        }
        let since = when(self.from, account.zone());
        let mut spent = Vec::new();
        if self.amount.is_positive() {
            spent.push(format!("{} on {}", amount(self.amount), calls(self.units)));
        }
        if self.packages_bought.is_positive() {
            spent.push(format!("{} on packages", amount(self.packages_bought)));
        }
        said.push(match spent.is_empty() {
            true => format!("Nothing was spent since {since}."),
            false => format!("Spent since {since}: {}.", list(spent)),
        });
        said.join(" ")
    }
}

impl Finding {
    /// What it is, in one sentence.
    pub fn headline(&self, account: &Account) -> String {
        let Some(Service { api, region, .. }) = account.service(self.service) else { return String::new() };
        let name = self.name_of_lots(account);
        let (verb, was) = if self.lots.len() > 1 { ("are", "were") } else { ("is", "was") };
        let here = format!("{api} in {region}");
        match self.cause {
            Cause::PackageInOtherRegion | Cause::FreeTrialInOtherRegion => {
                let regions = self.of_services(account, |service| service.region.to_string());
                format!("Your {name} of {api} {verb} for {regions}, but the calls were made in {region}.")
            }
            Cause::PackageForOtherApi => {
                let services = self.of_services(account, |of| format!("{} in {}", of.api, of.region));
                format!("Your {name} {verb} for {services}, but {here} was called.")
            }
            Cause::PackageForOtherProject => {
                let projects = list(
                    self.lots(account).filter_map(|lot| Some(lot.enterprise_project.as_ref()?.to_string())),
                );
                format!(
                    "Your {name} of {here} {verb} reserved for the enterprise project {projects}, which the calls did not name."
                )
            }
            Cause::PackageExpired => {
                format!(
                    "Your {name} of {here} expired at {}, and pay-per-use took over.",
                    self.ended(account)
                )
            }
            Cause::PackageUsedUp => {
                format!(
                    "Your {name} of {here} {was} used up at {}, and pay-per-use took over.",
                    self.ended(account)
                )
            }
            Cause::PackageUnsubscribed => {
                format!(
                    "Your {name} of {here} {was} given back at {}, and pay-per-use took over.",
                    self.ended(account)
                )
            }
            Cause::PackageNotYetEffective => {
                let starts = list(self.lots(account).map(|lot| when(lot.effective_at, account.zone())));
                format!(
                    "Your {name} of {here} {verb} for calls from {starts} on, but the calls came earlier."
                )
            }
            Cause::NoPackage => {
                format!("There was no package of {here}, and pay-per-use was enabled there.")
            }
        }
    }

    /// The figures it rests on, a sentence each: the calls, the lots, the debt.
    pub fn evidence(&self, account: &Account, debt: Money, currency: &str) -> Vec<String> {
        let Some(Service { api, region, .. }) = account.service(self.service) else { return Vec::new() };
        let zone = account.zone();
        let each = self.unit_price.map_or(String::new(), |price| format!(" at {price} {currency} each"));
        let (first, last) = (when(self.first_at, zone), when(self.last_at, zone));
        let period = match first == last {
            true => format!("at {first}"),
            false => format!("between {first} and {last}"),
        };
        let mut said = vec![format!(
            "{} of {api} in {region} {} charged{each}, {} together, {period}.",
            calls(self.units),
            was(self.units),
            amount(self.amount, currency),
        )];
        said.extend(self.lots(account).map(|lot| of_lot(account, lot, currency)));
        let late = self.late_coupons.iter().filter_map(|no| account.coupon(*no));
        said.extend(late.map(|coupon| {
            format!(
                "Coupon {} with {} left is valid from {} on; it pays only hours that begin after that.",
                coupon.no.0,
                amount(coupon.left, currency),
                when(coupon.valid_from, zone),
            )
        }));
        if self.debt.is_positive() {
            let (all, part) = (amount(debt, currency), amount(self.debt, currency));
            said.push(match self.debt == debt {
                true => format!("All of the {all} owed is for these calls."),
                false => format!("Of the {all} owed, {part} is for these calls."),
            });
        } else if debt.is_positive() {
            said.push("Nothing is owed for these calls.".into());
        }
        said
    }

    /// What to do about it, a sentence each.
    pub fn cure(&self, account: &Account, currency: &str, now: Timestamp) -> Vec<String> {
        let Some(service) = account.service(self.service) else { return Vec::new() };
        let mut said = Vec::new();
        if let Some(debt) = self.cure.top_up.filter(|_| self.debt.is_positive()) {
            let debt = amount(debt, currency);
            said.push(format!(
                "Top up at least {debt} first: nothing can be bought or enabled while something is owed."
            ));
        }
        if self.cure.enable_again {
            let enable = if said.is_empty() { "Enable" } else { "Then enable" };
            said.push(format!(
                "{enable} {} in {} again if such calls are wanted: the release took it away.",
                service.api, service.region
            ));
        }
        let of_lots = self.use_of_lots(account, currency, now);
        let has_other_way = of_lots.is_some();
        said.extend(of_lots);
        if self.cure.left_here == 0 {
            said.push(self.purchase(service, has_other_way, currency));
        } else if self.cause != Cause::PackageNotYetEffective {
            let left = calls(self.cure.left_here);
            said.push(format!("By now a package is there for such calls: {left} are left in it."));
        }
        if service.subscription.is_some_and(|s| s.mode == SubscriptionMode::PayPerUse) {
            said.push(format!(
                "If these calls are not wanted, disable {} in {}, or enable it for packages only: calls beyond them are then refused.",
                service.api, service.region
            ));
        }
        said
    }

    /// How the calls could be met by what is there already.
    fn use_of_lots(&self, account: &Account, currency: &str, now: Timestamp) -> Option<String> {
        let lots: Vec<&Lot> = self.cure.lots.iter().filter_map(|no| account.lot(*no)).collect();
        let left = lots.iter().map(|lot| lot.left()).fold(0, u64::saturating_add);
        let saved = match self.cure.saved_by_lots.is_positive() {
            true => format!("; these would have cost {} less", amount(self.cure.saved_by_lots, currency)),
            false => String::new(),
        };
        let first = lots.first()?;
        let regions = || {
            let of = lots.iter().filter_map(|lot| account.service(lot.service));
            either(of.map(|service| service.region.to_string()))
        };
        Some(match self.cause {
            Cause::PackageForOtherProject => {
                let projects =
                    list(lots.iter().filter_map(|lot| Some(lot.enterprise_project.as_ref()?.to_string())));
                format!(
                    "Name the enterprise project {projects} in the calls: {} are left for it and cost nothing more{saved}.",
                    calls(left)
                )
            }
            Cause::PackageNotYetEffective if first.effective_at > now => {
                let start = when(first.effective_at, account.zone());
                format!("From {start} on the package meets such calls; until then each is charged.")
            }
            Cause::PackageNotYetEffective => {
                format!("Since {} the package meets such calls.", when(first.effective_at, account.zone()))
            }
            cause if cause.is_mismatch() && cause != Cause::PackageForOtherApi => {
                format!(
                    "Make the calls in {}: {} are left there and cost nothing more{saved}.",
                    regions(),
                    calls(left)
                )
            }
            _ => format!(
                "In {} {} of this API are left: calls made there cost nothing more.",
                regions(),
                calls(left)
            ),
        })
    }

    /// What to buy, or why not.
    fn purchase(&self, service: &Service, has_other_way: bool, currency: &str) -> String {
        let amount = |money: Money| amount(money, currency);
        let Some(way) = self.cure.package else {
            return format!("No package on offer for {} would have covered them.", service.api);
        };
        let size = calls(way.calls);
        if way.saved.is_positive() {
            let or = if has_other_way { "Or buy" } else { "Buy" };
            let (what, each) = match way.count {
                1 => (format!("a package of {size}"), ""),
                count => (format!("{} packages of {size}", grouped(count)), " each"),
            };
            return format!(
                "{or} {what} of {} in {} for {}{each}: the {} would have cost {} instead of {}, {} less.",
                service.api,
                service.region,
                amount(way.price),
                calls(self.units),
                amount(way.cost),
                amount(self.amount),
                amount(way.saved),
            );
        }
        match way.pays_off_from {
            Some(from) => format!(
                "A package of {size} of {} for {} would not have saved anything; it pays off from {} on.",
                service.api,
                amount(way.price),
                calls(from),
            ),
            None => format!("No package of {} on offer is cheaper than the price of each call.", service.api),
        }
    }

    fn lots<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = &'a Lot> {
        self.lots.iter().filter_map(|no| account.lot(*no))
    }

    fn of_services(&self, account: &Account, text: impl Fn(&Service) -> String) -> String {
        list(self.lots(account).filter_map(|lot| account.service(lot.service).map(&text)))
    }

    fn ended(&self, account: &Account) -> String {
        let last = self.lots(account).filter_map(|lot| lot.ended_at).max();
        last.map_or(String::new(), |end| when(end, account.zone()))
    }

    /// What the lots are to the customer.
    fn name_of_lots(&self, account: &Account) -> String {
        let name = |lot: &Lot| match self.lots(account).filter(|other| other.source == lot.source).count() {
            1 => name_of(lot.source),
            _ => plural_of(lot.source),
        };
        list(self.lots(account).map(|lot| name(lot).to_owned()))
    }
}

impl Warning {
    /// What it is, in one sentence.
    pub fn text(&self, account: &Account) -> String {
        let lots = || self.lots().iter().filter_map(|no| account.lot(*no));
        let left = calls(lots().map(Lot::left).fold(0, u64::saturating_add));
        let places = list(lots().filter_map(|lot| {
            let service = account.service(lot.service)?;
            Some(format!("{} in {}", service.api, service.region))
        }));
        let called = |service| {
            account.service(service).map_or(String::new(), |s| format!("{} in {}", s.api, s.region))
        };
        match self {
            Warning::QuotaInOtherRegion { service, .. } => {
                format!("You hold {left} of {places}, but pay for each call of {}.", called(*service))
            }
            Warning::QuotaForOtherApi { service, .. } => {
                format!(
                    "You hold {left} of {places} and used none, but pay for each call of {}.",
                    called(*service)
                )
            }
            Warning::PackageExpires { lot } => {
                let end = account.lot(*lot).map_or(String::new(), |lot| when(lot.expires_at, account.zone()));
                format!("What is left of a package, {left} of {places}, expires at {end}.")
            }
        }
    }
}

fn plural_of(source: Source) -> &'static str {
    match source {
        Source::Free => "free trials",
        Source::Promotion => "promotional packages",
        Source::Package => "packages",
    }
}

/// One lot as evidence.
fn of_lot(account: &Account, lot: &Lot, currency: &str) -> String {
    let zone = account.zone();
    let place = account.service(lot.service).map_or(String::new(), |s| format!("{} in {}", s.api, s.region));
    let project =
        lot.enterprise_project.as_ref().map_or(String::new(), |p| format!(" for the enterprise project {p}"));
    let got = match lot.price.is_positive() {
        true => format!("bought {} for {}", when(lot.created_at, zone), amount(lot.price, currency)),
        false => format!("given {}", when(lot.created_at, zone)),
    };
    let from = match lot.effective_at > lot.created_at {
        true => format!("valid from {} to {}", when(lot.effective_at, zone), when(lot.expires_at, zone)),
        false => format!("valid to {}", when(lot.expires_at, zone)),
    };
    let state = match lot.ended_at {
        Some(end) if lot.has_expired => {
            format!("expired at {} with {} left", when(end, zone), grouped(lot.expired()))
        }
        Some(end) if lot.is_unsubscribed => {
            format!("given back at {} with {} left", when(end, zone), grouped(lot.given_back()))
        }
        Some(end) => format!("used up at {}", when(end, zone)),
        None => format!("{} left, {from}", grouped(lot.left())),
    };
    let name = name_of(lot.source);
    format!("The {name} of {} of {place}{project}, {got}: {state}.", calls(lot.granted))
}
