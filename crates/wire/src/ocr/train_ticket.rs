//! `POST /v2/{project_id}/ocr/train-ticket` ("Train Ticket OCR").

use super::{Answer, Confidences, Locations};

/// The body of a 200.
pub type Response = Answer<TrainTicket>;

card! {
    /// What stands on a railway ticket.
    TrainTicket {
        /// Its number at the top.
        ticket_id,
        /// The gate.
        check_port,
        /// The train.
        train_number,
        /// From where.
        departure_station,
        /// To where.
        destination_station,
        /// From where, in Latin letters.
        departure_station_en,
        /// To where, in Latin letters.
        destination_station_en,
        /// When, as `2017年12月12日20:39`.
        departure_time,
        /// The carriage and the seat.
        seat_number,
        /// The price.
        ticket_price,
        /// How it was sold, such as `网`.
        sale_method,
        /// The kind of seat.
        seat_category,
        /// Whether it was changed, such as `始发改签`.
        ticket_changing,
        /// The number of whoever travels, in part hidden.
        id_number,
        /// The name.
        name,
        /// The number at the bottom.
        log_id,
        /// Where it was sold.
        sale_location,
        /// `paper`.
        invoice_style,
        ;
        /// How sure each field is.
        confidence: Confidences,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}
