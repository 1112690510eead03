//! Why a charge came from the pocket it came from: every lot of the account with a verdict, and the price.
//!
//! Computed from the state just before the charge, so it is exact whenever it is asked for.

use crate::{Account, DrawOrder, Event, Lot, LotNo, Money, Name, Pocket, Rated, Recorded, ServiceNo};

/// What was looked at for one charge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The API and region.
    pub service: ServiceNo,
    /// Where the charge came from.
    pub pocket: Pocket,
    /// Every lot the account had, in the order they were considered.
    pub lots: Vec<LotVerdict>,
    /// What was charged at a price.
    pub rated: Vec<Rated>,
    /// What it cost.
    pub amount: Money,
    /// The enterprise project the call named, if any.
    pub enterprise_project: Option<Name>,
}

/// What became of one lot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LotVerdict {
    /// The lot.
    pub lot: LotNo,
    /// Units left before the charge.
    pub left: u64,
    /// Why it was drawn or not.
    pub verdict: Verdict,
}

/// Why a lot was drawn or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It gave these units.
    Drawn(u64),
    /// An earlier lot in the order met the call.
    NotNeeded,
    /// Its units were kept back for other calls, or it came when this call was already authorised.
    HeldByOtherCalls,
    /// It is for another API.
    OtherApi,
    /// It is for another region.
    OtherRegion,
    /// It is reserved for another enterprise project.
    OtherEnterpriseProject,
    /// Nothing is left in it.
    UsedUp,
    /// Its validity has ended.
    Expired,
    /// It was given back.
    Unsubscribed,
    /// Its validity has not begun.
    NotYetEffective,
}

impl Verdict {
    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Drawn(_) => "drawn",
            Verdict::NotNeeded => "not_needed",
            Verdict::HeldByOtherCalls => "held_by_other_calls",
            Verdict::OtherApi => "other_api",
            Verdict::OtherRegion => "other_region",
            Verdict::OtherEnterpriseProject => "other_enterprise_project",
            Verdict::UsedUp => "used_up",
            Verdict::Expired => "expired",
            Verdict::Unsubscribed => "unsubscribed",
            Verdict::NotYetEffective => "not_yet_effective",
        }
    }
}

impl Account {
    /// Explains a charge, given the state just before it, with the lots in the order of their turn; those of other APIs
    /// and regions stand behind. `None` if the event is no charge of this account.
    pub fn explain(&self, charged: &Recorded, draw_order: DrawOrder) -> Option<Explanation> {
        let Event::Charged { service, enterprise_project, draws, rated, .. } = &charged.event else {
            return None;
        };
        let of_call = self.service(*service)?;
        // Those with calls left, as they were drawn.
        let drawable: Vec<LotNo> =
            self.lots_in_order(*service, enterprise_project.as_ref()).map(|lot| lot.no).collect();
        let position_of = |no: LotNo| drawable.iter().position(|other| *other == no).unwrap_or(usize::MAX);
        let last_drawn = drawable.iter().rposition(|no| draws.iter().any(|d| d.lot == *no));
        let mut order: Vec<&Lot> = self.lots.iter().collect();
        order.sort_by_key(|lot| {
            let is_not_of_its_own =
                lot.enterprise_project.is_none() || lot.enterprise_project != *enterprise_project;
            (lot.service != *service, is_not_of_its_own, lot.draw_rank(draw_order))
        });
        let verdict_of = |lot: &Lot| {
            let (no, position) = (lot.no, position_of(lot.no));
            let of_lot = self.service(lot.service)?;
            let foreign_project =
                lot.enterprise_project.is_some() && lot.enterprise_project != *enterprise_project;
            let drawn = draws.iter().find(|d| d.lot == no);
            let verdict = match drawn {
                Some(draw) => Verdict::Drawn(draw.units),
                None if of_lot.api != of_call.api => Verdict::OtherApi,
                None if of_lot.region != of_call.region => Verdict::OtherRegion,
                None if foreign_project => Verdict::OtherEnterpriseProject,
                None if lot.is_unsubscribed => Verdict::Unsubscribed,
                None if lot.has_expired => Verdict::Expired,
                // Used up before its validity ended, that is what it stays.
                None if lot.left() == 0 => Verdict::UsedUp,
                None if lot.expires_at < charged.at => Verdict::Expired,
                None if lot.effective_at > charged.at => Verdict::NotYetEffective,
                None if rated.is_empty() && last_drawn.is_none_or(|last| position > last) => {
                    Verdict::NotNeeded
                }
                None => Verdict::HeldByOtherCalls,
            };
            Some(LotVerdict { lot: no, left: lot.left(), verdict })
        };
        let lots = order.into_iter().filter_map(verdict_of).collect();
        Some(Explanation {
            service: *service,
            pocket: Pocket::of(draws),
            lots,
            rated: rated.to_vec(),
            amount: charged.event.charged_amount().unwrap_or_default(),
            enterprise_project: enterprise_project.clone(),
        })
    }
}
