//! Every answer carries `X-Request-Id`; for a charged call it is also the id of the charge.

use axum::http::HeaderValue;
use axum::response::Response;
use charging::ChargeId;

use crate::ids;

tokio::task_local! {
    static CURRENT: ChargeId;
}

/// The id of the call being served.
pub fn of_call() -> ChargeId {
    CURRENT.try_with(|id| *id).unwrap_or_else(|_| ChargeId(ids::time_ordered()))
}

/// The same as text, if a call is being served.
pub fn current() -> Option<String> {
    CURRENT.try_with(ChargeId::to_string).ok()
}

/// Takes the id of the call being served along to where it goes on, in another task say.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    CURRENT.scope(of_call(), work)
}

/// The header that has it.
pub const HEADER: &str = "x-request-id";

/// Puts an id on an answer that has none.
pub fn put_on(response: &mut Response) {
    if let Ok(value) = HeaderValue::from_str(&of_call().to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
}

/// Gives a call its id while it is served, and puts it on the answer.
pub async fn given(serving: impl Future<Output = Response>) -> Response {
    let id = ChargeId(ids::time_ordered());
    let mut response = CURRENT.scope(id, serving).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
