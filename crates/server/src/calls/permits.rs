//! Calls about permits to travel to and from the mainland: their shapes and their rules brought together.

use ocr::kind::{self, Fields};
use wire::ocr::Invalid;
use wire::ocr::body::WithPortrait;
use wire::ocr::exit_entry_permit as of_exit;
use wire::ocr::mainland_travel_permit as of_mainland;

use super::Document;
use super::documents::{confidences, value};

/// `exit-entry-permit`.
#[derive(Debug)]
pub struct ExitEntryPermit;

impl Document for ExitEntryPermit {
    const CALL: &'static str = "exit-entry-permit";
    type Kind = kind::ExitEntryPermit;
    type Body = WithPortrait;
    type Result = of_exit::ExitEntryPermit;

    fn asked(_: &WithPortrait) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, _: &WithPortrait) -> of_exit::ExitEntryPermit {
        of_exit::ExitEntryPermit {
            confidence: Some(confidences(&found)),
            ..of_exit::ExitEntryPermit::of(|name| value(&found, name))
        }
    }
}

/// `mainland-travel-permit`.
#[derive(Debug)]
pub struct MainlandTravelPermit;

impl Document for MainlandTravelPermit {
    const CALL: &'static str = "mainland-travel-permit";
    type Kind = kind::MainlandTravelPermit;
    type Body = WithPortrait;
    type Result = of_mainland::MainlandTravelPermit;

    fn asked(_: &WithPortrait) -> Result<(), Invalid> {
        Ok(())
    }

    fn result(found: Fields, _: &WithPortrait) -> of_mainland::MainlandTravelPermit {
        of_mainland::MainlandTravelPermit {
            confidence: Some(confidences(&found)),
            ..of_mainland::MainlandTravelPermit::of(|name| value(&found, name))
        }
    }
}
