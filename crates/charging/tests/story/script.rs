//! Reading scripts.

use charging::{Budget, Money, Name, Source, SubscriptionMode, Tier, Timestamp};

/// A whole script.
pub struct Script {
    pub policy: String,
    pub tier: Tier,
    pub settlement_delay_minutes: u16,
    /// API, price in decimal text, from when.
    pub prices: Vec<(Name, String, Timestamp)>,
    pub lines: Vec<Line>,
}

/// What happens at an instant.
pub struct Line {
    pub number: usize,
    pub at: Timestamp,
    pub text: String,
    pub action: Action,
}

/// An API in a region.
pub type Place = (Name, Name);

pub enum Action {
    TopUp { amount: Money, key: Option<u128> },
    Enable { place: Place, mode: SubscriptionMode },
    Disable { place: Place },
    Buy { calls: u64, place: Place, key: Option<u128> },
    Give(Gift),
    Calls { times: u64, place: Place, project: Option<Name> },
    Begin { call: String, place: Place, project: Option<Name> },
    Finish { call: String },
    Cancel { call: String },
    ChangeTier(Tier),
    Diagnose,
    Forecast { until: Timestamp },
    Alert(AlertSetting),
    SetBudget(Budget),
    RemoveBudget(Name),
    Wait,
    Expect(String),
    Commerce(super::commerce::Action),
}

/// One of the alert settings; nothing turns it off.
pub enum AlertSetting {
    Balance(Option<Money>),
    Hours(Option<u32>),
    Percent(Option<u8>),
    Calls(Option<u64>),
    Days(u8),
}

pub struct Gift {
    pub calls: u64,
    pub place: Place,
    pub source: Source,
    pub from: Option<Timestamp>,
    pub to: Timestamp,
    pub project: Option<Name>,
    pub price: Money,
}

pub struct Words<'a>(std::iter::Peekable<std::str::SplitWhitespace<'a>>);

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Words<'a> {
        Words(text.split_whitespace().peekable())
    }

    pub fn next(&mut self, what: &str) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| format!("{what} is missing"))
    }

    pub fn parse<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, String> {
        let word = self.next(what)?;
        word.parse().map_err(|_| format!("{word:?} is no {what}"))
    }

    pub fn take(&mut self, word: &str) -> bool {
        self.0.next_if_eq(&word).is_some()
    }

    pub fn must(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) { Ok(()) } else { Err(format!("{word:?} is missing before {:?}", self.0.peek())) }
    }

    pub fn end(&mut self) -> Result<(), String> {
        self.0.peek().map_or(Ok(()), |word| Err(format!("{word:?} is not understood")))
    }

    pub fn place(&mut self) -> Result<Place, String> {
        let api = self.parse("API")?;
        self.must("in")?;
        Ok((api, self.parse("region")?))
    }

    pub fn key(&mut self) -> Result<Option<u128>, String> {
        if !self.take("with") {
            return Ok(None);
        }
        self.must("key")?;
        self.parse("key").map(Some)
    }

    fn project(&mut self) -> Result<Option<Name>, String> {
        if !self.take("for") {
            return Ok(None);
        }
        self.must("project")?;
        self.parse("project").map(Some)
    }

    /// A day with or without a time; without one, the given time of it.
    pub fn instant(&mut self, time: &str) -> Result<Timestamp, String> {
        let day = self.next("a day")?;
        let written = self.0.next_if(|word| word.contains(':'));
        instant(day, written.unwrap_or(time))
    }
}

/// An instant in Beijing.
fn instant(day: &str, time: &str) -> Result<Timestamp, String> {
    Timestamp::parse(&format!("{day}T{time}+08:00"))
}

impl Script {
    pub fn read(text: &str) -> Result<Script, String> {
        let mut script = Script {
            policy: "intl".into(),
            tier: Tier::V0,
            settlement_delay_minutes: 0,
            prices: Vec::new(),
            lines: Vec::new(),
        };
        let mut day = String::new();
        for (index, text) in text.lines().enumerate() {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let number = index + 1;
            script.read_line(number, text, &mut day).map_err(|why| format!("line {number}: {why}"))?;
        }
        Ok(script)
    }

    fn read_line(&mut self, number: usize, text: &str, day: &mut String) -> Result<(), String> {
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        if !first.starts_with(|c: char| c.is_ascii_digit()) {
            return self.read_terms(text);
        }
        let (time, sentence) = if first.contains(':') {
            (first, rest)
        } else {
            *day = first.to_owned();
            rest.split_once(' ').ok_or("a sentence is missing")?
        };
        let at = instant(day, time)?;
        if self.lines.last().is_some_and(|before| before.at > at) {
            return Err("it lies before the line above".into());
        }
        let text = sentence.trim().to_owned();
        let action = action(&text)?;
        self.lines.push(Line { number, at, text, action });
        Ok(())
    }

    fn read_terms(&mut self, text: &str) -> Result<(), String> {
        for term in text.split(',') {
            let mut words = Words::of(term);
            match words.next("a term")? {
                "policy" => self.policy = words.next("policy")?.to_owned(),
                "tier" => self.tier = words.parse("tier")?,
                "settlement" => {
                    self.settlement_delay_minutes = words.parse("number of minutes")?;
                    ["minutes", "after", "the", "hour"].iter().try_for_each(|word| words.must(word))?;
                }
                "price" => {
                    let (api, price) = (words.parse("API")?, words.next("a price")?.to_owned());
                    let from = if words.take("from") { words.instant("00:00:00")? } else { Timestamp::EPOCH };
                    self.prices.push((api, price, from));
                }
                other => return Err(format!("{other:?} is not understood")),
            }
            words.end()?;
        }
        Ok(())
    }
}

fn action(sentence: &str) -> Result<Action, String> {
    if let Some(action) = super::commerce::read(sentence)? {
        return Ok(Action::Commerce(action));
    }
    let mut words = Words::of(sentence);
    let action = match words.next("a sentence")? {
        "top" => {
            words.must("up")?;
            Action::TopUp { amount: words.parse("amount")?, key: words.key()? }
        }
        "enable" => {
            let place = words.place()?;
            let mode = if words.take("for") {
                words.must("packages")?;
                words.must("only")?;
                SubscriptionMode::PackageOnly
            } else {
                SubscriptionMode::PayPerUse
            };
            Action::Enable { place, mode }
        }
        "disable" => Action::Disable { place: words.place()? },
        "buy" => {
            let calls = calls(&mut words)?;
            Action::Buy { calls, place: words.place()?, key: words.key()? }
        }
        "give" => Action::Give(gift(&mut words)?),
        "begin" => {
            words.must("call")?;
            let call = words.next("the call's name")?.to_owned();
            words.must("of")?;
            Action::Begin { call, place: words.place()?, project: words.project()? }
        }
        "finish" => {
            words.must("call")?;
            Action::Finish { call: words.next("the call's name")?.to_owned() }
        }
        "cancel" => {
            words.must("call")?;
            Action::Cancel { call: words.next("the call's name")?.to_owned() }
        }
        "change" => {
            words.must("tier")?;
            words.must("to")?;
            Action::ChangeTier(words.parse("tier")?)
        }
        "diagnose" => Action::Diagnose,
        "forecast" => {
            words.must("until")?;
            Action::Forecast { until: words.instant("23:59:59.999")? }
        }
        "alert" => Action::Alert(alert(&mut words)?),
        "budget" => Action::SetBudget(budget(&mut words)?),
        "remove" => {
            words.must("budget")?;
            Action::RemoveBudget(words.parse("budget")?)
        }
        "wait" => Action::Wait,
        "expect" => {
            let (_, expected) = sentence.split_once(' ').ok_or("what to expect is missing")?;
            return Ok(Action::Expect(expected.trim().to_owned()));
        }
        number if number.bytes().all(|b| b.is_ascii_digit()) => {
            let mut words = Words::of(sentence);
            let times = calls(&mut words)?;
            let (place, project) = (words.place()?, words.project()?);
            words.end()?;
            return Ok(Action::Calls { times, place, project });
        }
        other => return Err(format!("{other:?} is not understood")),
    };
    words.end()?;
    Ok(action)
}

fn alert(words: &mut Words<'_>) -> Result<AlertSetting, String> {
    fn value<T: std::str::FromStr>(words: &mut Words<'_>) -> Result<Option<T>, String> {
        if words.take("off") { Ok(None) } else { words.parse("a value").map(Some) }
    }
    Ok(match words.next("an alert")? {
        "balance" => AlertSetting::Balance(value(words)?),
        "hours" => AlertSetting::Hours(value(words)?),
        "percent" => AlertSetting::Percent(value(words)?),
        "calls" => AlertSetting::Calls(value(words)?),
        "days" => AlertSetting::Days(value(words)?.unwrap_or(0)),
        other => return Err(format!("{other:?} is no alert")),
    })
}

fn budget(words: &mut Words<'_>) -> Result<Budget, String> {
    let (name, amount) = (words.parse("a name")?, words.parse("amount")?);
    let api = if words.take("of") { Some(words.parse("API")?) } else { None };
    let region = if words.take("in") { Some(words.parse("region")?) } else { None };
    let enterprise_project = words.project()?;
    let mut percents = Vec::new();
    if words.take("at") {
        while words.0.peek().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) {
            percents.push(words.parse("percentage")?);
        }
    }
    let forecast = words.take("with");
    if forecast {
        words.must("forecast")?;
    }
    Ok(Budget { name, amount, api, region, enterprise_project, percents, forecast })
}

pub fn calls(words: &mut Words<'_>) -> Result<u64, String> {
    let calls = words.parse("number of calls")?;
    if !words.take("call") {
        words.must("calls")?;
    }
    words.must("of")?;
    Ok(calls)
}

fn gift(words: &mut Words<'_>) -> Result<Gift, String> {
    let (calls, place) = (calls(words)?, words.place()?);
    words.must("as")?;
    let source = match words.next("source")? {
        "free" => Source::Free,
        "promotion" => Source::Promotion,
        "package" => Source::Package,
        other => return Err(format!("{other:?} is no source")),
    };
    let from = if words.take("from") { Some(words.instant("00:00:00")?) } else { None };
    words.must("to")?;
    let to = words.instant("23:59:59.999")?;
    let price = if words.take("at") { words.parse("price")? } else { Money::ZERO };
    Ok(Gift { calls, place, source, from, to, project: words.project()?, price })
}
