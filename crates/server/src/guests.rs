//! How many connections one address may have.
//!
//! Without such a limit one client that opens connections and says nothing takes all there are. A proxy in front is
//! one address for all of its clients, so proxies are named in the configuration and not limited here. Of IPv6 a
//! client has a whole /64, which therefore counts as one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

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
    unlimited: Vec<IpAddr>,
    by_address: Mutex<HashMap<IpAddr, usize>>,
    refusals: Arc<Semaphore>,
}

/// A connection that counts until it is dropped.
pub struct Guest {
    guests: Arc<Guests>,
    address: IpAddr,
}

impl Guests {
    /// Nobody yet. Each address may have `most` connections, but for those that are unlimited.
    pub fn new(most: usize, unlimited: Vec<IpAddr>) -> Arc<Guests> {
        let refusals = Arc::new(Semaphore::new(REFUSALS));
        Arc::new(Guests { most, unlimited, by_address: Mutex::default(), refusals })
    }

    /// Lets a connection in, unless its address has as many as it may.
    pub fn admit(self: &Arc<Guests>, address: IpAddr) -> Option<Guest> {
        let canonical = address.to_canonical();
        let address = counted(canonical);
        let mut by_address = self.by_address.lock();
        let has = by_address.entry(address).or_default();
        if *has >= self.most && !self.unlimited.contains(&canonical) {
            return None;
        }
        *has += 1;
        Some(Guest { guests: Arc::clone(self), address })
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

impl Drop for Guest {
    fn drop(&mut self) {
        let mut by_address = self.guests.by_address.lock();
        if let Some(has) = by_address.get_mut(&self.address) {
            *has -= 1;
            if *has == 0 {
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

    #[test]
    fn each_address_has_its_own_places() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let guests = Guests::new(2, vec![address("10.0.0.1")]);
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
