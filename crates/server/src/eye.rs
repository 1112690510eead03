//! The eye as the server sees it: something that reads pictures, some of them at once.

use charging::{AccountId, Authorisation};
use ocr::{Page, ReadError, TextOptions};

/// A picture that is to be read: for whom, by what right, and for how long.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// Whose turn it takes.
    pub account: AccountId,
    /// Work that nobody may be charged for is not done, so whoever wants it done shows this.
    pub authorisation: &'a Authorisation,
    /// The picture.
    pub bytes: &'a [u8],
    /// What is wanted of it.
    pub options: &'a TextOptions,
    /// Whether anybody still waits; asked between the steps.
    pub wanted: &'a (dyn Fn() -> bool + Sync),
}

/// Reads pictures.
pub trait Reader: Send + Sync {
    /// Reads the text of one picture; may take seconds and blocks. It ends once it is not wanted any more. Accounts
    /// take turns: the calls of one keep another's waiting for a few of them only.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError>;

    /// How many pictures are read at once.
    fn workers(&self) -> usize;

    /// True if reading takes no time, so that no thread need be found for it.
    fn is_instant(&self) -> bool {
        false
    }
}

impl Reader for ocr::Engine {
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError> {
        let Reading { account, authorisation: _, bytes, options, wanted } = reading;
        self.general_text_while(bytes, options, account.0, wanted)
    }

    fn workers(&self) -> usize {
        ocr::Engine::workers(self)
    }
}

/// Finds nothing on any picture: to measure everything around the eye.
#[derive(Debug, Clone, Copy)]
pub struct Blank;

impl Reader for Blank {
    fn general_text(&self, _: Reading<'_>) -> Result<Page, ReadError> {
        Ok(Page::blank(0, 0))
    }

    fn workers(&self) -> usize {
        4096
    }

    fn is_instant(&self) -> bool {
        true
    }
}
