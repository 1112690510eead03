//! What the auditor knows of calls: where they are drawn from, and what they cost.

use charging::{DrawOrder, Source, Timestamp};

use super::{Auditor, DAY_MS, HOUR_MS, Quota};
use crate::commands::{Answer, Stage};
use crate::commerce::APIS;
use crate::world::SERVICES;

#[derive(Clone, Debug)]
pub struct Promise {
    pub service: usize,
    pub project: Option<u8>,
    pub draws: Vec<(usize, u64)>,
    pub rest: u64,
    pub price_version: usize,
    /// What its rest may cost, in 10⁻⁸.
    pub at_most: i64,
    pub until: i64,
}

impl Auditor<'_> {
    pub fn held(&self, quota: usize) -> u64 {
        self.promises.values().flat_map(|p| &p.draws).filter(|(no, _)| *no == quota).map(|(_, n)| n).sum()
    }

    /// What a call would draw from packages, in the published order.
    fn draws(&self, now: i64, service: usize, project: Option<u8>, units: u64) -> Vec<(usize, u64)> {
        let usable = |q: &Quota| {
            let is_for = q.project.is_none() || q.project == project;
            q.service == service && is_for && !q.is_gone && q.from <= now && now <= q.to
        };
        let mut order: Vec<usize> = (0..self.quotas.len()).filter(|no| usable(&self.quotas[*no])).collect();
        order.sort_by_key(|no| {
            let q = &self.quotas[*no];
            let class = match q.source {
                Source::Free => 0,
                Source::Promotion => 1,
                Source::Package => 2,
            };
            let times = if self.policy.draw_order == DrawOrder::EffectiveFirst {
                [q.from, q.to]
            } else {
                [q.to, q.from]
            };
            (q.project.is_none(), class, times, *no)
        });
        let mut wanted = units;
        let mut draws = Vec::new();
        for no in order {
            let part = wanted.min(self.quotas[no].granted - self.quotas[no].drawn - self.held(no));
            if part > 0 {
                draws.push((no, part));
                wanted -= part;
            }
        }
        draws
    }

    pub fn authorise(
        &mut self,
        now: i64,
        service: usize,
        project: Option<u8>,
        units: u64,
        stage: &Stage<'_>,
    ) -> Answer {
        let draws = self.draws(now, service, project, units);
        let rest = units - draws.iter().map(|(_, n)| n).sum::<u64>();
        match self.enabled.get(&service) {
            _ if rest == 0 => {}
            None if self.is_released => return Answer::Refused("released"),
            None => return Answer::Refused("not_subscribed"),
            Some(true) => return Answer::Refused("package_used_up"),
            Some(false) if self.is_frozen(now) => return Answer::Refused("frozen"),
            Some(false) => {}
        }
        let versions = &self.world.catalog.apis[SERVICES[service].0].versions;
        let price_version = versions.iter().filter(|v| v.effective_from.ms() <= now).count().max(1) - 1;
        let at_most = self.at_most(now, (service, rest, price_version));
        if self.is_beyond_a_cap(now, service, at_most) {
            return Answer::Refused("spend_cap_reached");
        }
        if self.is_beyond_a_quota(now, project, at_most, units) {
            return Answer::Refused("member_quota_reached");
        }
        let until = now + i64::from(self.policy.hold_s) * 1000;
        let id = stage.authorisations.last().map_or(0, |a| a.charge.0);
        self.promises.insert(id, Promise { service, project, draws, rest, price_version, at_most, until });
        Answer::Done
    }

    /// What units may cost at most, each at the dearest tier it can fall into: other calls may come before it, and the
    /// month may end before it does.
    fn at_most(&self, now: i64, (service, rest, price_version): (usize, u64, usize)) -> i64 {
        let tiers = &self.world.catalog.apis[SERVICES[service].0].versions[price_version].tiers;
        let month = |at: i64| self.policy.zone.month(Timestamp::from_ms(at));
        let is_same = month(now) == month(now + i64::from(self.policy.hold_s) * 1000);
        let used = self.used.get(&(service, month(now))).copied().filter(|_| is_same).unwrap_or(0);
        let dearest = |place: u64| {
            let ends_after = |no: usize| tiers.get(no + 1).is_none_or(|next| next.from_units > place);
            let open = tiers.iter().enumerate().filter(|(no, _)| ends_after(*no));
            open.map(|(_, tier)| tier.unit_price.e10()).max().unwrap()
        };
        let e10: i64 = (used..used + rest).map(dearest).sum();
        e10.div_euclid(100) + i64::from(e10.rem_euclid(100) > 0)
    }

    fn is_beyond_a_cap(&self, now: i64, called: usize, wanted: i64) -> bool {
        let month = self.policy.zone.month(Timestamp::from_ms(now));
        let is_of =
            |api: Option<usize>, service: usize| api.is_none_or(|api| APIS[api] == SERVICES[service].0);
        let is_beyond = |(&api, &cap): (&Option<usize>, &i64)| {
            let spent = self.spent.iter().filter(|((service, of), _)| *of == month && is_of(api, *service));
            let spent: i64 = spent.map(|(_, e8)| e8).sum();
            let held = self.promises.values().filter(|p| is_of(api, p.service));
            let held: i64 = held.map(|p| p.at_most).sum();
            is_of(api, called) && spent + held + wanted > cap
        };
        wanted > 0 && self.caps.iter().any(is_beyond)
    }

    pub fn charge(&mut self, now: Timestamp, promise: Promise, units: u64) {
        let mut left = units;
        self.last_charge = (Vec::new(), 0);
        for (no, part) in promise.draws {
            let part = part.min(left);
            self.quotas[no].drawn += part;
            left -= part;
            if part > 0 {
                self.last_charge.0.push((u32::try_from(no).unwrap(), part));
            }
        }
        let tiers =
            &self.world.catalog.apis[SERVICES[promise.service].0].versions[promise.price_version].tiers;
        let used = self.used.entry((promise.service, self.policy.zone.month(now))).or_default();
        let total = self.exact_e10.entry(promise.service).or_default();
        let before = total.div_euclid(100);
        let rest = promise.rest.min(left);
        for _ in 0..rest {
            let tier = tiers.iter().rfind(|t| t.from_units <= *used).unwrap();
            *total += i128::from(tier.unit_price.e10());
            *used += 1;
        }
        if rest > 0 {
            let amount = i64::try_from(total.div_euclid(100) - before).unwrap();
            let offset = self.policy.zone.hour_start(Timestamp::from_ms(7 * DAY_MS)).ms() - 7 * DAY_MS;
            let hour = (now.ms() - offset).div_euclid(HOUR_MS) * HOUR_MS + offset;
            *self.waiting.entry(hour).or_default().entry(promise.service).or_default() += amount;
            let month = self.policy.zone.month(now);
            *self.spent.entry((promise.service, month)).or_default() += amount;
            self.last_charge.1 = amount;
        }
        let month = self.policy.zone.month(now);
        if let Some(club) = promise.project.and_then(|project| {
            let former = self.former_members.get_mut(&project);
            self.members.get_mut(&project).or(former)
        }) {
            let drawn: u64 = self.last_charge.0.iter().map(|(_, part)| part).sum();
            club.use_up(month, self.last_charge.1, drawn + rest);
        }
    }
}
