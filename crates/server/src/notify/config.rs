//! `[notify]` of the configuration: which channels there are and how they are reached.
//!
//! Secrets never stand in the file: it names an environment variable or another file that has them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::recipient::{Channel, check_address};
use super::text::Language;
use crate::clock::parse_duration_ms;

/// Everything about notices that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// How many attempts a delivery gets before it is given up.
    pub attempts: u32,
    /// The pause after the first failed attempt, in seconds; it doubles with each.
    pub first_pause_s: u32,
    /// The longest pause, in seconds.
    pub longest_pause_s: u32,
    /// How long finished deliveries are kept, in days.
    pub keep_days: u32,
    /// Whether an address a customer adds must first give back a code that is sent to it.
    pub confirm_recipients: bool,
    /// Email.
    pub email: EmailConfig,
    /// Short messages.
    pub sms: SmsConfig,
    /// Webhooks.
    pub webhook: WebhookConfig,
    /// Recipients that are told of every account.
    #[serde(default)]
    pub operator: Vec<OperatorConfig>,
    /// The message that proves that messages arrive.
    pub canary: CanaryConfig,
}

/// How email is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// The mail server; empty: no email is sent.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made secret.
    pub security: Security,
    /// Who signs in; empty: nobody does.
    pub user: String,
    /// The environment variable with the password.
    pub password_env: String,
    /// The file with the password.
    pub password_file: PathBuf,
    /// The sender.
    pub from: String,
    /// A file of certificates to trust beside the system's, as PEM.
    pub ca_file: PathBuf,
    /// The longest wait for each answer, in seconds.
    pub timeout_s: u64,
    /// How many connections at once.
    pub connections: u32,
}

/// How a connection to a mail server or a gateway is made secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// By STARTTLS, and not at all without it.
    StartTls,
    /// From the first byte.
    Tls,
    /// It is not.
    None,
}

/// How short messages are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    /// By which way.
    pub by: SmsWay,
    /// To a carrier's gateway.
    pub smpp: SmppConfig,
    /// To a provider's HTTP interface.
    pub http: SmsHttpConfig,
}

/// A way for short messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsWay {
    /// They are not sent.
    None,
    /// SMPP 3.4.
    Smpp,
    /// HTTP.
    Http,
}

/// A carrier's gateway (SMSC).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppConfig {
    /// The gateway.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made secret: from the first byte, or not at all.
    pub security: Security,
    /// A file of certificates to trust beside the system's, as PEM.
    pub ca_file: PathBuf,
    /// Who binds: at most 15 characters.
    pub system_id: String,
    /// The environment variable with the password, which has at most 8 characters.
    pub password_env: String,
    /// The file with the password.
    pub password_file: PathBuf,
    /// What binds: at most 12 characters.
    pub system_type: String,
    /// The sender's number, or a name of at most 11 characters.
    pub source: String,
    /// How a text that is too long for one message is sent.
    pub concatenation: Concatenation,
    /// How many messages a second at most.
    pub per_second: u32,
    /// After how many idle seconds the link is tested.
    pub enquire_link_s: u64,
    /// The longest wait for each answer, in seconds.
    pub timeout_s: u64,
    /// Whether the gateway is asked to tell what became of each message.
    pub receipts: bool,
}

/// How a text that is too long for one short message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Concatenation {
    /// In parts that the phone puts together (a user data header in each).
    Udh,
    /// Whole, in `message_payload`; the gateway takes it apart.
    Payload,
}

/// A provider's HTTP interface, as a template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsHttpConfig {
    /// A template to start from: `form`, `json`, or empty.
    pub preset: String,
    /// Where to.
    pub url: String,
    /// `POST`, `PUT` or `GET`; the preset's, if empty.
    pub method: String,
    /// What the body is: `form`, `json` or `text`; the preset's, if empty.
    pub content: String,
    /// The body, with `{phone}`, `{text}`, `{key}`, `{from}`, `{user}`; the preset's, if empty.
    pub body: String,
    /// More headers, with the same placeholders and `{secret}`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The sender.
    pub from: String,
    /// The user of basic authentication; empty: the secret is a bearer token, if the preset says so.
    pub user: String,
    /// The environment variable with the password or token.
    pub secret_env: String,
    /// The file with the password or token.
    pub secret_file: PathBuf,
    /// A JSON pointer into the answer; empty: a 2xx is success.
    pub success_pointer: String,
    /// What has to be there for success.
    pub success_value: String,
    /// A JSON pointer to the provider's name for the message.
    pub id_pointer: String,
    /// The longest wait, in seconds.
    pub timeout_s: u64,
}

/// How webhooks are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Whether they may go to hosts that are not public, and without TLS.
    pub allow_private_hosts: bool,
    /// The longest wait, in seconds.
    pub timeout_s: u64,
}

/// A recipient that is told of every account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorConfig {
    /// What it is called in the outbox.
    pub name: String,
    /// By which channel.
    pub channel: Channel,
    /// Where to.
    pub address: String,
    /// In which language.
    #[serde(default = "english")]
    pub language: Language,
    /// Which kinds of notices.
    #[serde(default = "operator_kinds")]
    pub kinds: Vec<String>,
    /// The environment variable with the secret of webhooks.
    #[serde(default)]
    pub secret_env: String,
    /// The file with the secret of webhooks.
    #[serde(default)]
    pub secret_file: PathBuf,
}

/// The message that proves that messages arrive.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryConfig {
    /// How often, like `6h`; empty: never.
    pub every: String,
    /// To which recipient of `notify.operator`.
    pub to: String,
}

fn english() -> Language {
    Language::En
}

fn operator_kinds() -> Vec<String> {
    ["frozen", "released", "top_up_failed"].map(str::to_owned).to_vec()
}

/// A secret; not in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A secret that is at hand.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// Reads a secret from the environment or a file, whichever is named; `None` if neither is.
    ///
    /// # Errors
    /// It is named, and is not there.
    pub fn read(what: &str, env: &str, file: &Path) -> Result<Option<Secret>, String> {
        if !env.is_empty() {
            let found = std::env::var(env).map_err(|_| format!("{what}: {env} is not in the environment"))?;
            return Ok(Some(Secret(found)));
        }
        if !file.as_os_str().is_empty() {
            let found = std::fs::read_to_string(file);
            let found = found.map_err(|problem| format!("{what}: {}: {problem}", file.display()))?;
            return Ok(Some(Secret(found.trim_end_matches(['\r', '\n']).to_owned())));
        }
        Ok(None)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl NotifyConfig {
    /// Checks what can be checked without reaching anybody.
    ///
    /// # Errors
    /// What is wrong, by its name in the file.
    pub fn check(&self) -> Result<(), String> {
        if self.attempts == 0 || self.first_pause_s == 0 || self.longest_pause_s < self.first_pause_s {
            return Err("notify: attempts and first_pause_s are 1 or more, longest_pause_s is no less than \
                        first_pause_s"
                .into());
        }
        for (name, timeout_s) in [
            ("email", self.email.timeout_s),
            ("sms.smpp", self.sms.smpp.timeout_s),
            ("sms.http", self.sms.http.timeout_s),
            ("webhook", self.webhook.timeout_s),
        ] {
            if timeout_s == 0 {
                return Err(format!("notify.{name}.timeout_s: 1 or more"));
            }
        }
        for operator in &self.operator {
            check_address(operator.channel, &operator.address, self.webhook.allow_private_hosts)
                .map_err(|problem| format!("notify.operator {:?}: {problem}", operator.name))?;
            if !self.sends(operator.channel) {
                return Err(format!(
                    "notify.operator {:?}: this configuration sends no {}",
                    operator.name,
                    operator.channel.word()
                ));
            }
        }
        self.canary_every_ms()?;
        if !self.canary.every.is_empty() && self.operator_named(&self.canary.to).is_none() {
            return Err(format!("notify.canary.to: there is no notify.operator named {:?}", self.canary.to));
        }
        Ok(())
    }

    /// True if a channel is configured.
    pub fn sends(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => !self.email.host.is_empty(),
            Channel::Sms => self.sms.by != SmsWay::None,
            Channel::Webhook => true,
        }
    }

    /// The operator's recipient of a name.
    pub fn operator_named(&self, name: &str) -> Option<&OperatorConfig> {
        self.operator.iter().find(|operator| operator.name == name)
    }

    /// How often the canary is sent, if it is.
    ///
    /// # Errors
    /// It is no length of time, or less than a minute.
    pub fn canary_every_ms(&self) -> Result<Option<i64>, String> {
        if self.canary.every.is_empty() {
            return Ok(None);
        }
        let every = parse_duration_ms(&self.canary.every).map_err(|e| format!("notify.canary.every: {e}"))?;
        if every < 60_000 {
            return Err("notify.canary.every: a minute or more".into());
        }
        Ok(Some(i64::try_from(every).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn mistakes_are_named() {
        let ops = "[[notify.operator]]\nname = \"ops\"\nchannel = \"webhook\"\naddress = \"https://ops.example.com/\"\n";
        let parse = |text: &str| Config::parse(text).map(|config| config.notify);
        let good = parse(&format!("{ops}[notify.canary]\nevery = \"6h\"\nto = \"ops\"")).unwrap();
        assert_eq!(good.canary_every_ms(), Ok(Some(6 * 3_600_000)));
        assert_eq!(good.operator[0].kinds, ["frozen", "released", "top_up_failed"]);
        assert!(good.sends(Channel::Webhook) && !good.sends(Channel::Email) && !good.sends(Channel::Sms));
        for (wrong, named) in [
            ("[notify]\nattempts = 0", "attempts"),
            ("[notify]\nfirst_pause_s = 60\nlongest_pause_s = 30", "longest_pause_s"),
            ("[notify.email]\ntimeout_s = 0", "notify.email.timeout_s"),
            ("[notify.email]\nsecurity = \"maybe\"", "maybe"),
            ("[notify.email]\npassword = \"secret\"", "password"),
            ("[notify.sms]\nby = \"pigeon\"", "pigeon"),
            ("[notify.canary]\nevery = \"6h\"\nto = \"ops\"", "notify.canary.to"),
            ("[notify.canary]\nevery = \"often\"", "notify.canary.every"),
            ("[notify.canary]\nevery = \"5s\"", "a minute or more"),
            (&ops.replace("https", "http"), "https"),
            (&ops.replace("webhook", "email"), "no email address"),
            (
                &ops.replace("webhook", "email").replace("https://ops.example.com/", "a@example.com"),
                "sends no email",
            ),
            (&ops.replace("name = \"ops\"\n", ""), "name"),
        ] {
            let problem = parse(wrong).map(|_| String::new()).unwrap_or_else(|problem| problem);
            assert!(problem.contains(named), "{wrong}: {problem:?}");
        }
    }

    #[test]
    fn secrets_come_from_elsewhere_and_are_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, "s3cret\r\n").unwrap();
        let read = Secret::read("x", "", &file).unwrap().unwrap();
        assert_eq!((read.expose(), format!("{read:?}")), ("s3cret", "Secret".to_owned()));
        assert_eq!(Secret::read("x", "", Path::new("")), Ok(None));
        assert!(Secret::read("x", "", &dir.path().join("none")).is_err_and(|e| e.starts_with("x: ")));
        assert!(Secret::read("x", "INKMETER_NO_SUCH_VARIABLE", Path::new("")).is_err());
    }
}
