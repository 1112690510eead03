//! What the small stories share: a shop with one API and one account, and the words to write them in.
#![allow(dead_code, reason = "each story uses its part")]

use charging::{
    Account, AccountId, ApiPrices, Catalog, Holds, Listing, Money, Name, Offer, Policies, PriceTier,
    PriceVersion, Recorded, Tier, Timestamp, Zone,
};

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// An instant in Beijing, like `2026-03-02 09:00:00`.
pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{}+08:00", text.replace(' ', "T"))).unwrap()
}

pub fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// A price from the beginning on; each tier begins at so many units of a month.
pub fn version(version: u16, tiers: &[(u64, &str)]) -> PriceVersion {
    let tier =
        |&(from_units, price): &(u64, &str)| PriceTier { from_units, unit_price: price.parse().unwrap() };
    PriceVersion { version, effective_from: Timestamp::EPOCH, tiers: tiers.iter().map(tier).collect() }
}

/// General text in the north and the south, at these prices; ten calls for so much and for so many months, if anything.
pub fn catalog(versions: Vec<PriceVersion>, offer: Option<(&str, u16)>) -> Catalog {
    let api = name("general-text");
    let offers = offer.map(|(price, validity_months)| Offer {
        api: api.clone(),
        calls: 10,
        price: money(price),
        validity_months,
    });
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: vec![name("north"), name("south")],
        listings: offers.into_iter().map(Listing::from).collect(),
        apis: [(api, ApiPrices { versions })].into(),
        retired: [].into(),
    };
    catalog.checked().unwrap()
}

/// Prices, policies and one account with its journal.
pub struct Shop {
    pub catalog: Catalog,
    pub policies: Policies,
    pub account: Account,
    pub holds: Holds,
    pub journal: Vec<Recorded>,
    pub calls: u128,
}

impl Shop {
    /// With an account that is opened under the policy.
    pub fn with(catalog: Catalog, policies: Policies, policy: &str, zone: Zone, now: Timestamp) -> Shop {
        let (account, opened) = Account::open(AccountId(1), Tier::V0, name(policy), zone, now);
        Shop { catalog, policies, account, holds: Holds::default(), journal: vec![opened], calls: 0 }
    }

    /// The account as its journal gives it back.
    pub fn replayed(&self) -> Account {
        let mut replayed = Account::from_opened(&self.journal[0]).unwrap();
        self.journal[1..].iter().for_each(|recorded| replayed.apply(recorded));
        replayed
    }
}
