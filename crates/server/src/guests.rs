//! How many connections one address may have, and how much memory for bodies.
//!
//! Without such limits one client that opens connections and says nothing, or half of what it has to say, takes all
//! there is. A proxy in front is one address for all of its clients, so proxies are named in the configuration and
//! not limited here. A connection of HTTP/2 carries many calls at once, so these are counted like connections: an
//! address may have as many of them. Of IPv6 a client has a whole /64, which therefore counts as one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::config::ServerConfig;
use crate::http::request_id;

/// How long a client has to take its refusal.
const REFUSAL_TIME: Duration = Duration::from_secs(2);
/// How many are refused in words at once; others are hung up on.
const REFUSALS: usize = 64;
/// The refusal. It is written before anything is read: nothing of a guest too many is looked at.
const REFUSAL: &str = concat!(
    "{\"error_code\":\"APIG.0308\",\"error_msg\":\"The throttling threshold has been reached: too many connections ",
    "from this address.\",\"reason\":\"too_many_connections\",\"cure\":\"Close connections that are not used, or use ",
    "them for several calls.\"}"
);

/// Who is connected.
pub struct Guests {
    most: usize,
    body_kib: usize,
    unlimited: Vec<IpAddr>,
    by_address: Mutex<HashMap<IpAddr, Household>>,
    refusals: Arc<Semaphore>,
}

/// What the connections of one address have together.
struct Household {
    connections: usize,
    /// Calls under way on connections that carry several.
    calls: usize,
    body_kib: Arc<Semaphore>,
}

/// A connection that counts until it is dropped.
pub struct Guest {
    guests: Arc<Guests>,
    address: IpAddr,
    body_kib: Option<Arc<Semaphore>>,
}

/// A call on a connection that carries several; it counts until it is dropped.
pub struct GuestCall(Arc<Guest>);

impl Guest {
    /// The memory that the bodies of its address may take together, in KiB; `None` is as much as there is.
    pub fn body_kib(&self) -> Option<&Semaphore> {
        self.body_kib.as_deref()
    }

    /// The same, to be taken for longer than the guest stays.
    pub fn shared_body_kib(&self) -> Option<Arc<Semaphore>> {
        self.body_kib.clone()
    }

    /// The address it counts for; of IPv6 that is a network.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Lets a call in that shares its connection with others, unless its address has as many of them as it may have
    /// connections.
    pub fn call(self: &Arc<Guest>) -> Option<GuestCall> {
        let mut by_address = self.guests.by_address.lock();
        let household = by_address.get_mut(&self.address)?;
        let is_limited = self.body_kib.is_some();
        if is_limited && household.calls >= self.guests.most {
            return None;
        }
        household.calls += 1;
        Some(GuestCall(Arc::clone(self)))
    }
}

impl Guests {
    /// Nobody yet. Each address may have so many connections and so much memory for bodies as the configuration says,
    /// but for proxies.
    pub fn new(config: &ServerConfig) -> Arc<Guests> {
        Arc::new(Guests {
            most: config.max_connections_per_address,
            // One body must always fit.
            body_kib: config.body_memory_per_address_bytes.max(config.body_limit_bytes).div_ceil(1024),
            unlimited: config.proxies.clone(),
            by_address: Mutex::default(),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
        })
    }

    /// Lets a connection in, unless its address has as many as it may.
    pub fn admit(self: &Arc<Guests>, address: IpAddr) -> Option<Guest> {
        let is_limited = !self.unlimited.contains(&address.to_canonical());
        self.count(address, is_limited)
    }

    /// A guest whom another node has let in, and counts.
    pub fn sent_on(self: &Arc<Guests>, address: IpAddr) -> Option<Guest> {
        self.count(address, false)
    }

    fn count(self: &Arc<Guests>, address: IpAddr, is_limited: bool) -> Option<Guest> {
        let address = counted(address.to_canonical());
        let mut by_address = self.by_address.lock();
        let household = by_address.entry(address).or_insert_with(|| Household {
            connections: 0,
            calls: 0,
            body_kib: Arc::new(Semaphore::new(self.body_kib)),
        });
        if is_limited && household.connections >= self.most {
            return None;
        }
        household.connections += 1;
        let body_kib = is_limited.then(|| Arc::clone(&household.body_kib));
        Some(Guest { guests: Arc::clone(self), address, body_kib })
    }

    /// Tells a client that it has too many connections, and hangs up.
    pub fn turn_away(&self, mut stream: TcpStream) {
        let Ok(turn) = Arc::clone(&self.refusals).try_acquire_owned() else { return };
        tokio::spawn(async move {
            let _turn = turn;
            let head = format!(
                "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Retry-After: 5\r\nX-Request-Id: {}\r\nConnection: close\r\n\r\n",
                REFUSAL.len(),
                request_id::of_call()
            );
            let told = async {
                stream.write_all(format!("{head}{REFUSAL}").as_bytes()).await?;
                stream.shutdown().await?;
                // To hang up on a client that is still sending would take the answer from it.
                let mut bin = [0; 4096];
                while stream.read(&mut bin).await? > 0 {}
                std::io::Result::Ok(())
            };
            let _ = tokio::time::timeout(REFUSAL_TIME, told).await;
        });
    }
}

impl Drop for GuestCall {
    fn drop(&mut self) {
        // The connection is still there: the call holds it.
        if let Some(household) = self.0.guests.by_address.lock().get_mut(&self.0.address) {
            household.calls -= 1;
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut by_address = self.guests.by_address.lock();
        if let Some(household) = by_address.get_mut(&self.address) {
            household.connections -= 1;
            if household.connections == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

/// The address a connection counts for.
fn counted(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DEFAULTS};

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn guests(most: usize) -> Arc<Guests> {
        let mut config = Config::parse(DEFAULTS).unwrap().server;
        config.max_connections_per_address = most;
        config.proxies = vec![address("10.0.0.1")];
        Guests::new(&config)
    }

    #[test]
    fn an_address_has_one_share_of_memory() {
        let guests = guests(2);
        let kib = |guest: &Guest| guest.body_kib().map(Semaphore::available_permits);
        let first = guests.admit(address("10.0.0.9")).unwrap();
        let whole = kib(&first).unwrap();
        let second = guests.admit(address("10.0.0.9")).unwrap();
        let body = first.body_kib().unwrap().try_acquire_many(1_000).unwrap();
        assert_eq!(kib(&second), Some(whole - 1_000));
        assert_eq!(kib(&guests.admit(address("10.0.0.8")).unwrap()), Some(whole));
        assert_eq!(kib(&guests.admit(address("10.0.0.1")).unwrap()), None, "a proxy");
        drop(body);
        assert_eq!(kib(&second), Some(whole));
    }

    #[test]
    fn each_address_has_its_own_places() {
        let guests = guests(2);
        let first = guests.admit(address("10.0.0.9")).unwrap();
        // The same by its other name.
        let _second = guests.admit(address("::ffff:10.0.0.9")).unwrap();
        assert!(guests.admit(address("10.0.0.9")).is_none());
        assert!(guests.admit(address("10.0.0.8")).is_some());
        let proxied: Vec<_> = (0..10).map(|_| guests.admit(address("10.0.0.1")).unwrap()).collect();
        drop(first);
        let _third = guests.admit(address("10.0.0.9")).unwrap();
        assert!(guests.admit(address("10.0.0.9")).is_none());
        let _one = guests.admit(address("2001:db8::1")).unwrap();
        let _two = guests.admit(address("2001:db8::2")).unwrap();
        assert!(guests.admit(address("2001:db8::3:0:0:1")).is_none(), "one network of a client");
        assert!(guests.admit(address("2001:db8:0:1::1")).is_some());
        drop(proxied);
        assert_eq!(guests.by_address.lock().len(), 2, "who has left is forgotten");
    }
}
