//! Which shard a request is for, as far as its head says.
//!
//! Whoever is known by something that was made in a shard (a token, an access key, a session) says by it which one. Who signs
//! in or opens an account names it in the body. The operator names an account in the path, or means all.

use axum::http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use wire::signature::Authorization;

use crate::auth::session::{Kind, cookie};
use crate::shard::Shard;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// It is about the node itself.
    Node(OfNode),
    /// To this shard.
    Shard(Shard),
    /// To any: all have the same answer.
    Any,
    /// To the one that the body names.
    Body(Names),
    /// Only the operator may ask.
    Operator(Asked),
    /// A gateway charges.
    Gateway,
}

/// What is asked of a node itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfNode {
    Health,
    Ready,
    Metrics,
}

/// What a body names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// A user who asks for a token.
    Token,
    /// An account that somebody signs in to.
    SignIn,
    /// One that is to be there.
    SignUp,
}

/// What the operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// To be known from now on.
    SignIn,
    /// What the session's shard knows.
    Session(Shard),
    /// A new account.
    NewAccount,
    /// The account of this name.
    Account(String),
    /// To make an account a member of the one of this name.
    NewMember(String),
    /// All accounts.
    Accounts,
    /// What is told to whom.
    Outbox,
    /// What operators did.
    Audit,
    /// To send again what failed.
    Retry,
    /// Something that one shard has, and nobody knows which.
    Charge,
    /// What is in the shard that the query names, or in the first.
    Of(Shard),
}

/// Where a request goes.
pub(super) fn whose(method: &Method, uri: &Uri, headers: &HeaderMap) -> Whose {
    let path = uri.path();
    let is_post = method == Method::POST;
    if method == Method::OPTIONS {
        return Whose::Any;
    }
    let is_look = matches!(*method, Method::GET | Method::HEAD);
    match path {
        _ if !is_look && matches!(path, "/healthz" | "/readyz" | "/metrics") => return Whose::Any,
        "/healthz" => return Whose::Node(OfNode::Health),
        "/readyz" => return Whose::Node(OfNode::Ready),
        "/metrics" => return Whose::Node(OfNode::Metrics),
        "/v3/auth/tokens" if is_post => return Whose::Body(Names::Token),
        "/v1/session" if is_post => return Whose::Body(Names::SignIn),
        "/v1/sign-up" if is_post => return Whose::Body(Names::SignUp),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix("/v1/admin/") {
        return Whose::Operator(asked(is_post, rest, uri, headers));
    }
    if path.starts_with("/v1/charges/") && is_post {
        return Whose::Gateway;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = text("x-auth-token") {
        return Whose::Shard(Shard::of_token(token));
    }
    if let Some(header) = text("authorization") {
        let shard = Authorization::parse(header).map(|signed| Shard::of_access_key(signed.access_key()));
        return Whose::Shard(shard.unwrap_or_default());
    }
    cookie(headers, Kind::Customer.cookie()).map_or(Whose::Any, |id| Whose::Shard(Shard::of_token(id)))
}

fn asked(is_post: bool, path: &str, uri: &Uri, headers: &HeaderMap) -> Asked {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut parts = path.split('/');
    match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        ("session", None, _) if is_post => Asked::SignIn,
        ("session", None, _) => Asked::Session(session_shard(headers)),
        ("accounts", None, _) if is_post => Asked::NewAccount,
        ("accounts", None, _) => Asked::Accounts,
        ("accounts", Some(name), Some("members")) if is_post => Asked::NewMember(decoded(name)),
        ("accounts", Some(name), _) => Asked::Account(decoded(name)),
        ("charges", Some(_), Some("explanation")) => Asked::Charge,
        ("gateways", Some(_), Some("charge")) => {
            param(uri, "account").map_or(Asked::Of(Shard::FIRST), Asked::Account)
        }
        ("audit", None, _) if param(uri, "account").is_some() => {
            Asked::Account(param(uri, "account").unwrap_or_default())
        }
        ("audit", None, _) if param(uri, "shard").is_none() => Asked::Audit,
        ("outbox", None, _) if param(uri, "shard").is_none() => Asked::Outbox,
        ("outbox", Some("retry"), _) if param(uri, "shard").is_none() => Asked::Retry,
        // What is no number is one that there is not.
        _ => Asked::Of(
            param(uri, "shard").map_or(Shard::FIRST, |shard| Shard(shard.parse().unwrap_or(u8::MAX))),
        ),
    }
}

/// In which shard the operator's session is.
pub(super) fn session_shard(headers: &HeaderMap) -> Shard {
    cookie(headers, Kind::Operator.cookie()).map_or(Shard::FIRST, Shard::of_token)
}

/// What the query says under a name.
pub(super) fn param(uri: &Uri, wanted: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(method: Method, target: &str, head: &[(&'static str, String)]) -> Whose {
        let mut headers = HeaderMap::new();
        for (name, value) in head {
            headers.insert(*name, HeaderValue::try_from(value).unwrap());
        }
        whose(&method, &Uri::try_from(target).unwrap(), &headers)
    }

    #[test]
    fn who_is_known_says_where() {
        let shard = Shard(5);
        let (token, key) = (shard.new_token(), shard.new_access_key());
        let call = "/v2/0123/ocr/general-text";
        assert_eq!(of(Method::POST, call, &[("x-auth-token", token.clone())]), Whose::Shard(shard));
        let signed = format!(
            "SDK-HMAC-SHA256 Access={key}, SignedHeaders=host;x-sdk-date, Signature={}",
            "0".repeat(64)
        );
        assert_eq!(of(Method::POST, call, &[("authorization", signed)]), Whose::Shard(shard));
        assert_eq!(
            of(Method::GET, "/v1/account", &[("cookie", format!("inkmeter_session={token}"))]),
            Whose::Shard(shard)
        );
        assert_eq!(of(Method::POST, call, &[]), Whose::Any);
        for nonsense in ["", "Basic x", "SDK-HMAC-SHA256 Access=x"] {
            assert_eq!(
                of(Method::POST, call, &[("authorization", nonsense.into())]),
                Whose::Shard(Shard::FIRST)
            );
        }
    }

    #[test]
    fn the_operator_says_it_in_the_path() {
        let asked = |method, target: &str| match of(method, target, &[]) {
            Whose::Operator(asked) => asked,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked(Method::GET, "/v1/admin/accounts"), Asked::Accounts);
        assert_eq!(asked(Method::POST, "/v1/admin/accounts"), Asked::NewAccount);
        assert_eq!(
            asked(Method::GET, "/v1/admin/accounts/al%69ce/history?x=1"),
            Asked::Account("alice".into())
        );
        assert_eq!(asked(Method::POST, "/v1/admin/accounts/a/members"), Asked::NewMember("a".into()));
        assert_eq!(asked(Method::DELETE, "/v1/admin/accounts/a/members/b"), Asked::Account("a".into()));
        assert_eq!(
            asked(Method::GET, "/v1/admin/gateways/g/charge?account=b%2B&key=k"),
            Asked::Account("b+".into())
        );
        assert_eq!(asked(Method::GET, "/v1/admin/journal?shard=3"), Asked::Of(Shard(3)));
        assert_eq!(asked(Method::GET, "/v1/admin/outbox?shard=3"), Asked::Of(Shard(3)));
        assert_eq!(asked(Method::GET, "/v1/admin/outbox"), Asked::Outbox);
        assert_eq!(asked(Method::POST, "/v1/admin/gateways"), Asked::Of(Shard::FIRST));
    }
}
