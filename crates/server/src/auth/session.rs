//! Sessions of the console: a random id in a cookie. A customer's ends after as much rest as the account's login policy
//! says, an hour unless it says otherwise; the operator's after half an hour; both after half a day of work.
//!
//! The id is all that proves a session, so a request that changes something must also carry a token that only the
//! console's own pages can have read (`X-CSRF-Token`); it follows from the id and is kept nowhere. An id is always
//! made here, never taken from a request, and a session of the operator is of another kind in another cookie.
//! Everything goes by the machine's clock.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use ledger::directory::{AccessMode, DirectoryError, LoginPolicy, SessionRow, UserRow};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::error;

use super::{Auth, secrets, unauthenticated};
use crate::http::error::Failure;

/// A session of the operator that is not used for so long is over.
pub const OPERATOR_IDLE_MS: i64 = 30 * 60_000;
/// No session can rest for longer.
pub const MAX_IDLE_MS: i64 = LoginPolicy::MAX_SESSION_MINUTES as i64 * 60_000;
/// A session is over after so long, used or not; or after its longest rest, if that is longer.
pub const LIFETIME_MS: i64 = 12 * 3_600_000;
/// Uses within so long of the last one noted are not noted: a page asks for many things at once.
const TOUCH_MS: i64 = 60_000;

/// The header that repeats the token against forged requests.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Whose session, in which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user of an account.
    Customer,
    /// The operator.
    Operator,
}

impl Kind {
    /// The cookie's name.
    pub fn cookie(self) -> &'static str {
        match self {
            Kind::Customer => "inkmeter_session",
            Kind::Operator => "inkmeter_operator",
        }
    }

    /// Where the cookie is sent to.
    fn path(self) -> &'static str {
        match self {
            Kind::Customer => "/",
            Kind::Operator => "/v1/admin",
        }
    }
}

/// A session that was found and goes on.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who signed in; `None` is the operator.
    pub user: Option<UserRow>,
    /// What a request that changes something must repeat.
    pub csrf_token: String,
    /// When it ends at the latest, in milliseconds since the epoch.
    pub expires_at_ms: i64,
    /// How long it may rest, in milliseconds.
    pub idle_ms: i64,
    /// What is kept of its id.
    pub hash: [u8; 32],
}

impl Auth {
    /// Begins a session and ends the one the request came with, if any. Answers with its cookie.
    ///
    /// # Errors
    /// The directory's.
    pub fn begin_session(
        &self,
        kind: Kind,
        user: Option<&UserRow>,
        headers: &HeaderMap,
        system_ms: i64,
    ) -> Result<(Session, HeaderValue), Failure> {
        self.begin_session_with(kind, user, headers, system_ms, self.operator.hash())
    }

    /// The same, with the hash of the operator's token that was shown: the session is bound to it.
    ///
    /// # Errors
    /// The directory's; APIG.0301 if the token was replaced meanwhile.
    pub fn begin_session_with(
        &self,
        kind: Kind,
        user: Option<&UserRow>,
        headers: &HeaderMap,
        system_ms: i64,
        token: [u8; 32],
    ) -> Result<(Session, HeaderValue), Failure> {
        self.end_session(kind, headers)?;
        let id = self.shard.new_token();
        let idle_ms = self.idle_ms(user)?;
        let lifetime_ms = LIFETIME_MS.max(idle_ms);
        let expires_at_ms = system_ms + lifetime_ms;
        let user_id = user.map(|user| user.user_id.as_str());
        let hash = hash_of(kind, &id, &token);
        self.directory.insert_session(&hash, user_id, system_ms, expires_at_ms)?;
        // A password that was changed meanwhile ended the sessions there were at that time.
        if let Some(Err(over)) = user.map(|user| self.still_opens(user)) {
            self.directory.delete_session(&hash)?;
            return Err(over.into());
        }
        if kind == Kind::Operator && self.operator.hash() != token {
            self.directory.delete_session(&hash)?;
            return Err(unauthenticated("the operator's token is another one by now"));
        }
        let session =
            Session { user: user.cloned(), csrf_token: csrf_token(&id), expires_at_ms, idle_ms, hash };
        Ok((session, set_cookie(kind, &id, lifetime_ms / 1000, headers)?))
    }

    /// What is kept of a session's id. The operator's sessions are bound to the token they began with: with another token
    /// they are over.
    fn session_hash(&self, kind: Kind, id: &str) -> [u8; 32] {
        hash_of(kind, id, &self.operator.hash())
    }

    /// How long a session may rest.
    fn idle_ms(&self, user: Option<&UserRow>) -> Result<i64, DirectoryError> {
        let Some(user) = user else { return Ok(OPERATOR_IDLE_MS) };
        Ok(i64::from(self.directory.login_policy(&user.account_id)?.session_minutes) * 60_000)
    }

    /// Ends the session the request came with, if any.
    ///
    /// # Errors
    /// The directory's.
    pub fn end_session(&self, kind: Kind, headers: &HeaderMap) -> Result<(), DirectoryError> {
        if let Some(id) = cookie(headers, kind.cookie()) {
            self.directory.delete_session(&self.session_hash(kind, id))?;
        }
        Ok(())
    }

    /// The session the request came with, if it goes on.
    ///
    /// # Errors
    /// The directory's.
    pub fn session(
        &self,
        kind: Kind,
        headers: &HeaderMap,
        system_ms: i64,
    ) -> Result<Option<Session>, DirectoryError> {
        let Some(id) = cookie(headers, kind.cookie()) else { return Ok(None) };
        let hash = self.session_hash(kind, id);
        let Some(row) = self.directory.session(&hash)? else { return Ok(None) };
        let idle_ms = self.idle_ms(row.user.as_ref())?;
        if !goes_on(&row, kind, idle_ms, system_ms) {
            return Ok(None);
        }
        if system_ms - row.seen_at_ms >= TOUCH_MS {
            self.directory.touch_session(&hash, system_ms)?;
        }
        let (csrf_token, expires_at_ms) = (csrf_token(id), row.expires_at_ms);
        Ok(Some(Session { user: row.user, csrf_token, expires_at_ms, idle_ms, hash }))
    }

    /// The same, for a request that means to do something: it must be there, and what changes something must carry
    /// the token.
    ///
    /// # Errors
    /// APIG.0301 without a session, APIG.0306 without its token.
    pub fn proven_session(
        &self,
        kind: Kind,
        method: &Method,
        headers: &HeaderMap,
        system_ms: i64,
    ) -> Result<Session, Failure> {
        let session = self.session(kind, headers, system_ms)?.ok_or_else(|| {
            unauthenticated("the session is over")
                .with_cure("signed_out", "Sign in again; nothing was changed by this request.")
        })?;
        if method != Method::GET && method != Method::HEAD {
            let given = headers.get(CSRF_HEADER).map_or(&b""[..], HeaderValue::as_bytes);
            if !bool::from(given.ct_eq(session.csrf_token.as_bytes())) {
                return Err(forged("the X-CSRF-Token header is missing or not this session's"));
            }
        }
        Ok(session)
    }
}

/// A request that did not come from our own pages.
pub fn forged(detail: &str) -> Failure {
    Failure::of(error::ACCESS_DENIED).because(detail).with_cure("csrf", "Load the page again and repeat.")
}

fn hash_of(kind: Kind, id: &str, token: &[u8; 32]) -> [u8; 32] {
    match kind {
        Kind::Customer => secrets::token_hash(id),
        Kind::Operator => {
            let parts = [b"inkmeter operator session\n", &token[..], id.as_bytes()];
            Sha256::digest(parts.concat()).into()
        }
    }
}

fn goes_on(row: &SessionRow, kind: Kind, idle_ms: i64, system_ms: i64) -> bool {
    let may_come = |user: &UserRow| user.enabled && user.access != AccessMode::Programmatic;
    let of_kind = match kind {
        Kind::Customer => row.user.as_ref().is_some_and(may_come),
        Kind::Operator => row.user.is_none(),
    };
    of_kind && system_ms < row.expires_at_ms && system_ms - row.seen_at_ms < idle_ms
}

fn csrf_token(id: &str) -> String {
    let digest = Sha256::digest(format!("inkmeter csrf\n{id}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

/// The cookie that takes a session away from the browser.
///
/// # Errors
/// None in practice: its text is a header's.
pub fn no_cookie(kind: Kind, headers: &HeaderMap) -> Result<HeaderValue, Failure> {
    set_cookie(kind, "", 0, headers)
}

fn set_cookie(kind: Kind, id: &str, max_age_s: i64, headers: &HeaderMap) -> Result<HeaderValue, Failure> {
    // Who terminates TLS before us says so here. The header can only make the cookie stricter.
    let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let secure =
        if forwarded.is_some_and(|proto| proto.eq_ignore_ascii_case("https")) { "; Secure" } else { "" };
    let text = format!(
        "{}={id}; HttpOnly; SameSite=Strict; Path={}; Max-Age={max_age_s}{secure}",
        kind.cookie(),
        kind.path()
    );
    HeaderValue::try_from(text).map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn row(seen_at_ms: i64) -> SessionRow {
        SessionRow { user: None, seen_at_ms, expires_at_ms: LIFETIME_MS }
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let given = headers(&[("cookie", "xinkmeter_session=1; a=b"), ("cookie", "inkmeter_session=2")]);
        assert_eq!(cookie(&given, Kind::Customer.cookie()), Some("2"));
        assert_eq!(cookie(&given, Kind::Operator.cookie()), None);
    }

    #[test]
    fn a_session_ends_by_rest_and_by_age() {
        let (operator, idle_ms) = (Kind::Operator, OPERATOR_IDLE_MS);
        assert!(goes_on(&row(0), operator, idle_ms, idle_ms - 1));
        assert!(!goes_on(&row(0), operator, idle_ms, idle_ms), "rest");
        assert!(goes_on(&row(LIFETIME_MS - 1), operator, idle_ms, LIFETIME_MS - 1));
        assert!(!goes_on(&row(LIFETIME_MS - 1), operator, idle_ms, LIFETIME_MS), "age");
        assert!(!goes_on(&row(0), Kind::Customer, idle_ms, 1), "the operator's session is no customer's");
    }

    #[test]
    fn cookies_are_strict() {
        let plain = set_cookie(Kind::Operator, "id", 9, &HeaderMap::new()).unwrap();
        assert_eq!(plain, "inkmeter_operator=id; HttpOnly; SameSite=Strict; Path=/v1/admin; Max-Age=9");
        let behind_tls = headers(&[("x-forwarded-proto", "https")]);
        assert!(no_cookie(Kind::Customer, &behind_tls).unwrap().to_str().unwrap().ends_with("; Secure"));
    }

    #[test]
    fn the_token_follows_from_the_id_and_does_not_show_it() {
        assert_eq!(csrf_token("a"), csrf_token("a"));
        assert_ne!(csrf_token("a"), csrf_token("b"));
        assert_eq!(csrf_token("a").len(), 64);
    }
}
