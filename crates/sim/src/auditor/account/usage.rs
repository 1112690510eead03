//! The usage of an account: charges, and the hours they are settled in.

use std::collections::BTreeMap;

use charging::{BillLine, Event, Money, Standing, SubscriptionMode};

use super::{Books, Line, e8};
use crate::auditor::rating::{self, HOUR_MS};
use crate::auditor::{Content, Finding, Mark, finding};
use crate::world::World;

impl Books {
    pub(super) fn charged(
        &mut self,
        world: &World,
        at: i64,
        event: &Event,
        out: &mut dyn FnMut(Mark, Content),
    ) -> Result<(), Finding> {
        let Event::Charged { charge, service: no, enterprise_project, draws, rated, carry_e10 } = event
        else {
            return Ok(());
        };
        let (service_no, hold_ms, offset_ms) = (usize::from(no.0), self.hold_ms, self.offset_ms);
        for draw in draws {
            let lot = self.lot(draw.lot.0)?;
            let is_for =
                lot.service == service_no && (lot.project.is_none() || lot.project == *enterprise_project);
            let is_valid = lot.effective <= at && at <= lot.expires.saturating_add(hold_ms);
            lot.drawn += draw.units;
            if !is_for || !is_valid || draw.units == 0 || lot.drawn > lot.granted {
                return Err(finding("lot", format!("{} units at {at} from {lot:?}", draw.units)));
            }
        }
        if draws.is_empty() && rated.is_empty() {
            return Err(finding("2xx", format!("charge {charge} is for nothing")));
        }
        if !rated.is_empty() {
            if let Standing::Frozen { since, .. } | Standing::Released { since } = self.standing
                && since.ms() + hold_ms < at
            {
                return Err(finding("standing", format!("priced at {at}, frozen since {}", since.ms())));
            }
            let service = self.service(service_no)?;
            if service.mode != Some(SubscriptionMode::PayPerUse) && service.priced_until + hold_ms < at {
                return Err(finding("standing", format!("priced at {at}, not enabled: {service:?}")));
            }
            let month = rating::month(at + offset_ms);
            if month != service.month {
                (service.month, service.month_units) = (month, 0);
            }
            let version = rated[0].price_version;
            rating::check_in_force(world, &service.api, version, (at - hold_ms, at))?;
            let units = rated.iter().map(|part| part.units).sum();
            let priced =
                rating::rate(world, &service.api, version, (service.month_units, units, service.carry_e10))?;
            let found: Vec<_> = rated.iter().map(|part| (part.tier, part.units, part.amount.e8())).collect();
            if (&found, *carry_e10) != (&priced.parts, priced.carry_e10) {
                let detail = format!("{units} units cost {found:?} and carry {carry_e10}, not {priced:?}");
                return Err(finding("money", detail));
            }
            service.month_units += units;
            service.carry_e10 = *carry_e10;
        }
        let hour = rating::hour(at, offset_ms);
        for part in rated {
            let line = (hour, service_no, enterprise_project.clone(), part.price_version, part.tier);
            let (units, amount) = self.usage.entry(line).or_default();
            *units += part.units;
            *amount += e8(part.amount);
            self.unsettled += e8(part.amount);
        }
        self.charges += 1;
        self.service(service_no)?;
        let content = Content::Charge {
            account: self.id,
            api: self.services[service_no].api.clone(),
            region: self.services[service_no].region.clone(),
            project: enterprise_project.clone(),
            draws: draws.iter().map(|draw| (draw.lot.0, draw.units)).collect(),
            rated: rated.iter().map(|part| (part.units, part.amount.e8())).collect(),
        };
        out(Mark::Charge(charge.0), content);
        Ok(())
    }

    pub(super) fn settled(
        &mut self,
        at: i64,
        hour: i64,
        lines: &[BillLine],
        [by_coupons, paid, debt]: [Money; 3],
    ) -> Result<(), Finding> {
        if at < hour + HOUR_MS + self.delay_ms {
            return Err(finding("tick", format!("hour {hour} is settled at {at}")));
        }
        let of_hour: Vec<Line> = self.usage.keys().filter(|line| line.0 == hour).cloned().collect();
        let used: BTreeMap<Line, (u64, i128)> =
            of_hour.into_iter().filter_map(|line| self.usage.remove_entry(&line)).collect();
        let billed: BTreeMap<Line, (u64, i128)> = lines
            .iter()
            .map(|line| {
                let service = usize::from(line.service.0);
                let key = (hour, service, line.enterprise_project.clone(), line.price_version, line.tier);
                (key, (line.units, e8(line.amount)))
            })
            .collect();
        if used.is_empty() || used != billed || billed.len() != lines.len() {
            return Err(finding("money", format!("used in hour {hour}: {used:?}, billed: {billed:?}")));
        }
        let total: i128 = used.values().map(|(_, amount)| amount).sum();
        if total != e8(by_coupons) + e8(paid) + e8(debt) || paid < Money::ZERO || debt < Money::ZERO {
            return Err(finding("money", format!("{total} is paid by {by_coupons} + {paid} + {debt}")));
        }
        self.unsettled -= total;
        self.cash -= e8(paid);
        self.debt += e8(debt);
        if debt > Money::ZERO && self.cash != 0 {
            return Err(finding("money", format!("a debt of {debt} beside {} in cash", self.cash)));
        }
        Ok(())
    }
}
