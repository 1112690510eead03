//! What a caller wants done, from proof of who they are to the answer.

pub mod accounts;
pub mod download;
pub mod membership;
pub mod metering;
pub mod read_picture;
