//! Playing scripts and writing down what happens.

use std::collections::BTreeMap;
use std::fmt::Write;

use charging::{
    Account, AccountId, Alerts, ApiPrices, Authorisation, Book, CallFor, Catalog, ChargeId, Context,
    CouponChoice, Holds, Key, Listing, Name, NewLot, Offer, Policies, PriceTier, PriceVersion, Recorded,
    Refusal, SubscriptionMode, Timestamp, Zone,
};

use super::foresight;
use super::script::{Action, AlertSetting, Gift, Line, Script};
use super::words::{count, of_receipt, place, sentences, text};

const APIS: [&str; 5] = ["general-text", "general-table", "passport", "web-image", "id-card"];
const REGIONS: [&str; 4] = ["cn-north-4", "cn-north-1", "cn-east-3", "ap-southeast-1"];
const OFFERS: [(u64, &str); 3] = [(1_000, "40"), (10_000, "350"), (100_000, "3000")];

struct Stage<'a> {
    context: Context<'a>,
    account: Account,
    holds: Holds,
    journal: Vec<Recorded>,
    under_way: BTreeMap<String, Authorisation>,
    next_charge: u128,
    told: String,
    /// Lines since the last command, for `expect`.
    recent: Vec<String>,
    served: u64,
    refused: Vec<&'static str>,
    last_state: String,
}

pub fn play(script: &Script) -> Result<String, String> {
    let catalog = catalog(script)?;
    let policies = policies(script)?;
    let context = Context { catalog: &catalog, policies: &policies };
    let start = script.lines.first().map(|line| line.at).ok_or("the script is empty")?;
    let policy = Name::new("terms").unwrap();
    let (account, opened) = Account::open(AccountId(1), script.tier, policy, Zone::BEIJING, start);
    let mut stage = Stage {
        context,
        account,
        holds: Holds::default(),
        journal: vec![opened],
        under_way: BTreeMap::new(),
        next_charge: 0,
        told: String::new(),
        recent: Vec::new(),
        served: 0,
        refused: Vec::new(),
        last_state: String::new(),
    };
    for line in &script.lines {
        stage.play(line).map_err(|why| format!("line {}: {why}", line.number))?;
    }
    stage.tell_end(script.lines.last().map_or(start, |line| line.at));
    stage.check()?;
    Ok(stage.told)
}

fn catalog(script: &Script) -> Result<Catalog, String> {
    let version = |(index, (price, from)): (usize, (&str, Timestamp))| {
        let tier =
            PriceTier { from_units: 0, unit_price: price.parse().map_err(|e| format!("{price}: {e}"))? };
        let version = u16::try_from(index + 1).map_err(|e| e.to_string())?;
        Ok::<_, String>(PriceVersion { version, effective_from: from, tiers: vec![tier] })
    };
    let mut apis = BTreeMap::new();
    let mut listings = Vec::new();
    for api in APIS {
        let own = script.prices.iter().filter(|(name, ..)| name.as_str() == api);
        let mut prices: Vec<_> = own.map(|(_, price, from)| (price.as_str(), *from)).collect();
        if prices.is_empty() {
            prices.push(("0.05", Timestamp::EPOCH));
        }
        let versions = prices.into_iter().enumerate().map(version).collect::<Result<_, _>>()?;
        let api = Name::new(api).unwrap();
        apis.insert(api.clone(), ApiPrices { versions });
        let offer = |(calls, price): (u64, &str)| {
            let price = price.parse().unwrap();
            Listing::from(Offer { api: api.clone(), calls, price, validity_months: 12 })
        };
        listings.extend(OFFERS.map(offer));
    }
    let regions = REGIONS.iter().map(|region| Name::new(region).unwrap()).collect();
    Catalog { currency: "CNY".into(), regions, apis, listings, retired: BTreeMap::new() }
        .checked()
        .map_err(|e| e.to_string())
}

fn policies(script: &Script) -> Result<Policies, String> {
    let presets = Policies::presets();
    let mut policy = presets.get(&script.policy).ok_or("no such policy")?.clone();
    policy.settlement_delay_minutes = script.settlement_delay_minutes;
    Policies::new(BTreeMap::from([(Name::new("terms").unwrap(), policy)])).map_err(|e| e.to_string())
}

impl Stage<'_> {
    fn play(&mut self, line: &Line) -> Result<(), String> {
        if !matches!(line.action, Action::Expect(_)) {
            self.recent.clear();
            (self.served, self.refused) = (0, Vec::new());
        }
        self.tick(line.at);
        if let Action::Expect(expected) = &line.action {
            return self.expect(expected, line.at);
        }
        writeln!(self.told, "{}  {}", text(line.at), line.text).unwrap();
        let heard = self.journal.len();
        let answer = self.act(line.at, &line.action)?;
        let happened: Vec<Recorded> = self.journal[heard..].to_vec();
        for recorded in &happened {
            for sentence in sentences(&self.account, recorded) {
                self.tell(None, &sentence);
            }
        }
        for sentence in answer {
            self.tell(None, &sentence);
        }
        self.tell_state(line.at);
        self.account.check_at_rest().map_err(|violation| violation.to_string())
    }

    /// Lets time pass, and tells what it brought, each thing at its instant.
    fn tick(&mut self, now: Timestamp) {
        while let Some(due) = self.account.next_due(self.context).filter(|due| *due <= now) {
            let heard = self.journal.len();
            self.account.tick(self.context, due, &mut self.journal);
            let happened: Vec<Recorded> = self.journal[heard..].to_vec();
            for recorded in &happened {
                for sentence in sentences(&self.account, recorded) {
                    self.tell(Some(recorded.at), &sentence);
                }
            }
            self.tell_state(due);
        }
    }

    fn tell(&mut self, at: Option<Timestamp>, sentence: &str) {
        match at {
            Some(at) => writeln!(self.told, "{}  * {sentence}", text(at)).unwrap(),
            None => writeln!(self.told, "                     - {sentence}").unwrap(),
        }
        self.recent.push(sentence.to_owned());
    }

    fn tell_state(&mut self, now: Timestamp) {
        let (account, mut state) = (&self.account, String::new());
        let standing = account.standing().word();
        write!(state, "{standing}; cash {}", account.cash()).unwrap();
        write!(state, "; unsettled {}; owed {}", account.unsettled(), account.debt()).unwrap();
        for lot in account.lots().iter().filter(|lot| lot.serves(lot.enterprise_project.as_ref(), now)) {
            write!(state, "; lot {}: {} left", lot.no.0 + 1, lot.left()).unwrap();
        }
        state += &super::commerce::state(account, now);
        if state != self.last_state {
            writeln!(self.told, "                     = {state}").unwrap();
            self.last_state = state;
        }
    }

    fn tell_end(&mut self, now: Timestamp) {
        let mut end = format!("\nAt the end, {}\n", text(now));
        let standing = self.account.standing();
        writeln!(end, "  {} since {}", standing.word(), text(standing.since())).unwrap();
        for lot in self.account.lots() {
            let state = if lot.has_expired {
                format!("{} expired", lot.expired())
            } else {
                format!("{} left", lot.left())
            };
            let place = place(&self.account, lot.service);
            writeln!(end, "  lot {}: {place}, {} drawn, {state}", lot.no.0 + 1, lot.drawn).unwrap();
        }
        for service in self.account.services() {
            let mode = match service.subscription.map(|s| s.mode) {
                Some(SubscriptionMode::PayPerUse) => "enabled",
                Some(SubscriptionMode::PackageOnly) => "enabled for packages only",
                None => "not enabled",
            };
            writeln!(end, "  {} in {}: {mode}", service.api, service.region).unwrap();
        }
        let books = self.account.books();
        for (title, book) in [
            ("paid in", Book::External),
            ("cash", Book::Cash),
            ("unsettled", Book::Unsettled),
            ("owed", Book::Debt),
            ("earned by calls", Book::UsageRevenue),
            ("earned by packages", Book::PackageRevenue),
            ("left in coupons", Book::Coupons),
            ("given in coupons", Book::CouponsGiven),
            ("adjusted", Book::Adjustments),
        ] {
            let is_rare = matches!(book, Book::Coupons | Book::CouponsGiven | Book::Adjustments);
            if !is_rare || !books.balance(book).is_zero() {
                writeln!(end, "  {title:<18} {:>12}", books.balance(book)).unwrap();
            }
        }
        writeln!(end, "  {:<18} {:>12}", "sum", books.sum()).unwrap();
        self.told += &end;
    }

    /// Replays the journal: it must hold, event by event, and give the account back.
    fn check(&self) -> Result<(), String> {
        let mut replayed = Account::from_opened(&self.journal[0]).ok_or("the journal opens no account")?;
        for recorded in &self.journal[1..] {
            replayed.check_next(recorded).map_err(|violation| violation.to_string())?;
            replayed.apply(recorded);
            replayed.check().map_err(|violation| violation.to_string())?;
        }
        if replayed == self.account { Ok(()) } else { Err("the replay differs".into()) }
    }

    fn expect(&self, expected: &str, now: Timestamp) -> Result<(), String> {
        let account = &self.account;
        let words: Vec<&str> = expected.split_whitespace().collect();
        let mut holds = self.holds.clone();
        holds.void_expired(now);
        let found = match words[..] {
            ["standing", _] => format!("standing {}", account.standing().word()),
            ["cash", _] => format!("cash {}", account.cash()),
            ["owed", _] => format!("owed {}", account.debt()),
            ["unsettled", _] => format!("unsettled {}", account.unsettled()),
            ["available", _] => format!("available {}", account.available(&holds)),
            ["served", _] => format!("served {}", self.served),
            ["refused", _] => format!("refused {}", self.refused.join(" ")),
            ["left", _, "in", "lot", no] => {
                let no: usize = no.parse().map_err(|_| "lots have numbers")?;
                let lot = account.lots().get(no - 1).ok_or("there is no such lot")?;
                format!("left {} in lot {no}", lot.left())
            }
            _ if self.recent.iter().any(|line| line == expected) => expected.to_owned(),
            _ => self.recent.join("\n  "),
        };
        if found == expected { Ok(()) } else { Err(format!("expected {expected}\n  found {found}")) }
    }

    /// Does what a line says, and gives the sentences that answer it beside its events.
    fn act(&mut self, now: Timestamp, action: &Action) -> Result<Vec<String>, String> {
        let Stage { context, account, journal: out, .. } = self;
        let context = *context;
        let key = |key: &Option<u128>| key.map(|key| Key(ChargeId(key)));
        let done =
            |is_repeated| if is_repeated { vec!["already done under this key".to_owned()] } else { vec![] };
        let answer = match action {
            Action::TopUp { amount, key: k } => {
                account.top_up(context, *amount, key(k), now, out).map(|o| done(o.repeated))
            }
            Action::Enable { place: (api, region), mode } => {
                account.subscribe(context, (api, region), *mode, now, out).map(|()| vec![])
            }
            Action::Disable { place: (api, region) } => {
                account.unsubscribe(context, (api, region), now, out).map(|()| vec![])
            }
            Action::Buy { calls, place: (api, region), key: k } => account
                .buy_package(context, (api, region, *calls), CouponChoice::Automatic, key(k), now, out)
                .map(|o| done(o.repeated)),
            Action::Give(gift) => {
                account.grant_lot(context, new_lot(gift, now), None, now, out).map(|o| done(o.repeated))
            }
            Action::Commerce(action) => super::commerce::act(account, context, action, now, out),
            Action::ChangeTier(tier) => {
                account.change_tier(context, *tier, now, out);
                Ok(vec![format!("tier {tier}")])
            }
            Action::Alert(setting) => {
                let alerts = *account.alerts();
                account.set_alerts(context, changed(alerts, setting), now, out).map(|()| vec![])
            }
            Action::SetBudget(budget) => {
                account.set_budget(context, budget.clone(), now, out).map(|()| vec![])
            }
            Action::RemoveBudget(name) => account.remove_budget(context, name, now, out).map(|()| vec![]),
            Action::Calls { times, place, project } => {
                return Ok(self.calls(now, *times, place, project.as_ref()));
            }
            Action::Begin { call, place: (api, region), project } => {
                self.next_charge += 1;
                let (id, project) = (ChargeId(self.next_charge), project.as_ref());
                let given = account.authorise(
                    &mut self.holds,
                    context,
                    id,
                    CallFor { api, region, enterprise_project: project, units: 1 },
                    now,
                    out,
                );
                given.map(|given| {
                    let sentence = format!("permitted, from {}", given.pocket.word().replace('_', "-"));
                    self.under_way.insert(call.clone(), given);
                    vec![sentence]
                })
            }
            Action::Finish { call } => {
                let given = self.under_way.get(call).ok_or("no such call")?;
                let receipt = account.commit(&mut self.holds, context, given, 1, now, out);
                receipt.map(|receipt| {
                    self.served += 1;
                    vec![format!("1 call served: {}", of_receipt(&receipt))]
                })
            }
            Action::Cancel { call } => {
                let given = self.under_way.get(call).ok_or("no such call")?;
                account.void(&mut self.holds, given);
                Ok(vec!["nothing charged".into()])
            }
            Action::Forecast { until } => Ok(foresight::forecast(context, account, now, *until)),
            Action::Diagnose => Ok(foresight::diagnosis(context, account, out, now)),
            Action::Wait | Action::Expect(_) => Ok(vec![]),
        };
        Ok(answer.unwrap_or_else(|refusal| self.refusal(1, &refusal)))
    }

    /// Makes calls one after the other, and tells them in groups of the same answer.
    fn calls(
        &mut self,
        now: Timestamp,
        times: u64,
        (api, region): &(Name, Name),
        project: Option<&Name>,
    ) -> Vec<String> {
        let mut groups: Vec<(u64, Result<String, Refusal>)> = Vec::new();
        for _ in 0..times {
            self.next_charge += 1;
            let id = ChargeId(self.next_charge);
            let (holds, out, context) = (&mut self.holds, &mut self.journal, self.context);
            let given = self.account.authorise(
                holds,
                context,
                id,
                CallFor { api, region, enterprise_project: project, units: 1 },
                now,
                out,
            );
            let receipt = given.and_then(|given| self.account.commit(holds, context, &given, 1, now, out));
            self.served += u64::from(receipt.is_ok());
            let answer = receipt.map(|receipt| of_receipt(&receipt));
            match groups.last_mut() {
                Some((calls, same)) if *same == answer => *calls += 1,
                _ => groups.push((1, answer)),
            }
        }
        let tell = |(calls, answer): (u64, Result<String, Refusal>)| match answer {
            Ok(from) => vec![format!("{} served: {from}", count(calls))],
            Err(refusal) => self.refusal(calls, &refusal),
        };
        groups.into_iter().flat_map(tell).collect()
    }

    fn refusal(&mut self, calls: u64, refusal: &Refusal) -> Vec<String> {
        self.refused.push(refusal.word());
        let times = if calls == 1 { String::new() } else { format!(" {calls} times") };
        vec![format!("refused{times} ({}): {refusal}", refusal.word()), format!("cure: {}", refusal.cure())]
    }
}

fn changed(alerts: Alerts, setting: &AlertSetting) -> Alerts {
    match *setting {
        AlertSetting::Balance(balance) => Alerts { balance, ..alerts },
        AlertSetting::Hours(empty_within_hours) => Alerts { empty_within_hours, ..alerts },
        AlertSetting::Percent(package_percent) => Alerts { package_percent, ..alerts },
        AlertSetting::Calls(package_calls) => Alerts { package_calls, ..alerts },
        AlertSetting::Days(expiry_days) => Alerts { expiry_days, ..alerts },
    }
}

fn new_lot(gift: &Gift, now: Timestamp) -> NewLot {
    NewLot {
        api: gift.place.0.clone(),
        region: gift.place.1.clone(),
        source: gift.source,
        units: gift.calls,
        effective_at: gift.from.unwrap_or(now),
        expires_at: gift.to,
        enterprise_project: gift.project.clone(),
        price: gift.price,
    }
}
