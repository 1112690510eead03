//! A request on its way to the shard it is for, through this node or through another one.
//!
//! Another node serves it as if it had come there: with its target and its headers as they came, for signatures are checked
//! there, and with what only the first node knows, in headers of our own. What a client sends under such names is thrown
//! away.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::OriginalUri;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use bytes::Bytes;
use http_body_util::Full;
use ledger::directory::GatewayRow;
use serde::{Deserialize, Serialize};

use crate::guests::{Guest, Guests};
use crate::http::address_of;
use crate::http::audit::Actor;
use crate::http::target::TwoHosts;
use crate::shard::Shard;

/// What begins the names of our own headers.
const OURS: &str = "inkmeter-";
/// Which shard is asked.
pub(super) const SHARD: HeaderName = HeaderName::from_static("inkmeter-shard");
/// What is asked of a node itself.
pub(super) const OF_NODE: HeaderName = HeaderName::from_static("inkmeter-of-node");
/// Says in an answer that the shard is not there, and that nothing was done.
pub(super) const ELSEWHERE: HeaderName = HeaderName::from_static("inkmeter-elsewhere");
/// Says in an answer that the shard cannot be written any more where it was, so that nobody can say what was done.
pub(super) const STOPPED: HeaderName = HeaderName::from_static("inkmeter-stopped");
const KNOWN: HeaderName = HeaderName::from_static("inkmeter-known");

/// A request that is here whole.
pub(super) struct Ask {
    parts: Parts,
    body: Bytes,
}

/// What was proved of a request's sender before it got to the shard's own routes.
#[derive(Debug, Clone)]
pub enum Proven {
    /// It is the operator, who showed this.
    Operator(Actor),
    /// It is this gateway.
    Gateway(Arc<GatewayRow>),
}

/// What the first node knows and the next does not.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    host: Option<String>,
    two_hosts: bool,
    /// The target as it came, if it came in another form.
    original: Option<String>,
    address: Option<IpAddr>,
    operator: Option<Actor>,
    gateway: Option<GatewayIs>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GatewayIs {
    name: String,
    apis: Vec<String>,
    created_at_ms: i64,
}

impl From<&GatewayRow> for GatewayIs {
    fn from(row: &GatewayRow) -> GatewayIs {
        GatewayIs { name: row.name.clone(), apis: row.apis.clone(), created_at_ms: row.created_at_ms }
    }
}

impl From<GatewayIs> for GatewayRow {
    fn from(is: GatewayIs) -> GatewayRow {
        GatewayRow { name: is.name, apis: is.apis, created_at_ms: is.created_at_ms }
    }
}

impl Ask {
    /// A request and its body.
    pub fn new(parts: Parts, body: Bytes) -> Ask {
        Ask { parts, body }
    }

    /// What came before the body.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Whether it may be asked twice: it changes nothing, or it is a gateway's, whose keys see to it that nothing is done
    /// twice.
    pub fn is_safe(&self) -> bool {
        let is_gateways = matches!(self.parts.extensions.get(), Some(Proven::Gateway(_)));
        is_gateways || matches!(self.parts.method, Method::GET | Method::HEAD)
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The same with something proved of its sender.
    pub fn proven(mut self, proven: Proven) -> Ask {
        self.parts.extensions.insert(proven);
        self
    }

    /// The same by another method.
    pub fn with_method(mut self, method: Method) -> Ask {
        self.parts.method = method;
        self
    }

    /// The same with another target, which no signature is checked against.
    pub fn with_target(mut self, target: Uri) -> Ask {
        self.parts.uri = target;
        self
    }

    /// For the routes of a house here.
    pub fn here(&self) -> Request<Body> {
        Request::from_parts(self.parts.clone(), Body::from(self.body.clone()))
    }

    /// For another node.
    pub fn for_node(&self, shard: Shard) -> Request<Full<Bytes>> {
        let Parts { method, uri, headers, extensions, .. } = &self.parts;
        let path = |uri: &Uri| uri.path_and_query().map(ToString::to_string);
        let known = Known {
            host: headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned),
            two_hosts: extensions.get::<TwoHosts>().is_some(),
            original: extensions.get::<OriginalUri>().and_then(|original| path(&original.0)),
            address: address_of(extensions),
            operator: match extensions.get() {
                Some(Proven::Operator(actor)) => Some(actor.clone()),
                _ => None,
            },
            gateway: match extensions.get() {
                Some(Proven::Gateway(row)) => Some(GatewayIs::from(&**row)),
                _ => None,
            },
        };
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = of_node(uri);
        *request.headers_mut() = travelling(headers);
        let ours = request.headers_mut();
        ours.insert(SHARD, HeaderValue::from(u16::from(shard.0)));
        if let Ok(Ok(known)) = serde_json::to_vec(&known).map(|known| HeaderValue::from_bytes(&known)) {
            ours.insert(KNOWN, known);
        }
        request
    }

    /// What came from another node, as it came there.
    pub fn from_node<B>(request: Request<B>, guests: &Arc<Guests>) -> Request<B> {
        let (mut parts, body) = request.into_parts();
        let known = parts.headers.get(KNOWN).and_then(|known| serde_json::from_slice(known.as_bytes()).ok());
        let known: Known = known.unwrap_or_default();
        parts.headers = travelling(&parts.headers);
        if let Some(host) = known.host.and_then(|host| HeaderValue::try_from(host).ok()) {
            parts.headers.insert(HOST, host);
        }
        if let Some(path) = parts.uri.path_and_query().cloned() {
            parts.uri = Uri::from(path);
        }
        let extensions = &mut parts.extensions;
        if known.two_hosts {
            extensions.insert(TwoHosts);
        }
        if let Some(Ok(original)) = known.original.map(Uri::try_from) {
            extensions.insert(OriginalUri(original));
        }
        if let Some(guest) = known.address.and_then(|address| guests.sent_on(address)) {
            extensions.insert::<Arc<Guest>>(Arc::new(guest));
        }
        if let Some(actor) = known.operator {
            extensions.insert(Proven::Operator(actor));
        } else if let Some(gateway) = known.gateway {
            extensions.insert(Proven::Gateway(Arc::new(gateway.into())));
        }
        Request::from_parts(parts, body)
    }
}

/// A question that is asked of a node itself. What the headers say under names of ours we have said.
pub(super) fn question(what: &'static str, headers: &HeaderMap, shard: Shard) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = of_node(&Uri::from_static("/"));
    *request.headers_mut() = travelling(headers);
    let ours = headers.iter().filter(|(name, _)| name.as_str().starts_with(OURS));
    request.headers_mut().extend(ours.map(|(name, value)| (name.clone(), value.clone())));
    request.headers_mut().insert(OF_NODE, HeaderValue::from_static(what));
    request.headers_mut().insert(SHARD, HeaderValue::from(u16::from(shard.0)));
    request
}

/// Takes away what a client has no business to say.
pub(super) fn without_ours(headers: &mut HeaderMap) {
    let ours: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(OURS)).cloned().collect();
    for name in ours {
        headers.remove(name);
    }
}

/// The headers that go on; the others are about the connection they came over, or are told otherwise.
fn travelling(headers: &HeaderMap) -> HeaderMap {
    const STAY: [HeaderName; 10] = [
        CONNECTION,
        CONTENT_LENGTH,
        EXPECT,
        HOST,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    let goes = |name: &HeaderName| {
        !STAY.contains(name)
            && !name.as_str().starts_with(OURS)
            && name != "keep-alive"
            && name != "proxy-connection"
    };
    let going = headers.iter().filter(|(name, _)| goes(name));
    going.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A target at a node, of which the connection says which one it is.
fn of_node(uri: &Uri) -> Uri {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Uri::try_from(format!("https://node{path}")).unwrap_or_default()
}
