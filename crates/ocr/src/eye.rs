//! The eye as seen by a server: bytes in, page out.

use crate::{Engine, Page, ReadError, TextOptions};

/// Something that reads pictures. Implemented by [`Engine`], and by any function of the same shape, so
/// that a server can be tested or measured without models:
///
/// ```
/// use ocr::{Eye, Page, TextOptions};
/// let blind = |_: &[u8], _: &TextOptions| Ok(Page::blank(100, 100));
/// assert!(blind.general_text(b"", &TextOptions::default()).is_ok());
/// ```
pub trait Eye: Send + Sync {
    /// Reads one picture. Blocks until it is read; call it from a thread that may block.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn general_text(&self, bytes: &[u8], options: &TextOptions) -> Result<Page, ReadError>;
}

impl Eye for Engine {
    fn general_text(&self, bytes: &[u8], options: &TextOptions) -> Result<Page, ReadError> {
        Engine::general_text(self, bytes, options)
    }
}

impl<F> Eye for F
where
    F: Fn(&[u8], &TextOptions) -> Result<Page, ReadError> + Send + Sync,
{
    fn general_text(&self, bytes: &[u8], options: &TextOptions) -> Result<Page, ReadError> {
        self(bytes, options)
    }
}
