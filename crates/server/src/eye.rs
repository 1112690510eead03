//! The eye as the server sees it: something that reads pictures, some of them at once.

use charging::{AccountId, Authorisation};
use ocr::{Page, ReadError, TextOptions};

/// Reads pictures.
pub trait Reader: Send + Sync {
    /// Reads the text of one picture; may take seconds and blocks. Work that nobody may be charged for is not
    /// done, so whoever wants it done shows an authorisation; and it ends once it is not wanted any more. Accounts
    /// take turns: the calls of one keep another's waiting for a few of them only.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn general_text(
        &self,
        account: AccountId,
        authorisation: &Authorisation,
        bytes: &[u8],
        options: &TextOptions,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, ReadError>;

    /// How many pictures are read at once.
    fn workers(&self) -> usize;

    /// True if reading takes no time, so that no thread need be found for it.
    fn is_instant(&self) -> bool {
        false
    }
}

impl Reader for ocr::Engine {
    fn general_text(
        &self,
        account: AccountId,
        _: &Authorisation,
        bytes: &[u8],
        options: &TextOptions,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, ReadError> {
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
    fn general_text(
        &self,
        _: AccountId,
        _: &Authorisation,
        _: &[u8],
        _: &TextOptions,
        _: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, ReadError> {
        Ok(Page::blank(0, 0))
    }

    fn workers(&self) -> usize {
        4096
    }

    fn is_instant(&self) -> bool {
        true
    }
}
