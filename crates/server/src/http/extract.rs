//! Path and query of a request, with our own answer where they make no sense.

use axum::extract::FromRequestParts;
use axum::extract::rejection::{PathRejection, QueryRejection};
use wire::{error, fault};

use super::error::Failure;

/// What the path names.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub struct Path<T>(pub T);

/// What the query asks for.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Failure))]
pub struct Query<T>(pub T);

/// How many rows a page has: as many as asked for, or the usual number.
///
/// # Errors
/// AIS.0101 for none, or more than `most`.
pub fn page_limit(asked: Option<usize>, usual: usize, most: usize) -> Result<usize, Failure> {
    match asked.unwrap_or(usual) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        limit => {
            Err(Failure::of(error::INVALID_PARAMETER).because(format!("limit is 1 to {most}, not {limit}")))
        }
    }
}

impl From<PathRejection> for Failure {
    fn from(problem: PathRejection) -> Failure {
        Failure::of(error::NO_SUCH_API).because(problem.body_text())
    }
}

impl From<QueryRejection> for Failure {
    fn from(problem: QueryRejection) -> Failure {
        Failure::of(error::INVALID_PARAMETER).because(fault::query(&problem.body_text()))
    }
}
