//! Email over SMTP.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{Accepted, Outcome, Outgoing, Rejected, causes, tidy};
use crate::notify::config::{EmailConfig, Secret, Security};

/// The mail server messages are handed to.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Email {
    /// Makes the channel; connects when there is something to send.
    ///
    /// # Errors
    /// A sender that is none, certificates that cannot be read, a password that is not there or would be sent in
    /// the clear.
    pub fn open(config: &EmailConfig) -> Result<Email, String> {
        let from: Mailbox = config
            .from
            .parse()
            .map_err(|problem| format!("notify.email.from: {:?}: {problem}", config.from))?;
        let password = Secret::read("notify.email", &config.password_env, &config.password_file)?;
        if password.is_some() && config.security == Security::None {
            return Err("notify.email: a password is only sent over a secret connection; set security".into());
        }
        let pool = PoolConfig::new().max_size(config.connections.max(1));
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .timeout(Some(Duration::from_secs(config.timeout_s)))
            .pool_config(pool)
            .tls(tls(config)?);
        if !config.user.is_empty() {
            let password =
                password.ok_or("notify.email: user is set, but no password_env or password_file")?;
            builder = builder
                .credentials(Credentials::new(config.user.clone(), password.expose().to_owned()))
                .authentication(vec![Mechanism::Plain, Mechanism::Login]);
        }
        Ok(Email { transport: builder.build(), from })
    }

    /// Hands a message to the mail server.
    ///
    /// # Errors
    /// It did not take it.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let message = self.message(outgoing).map_err(Rejected::for_good)?;
        let sent = self.transport.send(message).await;
        let response = sent.map_err(|problem| {
            let status = problem.status().map(|code| code.to_string()).unwrap_or_default();
            let detail = tidy(&causes(&problem));
            if is_final(&status) { Rejected::for_good(detail) } else { Rejected::for_now(detail) }
        })?;
        let words: Vec<&str> = response.message().collect();
        Ok(Accepted { detail: tidy(&format!("{} {}", response.code(), words.join(" "))), peer_id: None })
    }

    /// The message as it goes over the wire. Its id is made of the delivery's key, so whoever gets it twice can
    /// tell.
    fn message(&self, outgoing: &Outgoing) -> Result<lettre::Message, String> {
        let to: lettre::Address = outgoing.address.parse().map_err(|e| format!("the address: {e}"))?;
        let id = format!("<{}@{}>", outgoing.key, self.from.email.domain());
        let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
        let content = &outgoing.message;
        let mut message = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(content.subject.clone())
            .message_id(Some(id))
            .multipart(MultiPart::alternative_plain_html(content.text.clone(), content.html.clone()))
            .map_err(|problem| problem.to_string())?;
        message.headers_mut().insert_raw(HeaderValue::new(auto, "auto-generated".into()));
        Ok(message)
    }
}

fn tls(config: &EmailConfig) -> Result<Tls, String> {
    if config.security == Security::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(config.host.clone());
    if !config.ca_file.as_os_str().is_empty() {
        let file = config.ca_file.display();
        let wrong = |problem: &dyn std::fmt::Display| format!("notify.email.ca_file: {file}: {problem}");
        let pem = std::fs::read(&config.ca_file).map_err(|problem| wrong(&problem))?;
        let certificate = Certificate::from_pem(&pem).map_err(|problem| wrong(&problem))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build().map_err(|problem| format!("notify.email: {problem}"))?;
    Ok(match config.security {
        Security::StartTls => Tls::Required(parameters),
        _ => Tls::Wrapper(parameters),
    })
}

/// True for answers about this very address or message. Those about our sign-in or the server may change.
fn is_final(status: &str) -> bool {
    matches!(status, "501" | "510" | "511" | "513" | "550" | "551" | "552" | "553" | "555" | "556")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DEFAULTS};
    use crate::notify::text::Message;

    fn outgoing(address: &str, subject: &str) -> Outgoing {
        let message = Message {
            subject: subject.into(),
            sms: String::new(),
            text: "plain 文本\n".into(),
            html: "<p>html</p>".into(),
        };
        Outgoing {
            key: "00ff.7.r1".into(),
            address: address.into(),
            message,
            body: serde_json::Value::Null,
            secret: None,
            attempt: 1,
            now_ms: 0,
        }
    }

    #[tokio::test]
    async fn headers_cannot_be_injected_and_the_id_is_the_keys() {
        let mut config = Config::parse(DEFAULTS).unwrap().notify.email;
        config.host = "localhost".into();
        config.from = "Inkmeter <notices@example.com>".into();
        config.security = Security::None;
        let email = Email::open(&config).unwrap();
        let evil = outgoing("ops@example.com", "hello\r\nBcc: all@example.com");
        let bytes = email.message(&evil).unwrap().formatted();
        let text = String::from_utf8_lossy(&bytes);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("Message-ID: <00ff.7.r1@example.com>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(!head.to_lowercase().lines().any(|line| line.starts_with("bcc")), "{head}");
        for address in ["ops@example.com\r\nBcc: x@example.com", "a@b.c\n", "x y@example.com", ""] {
            assert!(email.message(&outgoing(address, "hello")).is_err(), "{address:?}");
        }
    }

    #[tokio::test]
    async fn passwords_are_not_sent_in_the_clear() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::parse(DEFAULTS).unwrap().notify.email;
        config.host = "localhost".into();
        config.user = "me".into();
        assert!(Email::open(&config).is_err_and(|e| e.contains("password_env")));
        config.password_file = dir.path().join("password");
        assert!(Email::open(&config).is_err_and(|e| e.contains("password")), "no such file");
        std::fs::write(&config.password_file, "secret\n").unwrap();
        assert!(Email::open(&config).is_ok());
        config.security = Security::None;
        assert!(Email::open(&config).is_err_and(|e| e.contains("secret connection")));
    }

    #[test]
    fn which_answers_are_final() {
        assert!(is_final("550") && is_final("553"));
        for temporary in ["", "421", "451", "535", "530", "554", "503"] {
            assert!(!is_final(temporary), "{temporary}");
        }
    }
}
