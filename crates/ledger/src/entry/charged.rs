//! The event that comes by the million, written by hand: a charge of a usual shape.
//!
//! Its bytes are those postcard writes for it, so reading knows no difference; they are only written four times as
//! fast. The shape of the event is taken apart field by field, so that a new field does not compile here.

use charging::{Draw, Event, Rated, Recorded};

/// The place of [`Event::Charged`] among the events.
const CHARGED: u8 = 6;
/// What the longest charge of a usual shape takes.
const LIMIT_BYTES: usize = 128;

/// Appends the event's bytes if it is a charge that draws from at most one lot, at one price, for no enterprise
/// project; says whether it is.
pub(super) fn append(recorded: &Recorded, buffer: &mut Vec<u8>) -> bool {
    let Recorded { at, event } = recorded;
    let Event::Charged { charge, service, enterprise_project: None, draws, rated, carry_e10 } = event else {
        return false;
    };
    if draws.len() > 1 || rated.len() > 1 {
        return false;
    }
    let mut bytes = Bytes { written: [0; LIMIT_BYTES], count: 0 };
    bytes.signed(at.ms());
    bytes.byte(CHARGED);
    bytes.all(charge.0.to_be_bytes());
    bytes.number(u64::from(service.0));
    bytes.byte(0);
    bytes.byte(u8::from(!draws.is_empty()));
    for Draw { lot, units } in draws {
        bytes.number(u64::from(lot.0));
        bytes.number(*units);
    }
    bytes.byte(u8::from(!rated.is_empty()));
    for Rated { units, price_version, tier, amount } in rated {
        bytes.number(*units);
        bytes.number(u64::from(*price_version));
        bytes.byte(*tier);
        bytes.signed(amount.e8());
    }
    bytes.byte(*carry_e10);
    let before = buffer.len();
    // All of it, and the rest taken back: a copy of a fixed length needs no call.
    buffer.extend_from_slice(&bytes.written);
    buffer.truncate(before + bytes.count);
    true
}

/// Bytes on the stack. The charge of a usual shape has at most 97.
struct Bytes {
    written: [u8; LIMIT_BYTES],
    count: usize,
}

impl Bytes {
    #[inline]
    fn byte(&mut self, byte: u8) {
        self.written[self.count % LIMIT_BYTES] = byte;
        self.count += 1;
    }

    #[inline]
    fn all(&mut self, bytes: [u8; 16]) {
        self.written[self.count..self.count + 16].copy_from_slice(&bytes);
        self.count += 16;
    }

    /// Seven bits a byte, the lowest first; all but the last byte have the highest bit set.
    #[inline]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Small negative numbers become small odd ones.
    #[inline]
    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charging::{ChargeId, Draws, LotNo, Money, ServiceNo, Timestamp};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_bytes_are_postcards(
            at in any::<i64>(),
            charge in any::<u128>(),
            (service, carry_e10) in any::<(u16, u8)>(),
            draws in proptest::collection::vec(any::<(u32, u64)>(), 0..3),
            rated in proptest::collection::vec(any::<(u64, u16, u8, i64)>(), 0..3),
        ) {
            let usual = draws.len() < 2 && rated.len() < 2;
            let draw = |(lot, units)| Draw { lot: LotNo(lot), units };
            let at_price = |(units, price_version, tier, e8)| {
                Rated { units, price_version, tier, amount: Money::from_e8(e8) }
            };
            let recorded = Recorded {
                at: Timestamp::from_ms(at),
                event: Event::Charged {
                    charge: ChargeId(charge),
                    service: ServiceNo(service),
                    enterprise_project: None,
                    draws: draws.into_iter().map(draw).collect::<Draws>(),
                    rated: rated.into_iter().map(at_price).collect(),
                    carry_e10,
                },
            };
            let mut bytes = Vec::new();
            prop_assert_eq!(append(&recorded, &mut bytes), usual);
            prop_assert_eq!(bytes, if usual { postcard::to_stdvec(&recorded).unwrap() } else { Vec::new() });
        }
    }
}
