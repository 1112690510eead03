//! Who is calling: a token, a signature made with an access key, or a session of the console.
//!
//! Tokens live by business time; sessions, lock-outs and the skew of signatures go by the machine's clock.

pub mod lockout;
pub mod password;
pub mod payer;
pub mod rights;
pub(crate) mod rotation;
pub mod secrets;
pub mod session;
pub mod token;
pub mod token_file;

use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri};
use charging::{AccountId, Name};
use ledger::directory::{AccessKeyRow, AccessMode, Directory, DirectoryError, ScopeKind, UserRow};
use wire::error;
use wire::signature::{Authorization, SignatureError};

use crate::http::error::Failure;
use crate::shard::Shard;
use lockout::{LockRule, Lockout};
use secrets::Secrets;
use token_file::TokenFile;

/// What is said of a key file that opens none of what was sealed last.
pub const OTHER_KEY_FILE: &str = "the secret keys of the access keys cannot be opened with the key file: calls that they sign \
                                  are answered with 503. If no new one was made on purpose (inkmeter master-key new), put \
                                  the file back that belongs to this folder";

/// Everything authentication needs to know.
pub struct Auth {
    /// Of which shard: what is made here says so.
    pub shard: Shard,
    /// Who is who.
    pub directory: Directory,
    /// Opens secret keys.
    pub secrets: Secrets,
    /// The operator's token.
    pub operator: TokenFile,
    /// What opens the metrics, and nothing else.
    pub metrics: TokenFile,
    /// Wrong passwords.
    pub passwords: Lockout,
    /// Wrong signatures.
    pub access_keys: Lockout,
    /// How far a signature's date may be off.
    pub max_skew_ms: i64,
}

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// The user.
    pub user: Arc<UserRow>,
    /// The project a token is for; a signature is for all of the account's.
    pub project: Option<String>,
    /// True for a token of the whole account.
    pub is_domain_token: bool,
}

/// How a caller was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    /// A token or a signature: a program.
    Program,
    /// A session: the console.
    Console,
}

/// What the head of a request says of its caller.
pub enum Claim {
    /// Who is calling, proved by a token or a session.
    Proved(Caller),
    /// Whose access key it is; the signature, which covers the body, is still to be checked.
    Signed(Signed),
}

/// A signature and the access key it is said to be made with.
pub struct Signed {
    authorization: Authorization,
    key: Arc<AccessKeyRow>,
}

/// What a signature covers.
#[derive(Clone, Copy)]
pub struct Covered<'a> {
    /// Method.
    pub method: &'a Method,
    /// Path and query as received.
    pub uri: &'a Uri,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: &'a [u8],
}

impl From<DirectoryError> for Failure {
    fn from(problem: DirectoryError) -> Failure {
        tracing::error!(%problem, "the directory cannot be read");
        Failure::of(error::BACKEND_UNAVAILABLE)
    }
}

impl Auth {
    /// Finds out from the head alone who is calling, or whose access key is used: nobody else's body is worth its
    /// memory. A request with several proofs is judged by its token, else by its signature, else by its session.
    ///
    /// # Errors
    /// APIG.0301 with the documented wording, APIG.0307 for a token that has ended, APIG.0306 for a session's request
    /// that may be forged.
    pub fn claim(
        &self,
        method: &Method,
        headers: &HeaderMap,
        system_ms: i64,
        business_ms: i64,
    ) -> Result<Claim, Failure> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        for name in ["x-auth-token", "authorization"] {
            // A proxy in front may look at the other one.
            if headers.get_all(name).iter().nth(1).is_some() {
                return Err(unauthenticated(&format!("{name} is given more than once")));
            }
        }
        if let Some(token) = text("x-auth-token") {
            return self.by_token(token, business_ms).map(Claim::Proved);
        }
        match text("authorization") {
            Some(header) => self.by_access_key(header, system_ms).map(Claim::Signed),
            None if session::cookie(headers, session::Kind::Customer.cookie()).is_some() => {
                let kind = session::Kind::Customer;
                let session = self.proven_session(kind, method, headers, system_ms)?;
                let user = session.user.ok_or_else(|| unauthenticated("the session is over"))?;
                caller(Arc::new(user), Via::Console, None, false).map(Claim::Proved)
            }
            None => Err(unauthenticated("x-auth-token not found")),
        }
    }

    fn by_token(&self, token: &str, business_ms: i64) -> Result<Caller, Failure> {
        let hash = secrets::token_hash(token);
        let Some(row) = self.directory.token(&hash)? else {
            // A token whose user was deleted, disabled, or got another password or key.
            let ended = self.directory.is_ended_token(&hash)?;
            return Err(if ended {
                Failure::of(error::TOKEN_UPDATE)
            } else {
                unauthenticated("decrypt token fail")
            });
        };
        if !row.user.enabled || row.expires_at_ms <= business_ms {
            return Err(Failure::of(error::TOKEN_UPDATE));
        }
        let project = row.project.map(|project| project.project_id);
        caller(Arc::new(row.user), Via::Program, project, row.scope == ScopeKind::Domain)
    }

    fn by_access_key(&self, header: &str, system_ms: i64) -> Result<Signed, Failure> {
        let authorization = Authorization::parse(header).map_err(|_| wrong_signature())?;
        let access_key = authorization.access_key();
        self.check_unlocked(access_key, system_ms)?;
        match self.directory.access_key(access_key)?.filter(|key| key.enabled && key.user.enabled) {
            Some(key) => Ok(Signed { authorization, key }),
            None => {
                // A key that nobody has is locked like any other: nothing tells which there are.
                self.access_keys.failed(access_key, LockRule::ACCESS_KEYS, system_ms);
                Err(wrong_signature())
            }
        }
    }

    fn check_unlocked(&self, access_key: &str, system_ms: i64) -> Result<(), Failure> {
        let Some(left_ms) = self.access_keys.locked_for_ms(access_key, system_ms) else { return Ok(()) };
        let left_s = (left_ms + 999) / 1000;
        Err(unauthenticated(&format!(
            "verify aksk signature fail: too many wrong signatures, the access key is locked for {left_s} seconds"
        )))
    }

    /// True if the key file is not the one that the access key made last was sealed with.
    ///
    /// # Errors
    /// The directory's.
    pub fn has_other_key_file(&self) -> Result<bool, DirectoryError> {
        let latest = self.directory.latest_access_key()?;
        Ok(latest.is_some_and(|(access_key, sealed)| self.secrets.unseal(&access_key, &sealed).is_none()))
    }

    /// Finds out whether a signature is its access key's.
    ///
    /// # Errors
    /// APIG.0301 with the documented wording.
    pub fn prove(&self, signed: Signed, covered: Covered<'_>, system_ms: i64) -> Result<Caller, Failure> {
        let Signed { authorization, key } = signed;
        let access_key = authorization.access_key();
        // Others may have guessed while the body came.
        self.check_unlocked(access_key, system_ms)?;
        let opened = key.opened_secret(|key| self.secrets.unseal(&key.access_key, &key.sealed_secret));
        let secret = opened.ok_or_else(|| {
            tracing::error!(access_key, "the secret key cannot be opened with this key file");
            Failure::of(error::BACKEND_UNAVAILABLE)
        })?;
        let headers: Vec<(&str, &str)> = covered
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let request = wire::signature::Request {
            method: covered.method.as_str(),
            path: covered.uri.path(),
            query: covered.uri.query().unwrap_or(""),
            headers: &headers,
            body: covered.body,
        };
        match authorization.verify(&request, secret, system_ms, self.max_skew_ms) {
            Ok(()) => {
                self.access_keys.succeeded(access_key);
                caller(Arc::clone(&key.user), Via::Program, None, false)
            }
            Err(SignatureError::Skewed) => {
                let minutes = self.max_skew_ms / 60_000;
                let off =
                    format!("verify aksk signature fail: x-sdk-date is more than {minutes} minutes off");
                Err(unauthenticated(&off))
            }
            Err(SignatureError::Undated) => Err(unauthenticated(
                "verify aksk signature fail: x-sdk-date is no date like 20261231T235959Z",
            )),
            Err(_) => {
                self.access_keys.failed(access_key, LockRule::ACCESS_KEYS, system_ms);
                Err(wrong_signature())
            }
        }
    }

    /// The region of a project of the caller's account.
    ///
    /// # Errors
    /// ModelArts.0212 for a token of the whole account; APIG.0101 for a path without a project; APIG.0310
    /// for a project that is not the caller's, whether it exists or not.
    pub fn region_of(&self, caller: &Caller, project_id: &str) -> Result<Name, Failure> {
        if caller.is_domain_token {
            return Err(Failure::of(error::TOKEN_WITHOUT_PROJECT));
        }
        if project_id.len() != 32 || !project_id.bytes().all(|b| b.is_ascii_hexdigit()) {
            let failure = Failure::of(error::NO_SUCH_API);
            return Err(match project_id {
                // What the SDKs send that know neither a project nor a region.
                "{project_id}" => failure.with_cure(
                    "no_project_id",
                    "Give the client's credentials the project's id, or give the client a region to look it up by.",
                ),
                _ => failure,
            });
        }
        let project = self.directory.project(project_id)?;
        let own = project.filter(|project| {
            project.account_id == caller.user.account_id
                && caller.project.as_ref().is_none_or(|scoped| scoped == project_id)
        });
        let own = own.ok_or_else(|| Failure::of(error::PROJECT_UNAVAILABLE))?;
        Name::new(&own.region).map_err(|_| Failure::of(error::PROJECT_UNAVAILABLE))
    }
}

fn caller(
    user: Arc<UserRow>,
    via: Via,
    project: Option<String>,
    is_domain_token: bool,
) -> Result<Caller, Failure> {
    if via == Via::Program && user.access == AccessMode::Console {
        return Err(Failure::console_only());
    }
    let account = user.account_id.parse().map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))?;
    Ok(Caller { account, account_name: user.account_name.clone(), user, project, is_domain_token })
}

fn wrong_signature() -> Failure {
    unauthenticated("verify aksk signature fail")
}

fn unauthenticated(detail: &str) -> Failure {
    Failure::of(error::AUTHENTICATION).saying(format!("{} {detail}", error::AUTHENTICATION.message))
}
