//! The columns of the list of calls: what a customer needs to dispute a bill, call by call.

use ledger::read::ChargeRow;

use super::Facts;
use super::cell::{Cell, Column};
use crate::views::tier_number;

/// The columns, in their order.
pub(super) const COLUMNS: &[Column<ChargeRow>] = &[
    column("charge_id", |_, c| Cell::Text(c.charge.to_string())),
    column("number", |_, c| Cell::Number(c.number)),
    column("time", |_, c| Cell::At(c.at)),
    column("api", |_, c| Cell::Text(c.api.to_string())),
    column("region", |_, c| Cell::Text(c.region.to_string())),
    column("enterprise_project", |_, c| Cell::optional_text(c.enterprise_project.as_ref())),
    column("enterprise_project_name", |f, c| Cell::project_name(f, c.enterprise_project.as_ref())),
    column("pocket", |_, c| Cell::word(c.pocket.word())),
    column("units", |_, c| Cell::Number(c.units)),
    column("amount", |_, c| Cell::Money(c.amount)),
    column("from_packages", |_, c| Cell::Text(drawn(c))),
    column("at_prices", |_, c| Cell::Text(rated(c))),
    column("currency", |f, _| Cell::Text(f.catalog.currency.clone())),
];

const fn column(name: &'static str, cell: fn(&Facts<'_>, &ChargeRow) -> Cell) -> Column<ChargeRow> {
    Column { name, cell }
}

/// `lot x units`, joined by spaces.
fn drawn(charge: &ChargeRow) -> String {
    let parts = charge.draws.iter().map(|draw| format!("{}x{}", draw.lot.0, draw.units));
    parts.collect::<Vec<_>>().join(" ")
}

/// `price version / tier x units`, joined by spaces.
fn rated(charge: &ChargeRow) -> String {
    let parts = charge
        .rated
        .iter()
        .map(|part| format!("{}/{}x{}", part.price_version, tier_number(part.tier), part.units));
    parts.collect::<Vec<_>>().join(" ")
}
