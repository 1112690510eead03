//! What the auditor knows of members: what each may use, and what it used in which month, also before it ceased to be
//! one and came back.

use std::collections::BTreeMap;

use charging::{Month, Timestamp};

use super::Auditor;

#[derive(Default)]
pub struct Club {
    most: (Option<i64>, Option<u64>),
    used: BTreeMap<Month, (i64, u64)>,
}

impl Club {
    pub fn set(&mut self, e8: Option<i64>, units: Option<u64>) {
        self.most = (e8, units);
    }

    pub fn use_up(&mut self, month: Month, e8: i64, units: u64) {
        let of_month = self.used.entry(month).or_default();
        *of_month = (of_month.0 + e8, of_month.1 + units);
    }
}

impl Auditor<'_> {
    /// Whether a call would take a member beyond what it may use, whatever becomes of its calls under way.
    pub fn is_beyond_a_quota(&self, now: i64, project: Option<u8>, wanted: i64, units: u64) -> bool {
        let Some(club) = project.and_then(|project| self.members.get(&project)) else { return false };
        let month = self.policy.zone.month(Timestamp::from_ms(now));
        let (mut e8, mut count) = club.used.get(&month).copied().unwrap_or_default();
        for p in self.promises.values().filter(|p| p.project == project) {
            e8 += p.at_most;
            count += p.rest + p.draws.iter().map(|(_, part)| part).sum::<u64>();
        }
        club.most.0.is_some_and(|most| wanted > 0 && e8 + wanted > most)
            || club.most.1.is_some_and(|most| count + units > most)
    }
}
