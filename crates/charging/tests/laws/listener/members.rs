//! Members: what each used of its quota, and what was said of it.

use std::collections::{BTreeMap, BTreeSet};

use charging::{Event, MemberQuota, Month, Name, Reason, Refusal, Timestamp, Zone};

use super::Told;
use super::alarm::is_soon_after;

pub struct Members {
    zone: Zone,
    quotas: BTreeMap<Name, MemberQuota>,
    /// Cost and units of all that are members or were.
    used: BTreeMap<(Name, Month), (i64, u64)>,
    known: BTreeSet<Name>,
    /// What was said of whom: when, and of which quota.
    said: BTreeMap<(Name, &'static str), (Timestamp, MemberQuota)>,
}

impl Members {
    pub fn new(zone: Zone) -> Members {
        Members {
            zone,
            quotas: BTreeMap::new(),
            used: BTreeMap::new(),
            known: BTreeSet::new(),
            said: BTreeMap::new(),
        }
    }

    pub fn hear(&mut self, at: Timestamp, event: &Event, told: &mut Vec<Told>) {
        match event {
            Event::MemberSet { member, quota } => {
                self.quotas.insert(member.clone(), *quota);
                self.known.insert(member.clone());
            }
            Event::MemberRemoved { member } => {
                // What it used counts again if it comes back.
                self.quotas.remove(member);
            }
            Event::Charged { enterprise_project: Some(project), draws, rated, .. } => {
                if !self.known.contains(project) {
                    return;
                }
                let used = self.used.entry((project.clone(), self.zone.month(at))).or_default();
                used.0 += rated.iter().map(|rated| rated.amount.e8()).sum::<i64>();
                used.1 += draws.iter().map(|draw| draw.units).sum::<u64>();
                used.1 += rated.iter().map(|rated| rated.units).sum::<u64>();
                let (e8, units) = *used;
                let Some(quota) = self.quotas.get(project).copied() else { return };
                // In fifths: four of them are most of it.
                let fifths = |used: i64, most: i64| if most > 0 { used * 5 / most } else { 0 };
                let amount = quota.amount.map_or(0, |most| fifths(e8, most.e8()));
                let count = quota
                    .units
                    .map_or(0, |most| fifths(i64::try_from(units).unwrap(), i64::try_from(most).unwrap()));
                match amount.max(count) {
                    ..=3 => {}
                    4 => self.say(at, project, "member_quota_near", told),
                    _ => self.say(at, project, "member_quota_reached", told),
                }
            }
            _ => {}
        }
    }

    /// A call of a member was refused because of its quota, and not because of calls under way alone.
    pub fn hear_refusal(
        &mut self,
        now: Timestamp,
        project: Option<&Name>,
        refusal: &Refusal,
        told: &mut Vec<Told>,
    ) {
        let Reason::MemberQuotaReached { at_most, wanted, .. } = &*refusal.reason else { return };
        let project = project.unwrap();
        let quota = self.quotas[project];
        let (e8, units) =
            self.used.get(&(project.clone(), self.zone.month(now))).copied().unwrap_or_default();
        let is_dear = quota.amount.is_some_and(|most| at_most.e8() > 0 && e8 + at_most.e8() > most.e8());
        if is_dear || quota.units.is_some_and(|most| units + wanted > most) {
            self.say(now, project, "member_quota_reached", told);
        }
    }

    /// Once a month; of another quota again, but not within a day.
    fn say(&mut self, at: Timestamp, member: &Name, what: &'static str, told: &mut Vec<Told>) {
        let quota = self.quotas[member];
        if let Some((before, of)) = self.said.get(&(member.clone(), what))
            && self.zone.month(*before) == self.zone.month(at)
            && (*of == quota || is_soon_after(Some(*before), at))
        {
            return;
        }
        self.said.insert((member.clone(), what), (at, quota));
        let month = self.zone.month(at);
        let (e8, units) = self.used.get(&(member.clone(), month)).copied().unwrap_or_default();
        told.push((at, format!("{what} {member} {month}: {} and {units}", charging::Money::from_e8(e8))));
    }
}
