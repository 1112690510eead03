//! `POST /v2/{project_id}/ocr/flight-itinerary` ("Flight Itinerary OCR").

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Confidences};

/// The body of a 200.
pub type Response = Answer<FlightItinerary>;

card! {
    /// What stands on the itinerary of a ticket for air transport. Dates and amounts are as they are printed.
    FlightItinerary {
        /// The number that is printed on the form.
        serial_number,
        /// Who flies.
        passenger_name,
        /// The number of their document.
        id_number,
        /// What the ticket does not allow.
        endorsements_restrictions,
        /// The number of the order.
        order_number,
        /// The fare, with its sign.
        fare,
        /// The civil aviation development fund.
        caac_development_fund,
        /// The surcharge for fuel.
        fuel_surcharge,
        /// Other taxes.
        other_taxes,
        /// The sum.
        total,
        /// The ticket's number.
        e_ticket_number,
        /// The code by which it is checked.
        check_code,
        /// What the passenger is told.
        reference_information,
        /// What insurance costs.
        insurance,
        /// The code of who sold it.
        agent_code,
        /// Who drew it up.
        issue_organization,
        /// The day on which that was.
        issue_date,
        /// The value-added tax; of electronic invoices, as all below.
        tax,
        /// Its rate.
        tax_rate,
        /// Who bought.
        buyer_name,
        /// The buyer's taxpayer number.
        buyer_id,
        /// The invoice's number.
        number,
        /// Whether it is within the country.
        international_flag,
        /// What has become of it.
        issue_status,
        /// The number of a purchase by the government.
        gp_number,
        ;
        /// The flights, in their order.
        itinerary_list: Vec<Leg>,
        /// How sure each field is.
        confidence: Sure,
    }
}

card! {
    /// A flight.
    Leg {
        /// From where.
        departure_station,
        /// To where.
        destination_station,
        /// Which airline.
        carrier,
        /// The number of the flight.
        flight,
        /// The class of the seat.
        cabin_class,
        /// The day.
        date,
        /// The time of the day.
        time,
        /// The kind of ticket.
        fare_basis,
        /// Not valid before that day.
        effective_date,
        /// Not valid after that day.
        expiry_date,
        /// The luggage that is free.
        baggage_allowance,
        ;
    }
}

/// How sure each field is, by its name; `itinerary_list` says it of every flight, in the order of the flights.
pub type Sure = BTreeMap<&'static str, OfField>;

/// How sure a field is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "FlightItineraryConfidence")]
#[serde(untagged)]
pub enum OfField {
    /// One that is a text.
    Text(f32),
    /// The flights: each field of each.
    Flights(Vec<Confidences>),
}
