//! Alarms: given once, and armed again by what they watch, or by another setting once a day.

use charging::Timestamp;

const DAY_MS: i64 = 24 * 3_600_000;

/// One alert, as the listener remembers it.
#[derive(Default)]
pub struct Alarm {
    /// The setting it was given at.
    told: Option<i64>,
    /// When a setting last made it ready again.
    last: Option<i64>,
    /// The end of the day a setting waits for.
    ready_at: Option<i64>,
}

/// True within a day of an earlier instant.
pub fn is_soon_after(earlier: Option<Timestamp>, at: Timestamp) -> bool {
    earlier.is_some_and(|earlier| at.ms() - earlier.ms() < DAY_MS)
}

impl Alarm {
    pub fn told(&self) -> Option<i64> {
        self.told
    }

    pub fn tell(&mut self, setting: i64) {
        self.told = Some(setting);
    }

    /// Another setting.
    pub fn set(&mut self, at: Timestamp) {
        match (self.told, self.last) {
            (None, _) => {}
            (Some(_), Some(last)) if at.ms() < last + DAY_MS => self.ready_at = Some(last + DAY_MS),
            _ => *self = Alarm { told: None, last: Some(at.ms()), ready_at: None },
        }
    }

    pub fn is_waiting(&self) -> bool {
        self.ready_at.is_some()
    }

    /// True if a setting that waits has its day by the instant.
    pub fn is_ready(&self, at: Timestamp) -> bool {
        self.ready_at.is_some_and(|ready_at| ready_at <= at.ms())
    }

    /// It may be given again.
    pub fn rearm(&mut self, at: Timestamp) {
        let last = if self.is_ready(at) { Some(at.ms()) } else { self.last };
        *self = Alarm { told: None, last, ready_at: None };
    }
}
