//! What each number of the configuration may be. What is beyond it would not be refused by anything later: it would
//! overflow, take all memory or wait for ever.

use super::Config;
use crate::throttle::MOST_CALLS;

const MIB: u64 = 1 << 20;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// A number's name in the file, what it is, and the least and the most it may be.
type Limited = (&'static str, u64, u64, u64);

/// Checks every number that has limits of its own.
///
/// # Errors
/// The first that is outside of them, by its name in the file.
pub(super) fn check(config: &Config) -> Result<(), String> {
    let outside = |(_, value, least, most): &Limited| !(*least..=*most).contains(value);
    match numbers(config).into_iter().find(outside) {
        Some((name, value, least, most)) => Err(format!("{name}: {value} is not from {least} to {most}")),
        None => Ok(()),
    }
}

fn numbers(config: &Config) -> Vec<Limited> {
    let (server, ocr, notify) = (&config.server, &config.ocr, &config.notify);
    let (smpp, payment) = (&notify.sms.smpp, &config.payment);
    vec![
        ("server.body_limit_bytes", server.body_limit_bytes as u64, 1_024, 1_024 * MIB),
        ("server.body_memory_bytes", server.body_memory_bytes as u64, MIB, MIB * MIB),
        ("server.body_memory_per_address_bytes", server.body_memory_per_address_bytes as u64, MIB, MIB * MIB),
        ("server.max_connections", server.max_connections as u64, 1, 1_000_000),
        ("server.max_connections_per_address", server.max_connections_per_address as u64, 1, 1_000_000),
        ("server.max_calls_per_connection", server.max_calls_per_connection.into(), 1, 10_000),
        ("server.header_timeout_s", server.header_timeout_s, 1, HOUR_S),
        ("server.body_timeout_s", server.body_timeout_s, 1, DAY_S),
        ("server.write_timeout_s", server.write_timeout_s, 1, DAY_S),
        ("server.body_grace_s", server.body_grace_s, 1, HOUR_S),
        ("server.body_min_bytes_per_s", server.body_min_bytes_per_s as u64, 0, 1_024 * MIB),
        ("database.shards", config.database.shards.into(), 1, 64),
        ("database.lease_s", config.database.lease_s, 2, 300),
        ("telemetry.sample_percent", config.telemetry.sample_percent, 1, 100),
        ("server.shutdown_s", server.shutdown_s, 0, DAY_S),
        ("throttling.per_second", config.throttling.per_second.into(), 0, MOST_CALLS.into()),
        ("throttling.per_minute", config.throttling.per_minute.into(), 0, MOST_CALLS.into()),
        ("ocr.workers", ocr.workers as u64, 0, 1_024),
        ("ocr.queue", ocr.queue as u64, 0, 100_000),
        ("ocr.timeout_s", ocr.timeout_s, 1, HOUR_S),
        ("ocr.picture_memory_bytes", ocr.picture_memory_bytes, 16 * MIB, MIB * MIB),
        ("ocr.decode_timeout_s", ocr.decode_timeout_s, 1, HOUR_S),
        ("ocr.pdf_memory_bytes", ocr.pdf_memory_bytes, 256 * MIB, MIB * MIB),
        ("ocr.url.limit_bytes", ocr.url.limit_bytes as u64, 1, 1_024 * MIB),
        ("ocr.url.timeout_s", ocr.url.timeout_s, 1, HOUR_S),
        ("auth.max_skew_minutes", config.auth.max_skew_minutes.into(), 1, 1_440),
        ("auth.token_hours", config.auth.token_hours.into(), 1, 8_784),
        ("notify.attempts", notify.attempts.into(), 1, 1_000),
        ("notify.first_pause_s", notify.first_pause_s.into(), 1, DAY_S),
        ("notify.longest_pause_s", notify.longest_pause_s.into(), 1, 31 * DAY_S),
        ("notify.keep_days", notify.keep_days.into(), 1, 36_525),
        ("notify.email.port", notify.email.port.into(), 1, 65_535),
        ("notify.email.timeout_s", notify.email.timeout_s, 1, HOUR_S),
        ("notify.email.connections", notify.email.connections.into(), 1, 1_000),
        ("notify.sms.smpp.port", smpp.port.into(), 1, 65_535),
        ("notify.sms.smpp.per_second", smpp.per_second.into(), 1, 100_000),
        ("notify.sms.smpp.enquire_link_s", smpp.enquire_link_s, 1, HOUR_S),
        ("notify.sms.smpp.timeout_s", smpp.timeout_s, 1, HOUR_S),
        ("notify.sms.http.timeout_s", notify.sms.http.timeout_s, 1, HOUR_S),
        ("notify.webhook.timeout_s", notify.webhook.timeout_s, 1, HOUR_S),
        ("payment.wait_s", payment.wait_s, 0, HOUR_S),
        ("payment.webhook.timeout_s", payment.webhook.timeout_s, 1, HOUR_S),
        ("payment.webhook.attempts", payment.webhook.attempts.into(), 1, 1_000),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULTS;

    /// Every number of the file's tables, by its whole name; of lists of tables the core looks after.
    fn found(table: &toml::Table, prefix: &str, all: &mut Vec<String>) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => found(inner, &format!("{prefix}{key}."), all),
                toml::Value::Integer(_) => all.push(format!("{prefix}{key}")),
                _ => {}
            }
        }
    }

    #[test]
    fn every_number_has_limits_and_they_are_kept() {
        let mut all = Vec::new();
        found(&DEFAULTS.parse().unwrap(), "", &mut all);
        let mut named: Vec<&str> =
            numbers(&Config::parse(DEFAULTS).unwrap()).into_iter().map(|(name, ..)| name).collect();
        named.sort_unstable();
        all.sort_unstable();
        assert_eq!(all, named);
        for name in all {
            let (table, key) = name.rsplit_once('.').unwrap();
            for wrong in ["9223372036854775807", "-1", "9223372036854775808", "1.5"] {
                let said = Config::parse(&format!("[{table}]\n{key} = {wrong}")).unwrap_err();
                assert!(said.contains(key), "{name} = {wrong}: {said}");
            }
        }
    }
}
