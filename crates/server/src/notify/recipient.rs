//! Recipients: what they may be, and which notices they get.
//!
//! Addresses come from outside and end up in mail headers, in requests to other machines and in the carrier's
//! network. So they are checked when they come in, and again where they are used.

use charging::NoticeCategory;
use ledger::directory::RecipientRow;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::rules::Quiet;
use super::text::Language;

/// The longest address, in bytes.
const ADDRESS_LIMIT_BYTES: usize = 512;
/// The largest daily cap.
const DAILY_CAP_LIMIT: u32 = 10_000;

/// How a recipient is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Email.
    Email,
    /// Short message.
    Sms,
    /// Signed webhook.
    Webhook,
}

impl Channel {
    /// All channels.
    pub const ALL: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Webhook];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Webhook => "webhook",
        }
    }

    /// The channel of a word.
    pub fn of_word(word: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// A recipient as it is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRecipient {
    /// By which channel.
    pub kind: Channel,
    /// Where to.
    pub address: String,
    /// In which language.
    #[serde(default = "chinese")]
    pub language: Language,
    /// Which categories of notices; all, if none is named.
    #[serde(default)]
    pub categories: Vec<NoticeCategory>,
    /// When nothing is sent that is not urgent.
    #[serde(default, deserialize_with = "wire::object::optional")]
    pub quiet_hours: Option<QuietText>,
    /// How many messages a day at most.
    pub daily_cap: Option<u32>,
    /// Whether it gets anything.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// Quiet hours as they are written: `{"from": "22:00", "to": "08:00"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietText {
    /// The first minute.
    pub from: String,
    /// The first minute after them.
    pub to: String,
}

fn chinese() -> Language {
    Language::Zh
}

fn yes() -> bool {
    true
}

impl NewRecipient {
    /// Checks it; gives its quiet hours.
    ///
    /// # Errors
    /// What is wrong, in words the caller can act on.
    pub fn check(&self, allow_private_hosts: bool) -> Result<Option<Quiet>, String> {
        check_address(self.kind, &self.address, allow_private_hosts)?;
        if self.daily_cap.is_some_and(|cap| cap == 0 || cap > DAILY_CAP_LIMIT) {
            return Err(format!("daily_cap is 1 to {DAILY_CAP_LIMIT}, or null for none"));
        }
        let Some(quiet) = &self.quiet_hours else { return Ok(None) };
        let (from, to) = (minute(&quiet.from)?, minute(&quiet.to)?);
        Quiet::new(from, to).map(Some).ok_or_else(|| "quiet_hours: from and to are the same".into())
    }

    /// The words of the categories, as the directory keeps them.
    pub fn category_words(&self) -> String {
        let named = NoticeCategory::ALL.into_iter().filter(|category| self.categories.contains(category));
        named.map(NoticeCategory::word).collect::<Vec<_>>().join(" ")
    }
}

/// Reads a time of day: `22:00`.
fn minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("quiet_hours: {text:?} is no time of day; write it like 22:00");
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) = text.split_once(':').filter(|(h, m)| digits(h) && digits(m)).ok_or_else(wrong)?;
    let (hour, minute): (u16, u16) =
        (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
    if hour > 23 || minute > 59 { Err(wrong()) } else { Ok(hour * 60 + minute) }
}

/// Checks an address by its form. Whether a webhook's host is public is asked when it is called, for the answer
/// may change.
///
/// # Errors
/// What is wrong with it.
pub fn check_address(channel: Channel, address: &str, allow_private_hosts: bool) -> Result<(), String> {
    if address.is_empty() || address.len() > ADDRESS_LIMIT_BYTES {
        return Err(format!("an address has 1 to {ADDRESS_LIMIT_BYTES} bytes"));
    }
    if address.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err("an address has no spaces, line breaks or other invisible letters".into());
    }
    match channel {
        Channel::Email => {
            let parsed: Result<lettre::Address, _> = address.parse();
            let parsed = parsed.map_err(|problem| format!("{address:?} is no email address: {problem}"))?;
            if parsed.domain().contains('.') || allow_private_hosts {
                Ok(())
            } else {
                Err(format!("{address:?} is no email address: its domain is not a full name"))
            }
        }
        Channel::Sms => {
            let digits = address.strip_prefix('+').unwrap_or_default();
            let is_number = (7..=15).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0');
            if is_number {
                Ok(())
            } else {
                Err("a phone number is written as in E.164: +, country code and number, like +8613800138000"
                    .into())
            }
        }
        Channel::Webhook => {
            let url = Url::parse(address).map_err(|problem| format!("not a URL: {problem}"))?;
            if url.scheme() != "https" && !(allow_private_hosts && url.scheme() == "http") {
                return Err("a webhook is an https URL".into());
            }
            if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
                return Err("a webhook's URL has no user, password or fragment".into());
            }
            if allow_private_hosts {
                return Ok(());
            }
            let inside = match url.host() {
                Some(url::Host::Ipv4(address)) => !crate::outside::is_public(address.into()),
                Some(url::Host::Ipv6(address)) => !crate::outside::is_public(address.into()),
                Some(url::Host::Domain(name)) => !name.trim_end_matches('.').contains('.'),
                None => true,
            };
            if inside || url.port().is_some_and(|port| port != 443) {
                return Err("a webhook's host is a public one, on port 443".into());
            }
            Ok(())
        }
    }
}

/// True if a recipient gets the notices of a category.
pub fn gets(row: &RecipientRow, category: NoticeCategory) -> bool {
    row.enabled
        && (row.categories.is_empty() || row.categories.split(' ').any(|word| word == category.word()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (channel, good) in [
            (Channel::Email, "ops@example.com"),
            (Channel::Email, "o'brien+alerts@mail.example.co.uk"),
            (Channel::Sms, "+8613800138000"),
            (Channel::Sms, "+14155550100"),
            (Channel::Webhook, "https://hooks.example.com/inkmeter?team=1"),
            (Channel::Webhook, "https://1.1.1.1/hook"),
        ] {
            assert_eq!(check_address(channel, good, false), Ok(()), "{good}");
        }
        for (channel, bad) in [
            (Channel::Email, "ops"),
            (Channel::Email, "ops@localhost"),
            (Channel::Email, "ops@example.com\r\nBcc: all@example.com"),
            (Channel::Email, "ops@example.com\n"),
            (Channel::Email, "a b@example.com"),
            (Channel::Email, "Ops <ops@example.com>"),
            (Channel::Email, "ops@example.com,more@example.com"),
            (Channel::Sms, "13800138000"),
            (Channel::Sms, "+0123456789"),
            (Channel::Sms, "+86138"),
            (Channel::Sms, "+1234567890123456"),
            (Channel::Sms, "+86138\u{0}0138000"),
            (Channel::Webhook, "http://hooks.example.com/"),
            (Channel::Webhook, "https://user:secret@hooks.example.com/"),
            (Channel::Webhook, "https://127.0.0.1/"),
            (Channel::Webhook, "https://[::1]/"),
            (Channel::Webhook, "https://169.254.169.254/latest"),
            (Channel::Webhook, "https://2130706433/"),
            (Channel::Webhook, "https://localhost/"),
            (Channel::Webhook, "https://hooks.example.com:8443/"),
            (Channel::Webhook, "file:///etc/passwd"),
            (Channel::Webhook, "https://hooks.example.com/\r\nX: y"),
        ] {
            assert!(check_address(channel, bad, false).is_err(), "{bad:?}");
        }
        assert_eq!(check_address(Channel::Webhook, "http://127.0.0.1:9000/hook", true), Ok(()));
        assert!(check_address(Channel::Webhook, "ftp://127.0.0.1/", true).is_err());
    }

    #[test]
    fn what_is_asked_for_is_checked() {
        let read = |text: &str| serde_json::from_str::<NewRecipient>(text).map_err(|error| error.to_string());
        let ask = |text: &str| read(text).and_then(|new| new.check(false));
        let base = r#""kind":"email","address":"ops@example.com""#;
        assert_eq!(ask(&format!("{{{base}}}")), Ok(None));
        let quiet = ask(&format!(r#"{{{base},"quiet_hours":{{"from":"22:00","to":"08:30"}}}}"#));
        assert_eq!(quiet, Ok(Quiet::new(22 * 60, 8 * 60 + 30)));
        for wrong in [
            r#""quiet_hours":{"from":"22:00","to":"22:00"}"#,
            r#""quiet_hours":{"from":"24:00","to":"08:00"}"#,
            r#""quiet_hours":{"from":"8:00","to":"09:00"}"#,
            r#""quiet_hours":{"from":"+1:00","to":"09:00"}"#,
            r#""daily_cap":0"#,
            r#""categories":["weather"]"#,
            r#""language":"fr""#,
            r#""colour":"red""#,
        ] {
            assert!(ask(&format!("{{{base},{wrong}}}")).is_err(), "{wrong}");
        }
        let words = read(&format!(r#"{{{base},"categories":["bill","arrears","bill"]}}"#)).unwrap();
        assert_eq!(words.category_words(), "arrears bill");
    }
}
