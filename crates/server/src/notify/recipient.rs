//! Recipients: what they may be, and which notices they get.
//!
//! Addresses come from outside and end up in mail headers, in requests to other machines and in the carrier's
//! network. So they are checked when they come in, and again where they are used.

use charging::NoticeCategory;
use ledger::directory::RecipientRow;
use reqwest::Url;
use serde::{Deserialize, Deserializer, Serialize};

use super::rules::Quiet;
use super::text::Language;

/// The longest address, in bytes.
const ADDRESS_LIMIT_BYTES: usize = 512;
/// The largest daily cap.
const DAILY_CAP_LIMIT: u32 = 10_000;
/// How many short messages a day a number gets at most, unless its owner says otherwise.
const SMS_DAILY_CAP: u32 = 20;

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

    /// How many messages a day a recipient gets at most if nothing is said about it: short messages cost money and wake
    /// people.
    pub fn usual_daily_cap(self) -> Option<u32> {
        match self {
            Channel::Sms => Some(SMS_DAILY_CAP),
            Channel::Email | Channel::Webhook => None,
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
    pub channel: Channel,
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
    /// How many messages a day at most; null for any number, and what [`Channel::usual_daily_cap`] says if not named.
    #[serde(default, deserialize_with = "named")]
    pub daily_cap: Option<Option<u32>>,
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
        check_address(self.channel, &self.address, allow_private_hosts)?;
        check_daily_cap(self.daily_cap.flatten())?;
        self.quiet_hours.as_ref().map(QuietText::read).transpose()
    }

    /// How many messages a day at most.
    pub fn daily_cap(&self) -> Option<u32> {
        self.daily_cap.unwrap_or_else(|| self.channel.usual_daily_cap())
    }

    /// The words of the categories, as the directory keeps them.
    pub fn category_words(&self) -> String {
        category_words(&self.categories)
    }
}

/// What of a recipient is changed; what is not named stays as it is. Channel and address never change: another address is
/// another recipient.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientChange {
    /// In which language.
    pub language: Option<Language>,
    /// Which categories of notices; all, if the list is empty.
    pub categories: Option<Vec<NoticeCategory>>,
    /// When nothing is sent that is not urgent; null for never.
    #[serde(default, deserialize_with = "named")]
    pub quiet_hours: Option<Option<QuietText>>,
    /// How many messages a day at most; null for any number.
    #[serde(default, deserialize_with = "named")]
    pub daily_cap: Option<Option<u32>>,
    /// Whether it gets anything.
    pub enabled: Option<bool>,
}

/// Tells null from absent.
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

impl RecipientChange {
    /// Checks it; gives what it does to a recipient.
    ///
    /// # Errors
    /// What is wrong, in words the caller can act on.
    pub fn check(self) -> Result<impl FnOnce(&mut RecipientRow), String> {
        check_daily_cap(self.daily_cap.flatten())?;
        let quiet = match &self.quiet_hours {
            Some(Some(quiet)) => Some(Some(quiet.read()?.minutes())),
            Some(None) => Some(None),
            None => None,
        };
        Ok(move |row: &mut RecipientRow| {
            if let Some(language) = self.language {
                row.language = language.word().into();
            }
            if let Some(categories) = &self.categories {
                row.categories = category_words(categories);
            }
            row.quiet_minutes = quiet.unwrap_or(row.quiet_minutes);
            row.daily_cap = self.daily_cap.unwrap_or(row.daily_cap);
            row.enabled = self.enabled.unwrap_or(row.enabled);
        })
    }
}

fn check_daily_cap(cap: Option<u32>) -> Result<(), String> {
    match cap {
        Some(cap) if cap == 0 || cap > DAILY_CAP_LIMIT => {
            Err(format!("daily_cap is 1 to {DAILY_CAP_LIMIT}, or null for none"))
        }
        _ => Ok(()),
    }
}

/// The words of categories, each once, in their order.
fn category_words(categories: &[NoticeCategory]) -> String {
    let named = NoticeCategory::ALL.into_iter().filter(|category| categories.contains(category));
    named.map(NoticeCategory::word).collect::<Vec<_>>().join(" ")
}

impl QuietText {
    fn read(&self) -> Result<Quiet, String> {
        let (from, to) = (minute(&self.from)?, minute(&self.to)?);
        Quiet::new(from, to).ok_or_else(|| "quiet_hours: from and to are the same".into())
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

/// True if a recipient gets the notices of a category, now or when it is resumed.
pub fn gets(row: &RecipientRow, category: NoticeCategory) -> bool {
    row.categories.is_empty() || row.categories.split(' ').any(|word| word == category.word())
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
        let base = r#""channel":"email","address":"ops@example.com""#;
        assert_eq!(ask(&format!("{{{base}}}")), Ok(None));
        let quiet = ask(&format!(r#"{{{base},"quiet_hours":{{"from":"22:00","to":"08:30"}}}}"#));
        assert_eq!(quiet, Ok(Quiet::new(22 * 60, 8 * 60 + 30)));
        for wrong in [
            r#""quiet_hours":{"from":"22:00","to":"22:00"}"#,
            r#""quiet_hours":{"from":"24:00","to":"08:00"}"#,
            r#""quiet_hours":{"from":"8:00","to":"09:00"}"#,
            r#""quiet_hours":{"from":"+1:00","to":"09:00"}"#,
            r#""daily_cap":0"#,
            r#""daily_cap":10001"#,
            r#""categories":["weather"]"#,
            r#""language":"fr""#,
            r#""colour":"red""#,
        ] {
            assert!(ask(&format!("{{{base},{wrong}}}")).is_err(), "{wrong}");
        }
        let words = read(&format!(r#"{{{base},"categories":["bill","arrears","bill"]}}"#)).unwrap();
        assert_eq!(words.category_words(), "arrears bill");
        let cap = |text: &str| read(text).unwrap().daily_cap();
        let sms = r#""channel":"sms","address":"+8613800138000""#;
        assert_eq!((cap(&format!("{{{base}}}")), cap(&format!("{{{sms}}}"))), (None, Some(20)));
        let capped = |cap_text: &str| cap(&format!(r#"{{{sms},"daily_cap":{cap_text}}}"#));
        assert_eq!((capped("3"), capped("null")), (Some(3), None));
    }

    #[test]
    fn a_change_leaves_alone_what_it_does_not_name() {
        let before = RecipientRow {
            recipient_id: "r".into(),
            account_id: "a".into(),
            channel: "email".into(),
            address: "ops@example.com".into(),
            language: "zh".into(),
            categories: "bill".into(),
            quiet_minutes: Some((60, 120)),
            daily_cap: Some(3),
            enabled: true,
            sealed_secret: None,
            created_at_ms: 1,
            confirmed_at_ms: Some(1),
        };
        let changed = |text: &str| {
            let change: RecipientChange = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let mut row = before.clone();
            change.check()?(&mut row);
            Ok::<_, String>(row)
        };
        assert_eq!(changed("{}"), Ok(before.clone()));
        let all = changed(
            r#"{"language":"en","categories":["budget","arrears"],"quiet_hours":{"from":"22:00","to":"08:00"},
                "daily_cap":7,"enabled":false}"#,
        );
        let expected = RecipientRow {
            language: "en".into(),
            categories: "arrears budget".into(),
            quiet_minutes: Some((22 * 60, 8 * 60)),
            daily_cap: Some(7),
            enabled: false,
            ..before.clone()
        };
        assert_eq!(all, Ok(expected));
        let none = changed(r#"{"categories":[],"quiet_hours":null,"daily_cap":null}"#).unwrap();
        assert_eq!((none.categories.as_str(), none.quiet_minutes, none.daily_cap), ("", None, None));
        for wrong in [
            r#"{"address":"other@example.com"}"#,
            r#"{"daily_cap":0}"#,
            r#"{"quiet_hours":{"from":"22:00","to":"22:00"}}"#,
            r#"{"categories":["weather"]}"#,
            r#"{"language":"fr"}"#,
        ] {
            assert!(changed(wrong).is_err(), "{wrong}");
        }
    }
}
