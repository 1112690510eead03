//! `POST /v2/{project_id}/ocr/bankcard` ("Bank Card OCR").

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Confidences, Locations, Sources};

/// The body as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Body {
    image: Option<String>,
    url: Option<String>,
    return_text_location: Option<bool>,
}

impl super::Body for Body {
    fn sources(&mut self) -> Sources {
        Sources { bytes: self.image.take(), url: self.url.take() }
    }
}

impl Body {
    /// Whether places are wanted.
    pub fn wants_locations(&self) -> bool {
        self.return_text_location.unwrap_or(false)
    }
}

/// The body of a 200.
pub type Response = Answer<Bankcard>;

card! {
    /// What stands on a bank card.
    Bankcard {
        /// Who issued it.
        bank_name,
        /// Its number, by fours.
        card_number,
        /// Since when, `MM/YY`.
        issue_date,
        /// Until when, `MM/YY`.
        expiry_date,
        /// `savings`, `credit`, or empty.
        r#type,
        ;
        /// How sure each field is.
        confidence: Confidences,
        /// Where each field stands, if asked for.
        text_location: Locations,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_their_published_names() {
        let mut names = Vec::new();
        let card = Bankcard::of(|name| {
            names.push(name.to_owned());
            (name != "bank_name").then(|| name.to_uppercase())
        });
        assert_eq!(names, ["bank_name", "card_number", "issue_date", "expiry_date", "type"]);
        let written = serde_json::to_value(card).unwrap();
        let expected = serde_json::json!({
            "card_number": "CARD_NUMBER", "issue_date": "ISSUE_DATE", "expiry_date": "EXPIRY_DATE", "type": "TYPE",
        });
        assert_eq!(written, expected);
    }
}
