//! What messages say: one place for every kind, language and form.
//!
//! Each language gives the same [`Words`] for a matter: what happened, the figures, why, what to do, until when.
//! The forms are made from them here, so that a text body, an HTML body and a short message never disagree.

mod en;
mod forms;
mod reasons;
mod zh;

use charging::{ArrearsReasons, BillRounding, Money, Name, Timestamp, Zone};
use ledger::outbox::Matter;
use serde::{Deserialize, Serialize};

pub use forms::{Message, message};

/// The language a recipient is written to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Simplified Chinese.
    #[serde(alias = "zh-CN")]
    Zh,
    /// English.
    En,
}

impl Language {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Language::Zh => "zh",
            Language::En => "en",
        }
    }

    /// The language of a word.
    pub fn of_word(word: &str) -> Option<Language> {
        [Language::Zh, Language::En].into_iter().find(|language| language.word() == word)
    }
}

/// What a message needs to know beside its matter.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The account's name; empty for a message that is no account's.
    pub account: String,
    /// The account's zone: instants are written in it.
    pub zone: Zone,
    /// How the account's policy states the total of a month.
    pub rounding: BillRounding,
    /// The currency of the price list.
    pub currency: String,
    /// The instant of the notice.
    pub at: Timestamp,
    /// What a summary counts: the words of the notices that were kept back, and how many of each.
    pub capped: Vec<(String, u64)>,
    /// What the member is called that a notice tells of.
    pub member: Option<String>,
    /// Why the arrears began that a notice tells of.
    pub reasons: Option<ArrearsReasons>,
    /// Where the console is; empty where the configuration does not say.
    pub console: String,
}

/// A matter in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    /// Subject of an email.
    subject: String,
    /// The whole of a short message.
    sms: String,
    /// What happened.
    what: String,
    /// The figures, each with its label.
    figures: Vec<(&'static str, String)>,
    /// Why it happened.
    why: String,
    /// What to do about it.
    todo: String,
    /// Until when, and what happens then.
    until: Option<String>,
}

/// The words around those of the matter.
struct Frame {
    lang: &'static str,
    figures: &'static str,
    why: &'static str,
    todo: &'static str,
    until: &'static str,
    /// Who sends this and why.
    footer: String,
    /// What stands before the console's address.
    console: &'static str,
    /// What stands before the address of its page of recipients.
    recipients: &'static str,
}

impl Facts {
    /// A member's name; its id, where the account is not known any more.
    fn member<'a>(&'a self, id: &'a Name) -> &'a str {
        self.member.as_deref().unwrap_or(id.as_str())
    }

    fn money(&self, amount: Money) -> String {
        format!("{amount} {}", self.currency)
    }

    /// A month's total as the bill states it.
    fn stated(&self, total: Money) -> Money {
        self.rounding.stated(total)
    }

    /// Where the console's page of recipients is, for a message that is an account's; none where the configuration names
    /// no console, or a page that is not its beginning.
    fn recipients_page(&self) -> Option<String> {
        let mut url = url::Url::parse(&self.console).ok().filter(|_| !self.account.is_empty())?;
        if !matches!(url.path().trim_end_matches('/'), "" | "/console") {
            return None;
        }
        url.set_path("/console/recipients");
        url.set_query(None);
        url.set_fragment(None);
        Some(url.into())
    }

    /// An instant to the second: `2026-12-09 15:00:00 +08:00`.
    fn instant(&self, at: Timestamp) -> String {
        let text = at.in_zone(self.zone);
        let (time, offset) = text.split_at(text.len().min(19));
        format!("{} {offset}", time.replacen('T', " ", 1))
    }

    /// The day of an instant: `2026-12-09`.
    fn date(&self, at: Timestamp) -> String {
        at.in_zone(self.zone).chars().take(10).collect()
    }

    /// What each of the days before one cost, the latest first; none if there are none.
    fn days_before(&self, day: Timestamp, amounts: &[Money], comma: &str) -> Option<String> {
        let of = |(back, amount): (u16, &Money)| {
            format!("{} {}", self.date(day.minus_days(back)), self.money(*amount))
        };
        let days: Vec<String> = (1..).zip(amounts).map(of).collect();
        (!days.is_empty()).then(|| days.join(comma))
    }

    /// An instant to the minute, as short as it can be without doubt: `2026-12-09 15:00+08:00`.
    fn minute(&self, at: Timestamp) -> String {
        let text = at.in_zone(self.zone);
        let (time, offset) = text.split_at(text.len().min(19));
        format!("{}{offset}", time[..time.len().min(16)].replacen('T', " ", 1))
    }
}

fn words(language: Language, matter: &Matter, facts: &Facts) -> Words {
    match language {
        Language::Zh => zh::words(matter, facts),
        Language::En => en::words(matter, facts),
    }
}

fn frame(language: Language, facts: &Facts) -> Frame {
    match language {
        Language::Zh => zh::frame(facts),
        Language::En => en::frame(facts),
    }
}

#[cfg(test)]
mod tests;
