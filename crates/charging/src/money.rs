//! Money and unit prices as scaled integers, with exact decimal text.
//!
//! Amounts are kept in 10⁻⁸ of the currency and unit prices in 10⁻¹⁰ ("product prices are calculated to 10
//! decimal places and resource usage expenditures to eight decimal places", Billing Center FAQ on monthly
//! settlement). Products are taken in `i128`. There is no division and no `From<f64>`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount in 10⁻⁸ of the currency unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// A price of one unit in 10⁻¹⁰ of the currency unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnitPrice(i64);

/// Text that is not an amount: too many decimals, not a number, or out of range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseMoneyError {
    /// Not of the form `[-]digits[.digits]`.
    NotANumber,
    /// More decimals than the type keeps.
    TooPrecise {
        /// How many decimals the type keeps.
        decimals: u32,
    },
    /// Outside what the books can hold.
    OutOfRange,
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);
    /// Less than any amount: a line that nothing falls below.
    pub const MIN: Money = Money(i64::MIN);
    /// The largest amount the books accept on one side: ten thousand million currency units. Far inside `i64`,
    /// so that sums of a few books can never overflow.
    pub const LIMIT: Money = Money(10_000_000_000 * 100_000_000);

    /// From 10⁻⁸ of the currency unit.
    pub const fn from_e8(e8: i64) -> Money {
        Money(e8)
    }

    /// In 10⁻⁸ of the currency unit.
    pub const fn e8(self) -> i64 {
        self.0
    }

    /// True above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True at zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True if the amount is within ±[`Money::LIMIT`].
    pub const fn is_within_limit(self) -> bool {
        self.0 <= Money::LIMIT.0 && self.0 >= -Money::LIMIT.0
    }

    /// Rounds to two decimals, half away from zero: how a monthly total is stated.
    pub fn rounded_to_cents(self) -> Money {
        const CENT: i64 = 1_000_000;
        let remainder = self.0.rem_euclid(CENT);
        let floor = self.0 - remainder;
        let up = if self.0 >= 0 { remainder * 2 >= CENT } else { remainder * 2 > CENT };
        Money(if up { floor + CENT } else { floor })
    }

    /// Drops what is beyond two decimals: how a monthly total is stated where the tail is given away
    /// ("truncated amount").
    pub fn tail_dropped(self) -> Money {
        const CENT: i64 = 1_000_000;
        Money(self.0 - self.0 % CENT)
    }

    /// All eight decimals, as a column of figures shows them.
    pub fn in_full(self) -> String {
        in_full(self.0, 8)
    }
}

impl UnitPrice {
    /// From 10⁻¹⁰ of the currency unit.
    pub const fn from_e10(e10: i64) -> UnitPrice {
        UnitPrice(e10)
    }

    /// In 10⁻¹⁰ of the currency unit.
    pub const fn e10(self) -> i64 {
        self.0
    }

    /// All ten decimals, as a column of figures shows them.
    pub fn in_full(self) -> String {
        in_full(self.0, 10)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

/// Writes a scaled integer with at least two decimals and no needless zeros after them.
fn write_scaled(f: &mut fmt::Formatter<'_>, value: i64, decimals: usize) -> fmt::Result {
    let digits = format!("{:0width$}", value.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let trimmed = fraction.trim_end_matches('0');
    let shown = if trimmed.len() < 2 { &fraction[..2] } else { trimmed };
    let sign = if value < 0 { "-" } else { "" };
    f.pad(&format!("{sign}{whole}.{shown}"))
}

fn in_full(value: i64, decimals: usize) -> String {
    let digits = format!("{:0width$}", value.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

fn parse_scaled(text: &str, decimals: u32) -> Result<i64, ParseMoneyError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(ParseMoneyError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals as usize {
        return Err(ParseMoneyError::TooPrecise { decimals });
    }
    let mut value: i64 = 0;
    let padding = std::iter::repeat_n(b'0', decimals as usize - fraction.len());
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(i64::from(digit - b'0')))
            .ok_or(ParseMoneyError::OutOfRange)?;
    }
    Ok(if negative { -value } else { value })
}

macro_rules! decimal_text {
    ($type:ident, $decimals:expr) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_scaled(f, self.0, $decimals)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_scaled(f, self.0, $decimals)
            }
        }

        impl FromStr for $type {
            type Err = ParseMoneyError;
            fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
                parse_scaled(text, $decimals).map($type)
            }
        }

        /// Decimal text where a person may read it, the scaled integer where only programs do.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_i64(self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(DecimalText(PhantomData))
                } else {
                    i64::deserialize(deserializer).map($type)
                }
            }
        }
    };
}

/// Reads decimal text; a number is not taken for it, for most who write numbers have floating point in them.
struct DecimalText<T>(PhantomData<T>);

impl<T: FromStr<Err = ParseMoneyError>> Visitor<'_> for DecimalText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text; write amounts as text: \"20.00\", not 20")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

decimal_text!(Money, 8);
decimal_text!(UnitPrice, 10);

impl fmt::Display for ParseMoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseMoneyError::NotANumber => write!(f, "not an amount; write it like 12 or 12.34"),
            ParseMoneyError::TooPrecise { decimals } => write!(f, "at most {decimals} decimals are kept"),
            ParseMoneyError::OutOfRange => write!(f, "the amount is too large"),
        }
    }
}

impl std::error::Error for ParseMoneyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_exact_both_ways() {
        for text in ["0.00", "0.05", "12.30", "-7.12345678", "99999999.99"] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
        assert_eq!("0.0000000001".parse::<UnitPrice>().unwrap().e10(), 1);
        assert_eq!("5".parse::<Money>().unwrap(), Money::from_e8(500_000_000));
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "1e3", "+1", "--1", "1,5", " 1", "NaN"] {
            assert_eq!(text.parse::<Money>(), Err(ParseMoneyError::NotANumber), "{text:?}");
        }
        assert_eq!("0.000000001".parse::<Money>(), Err(ParseMoneyError::TooPrecise { decimals: 8 }));
        assert_eq!("999999999999999".parse::<Money>(), Err(ParseMoneyError::OutOfRange));
    }

    #[test]
    fn monthly_totals_round_half_up() {
        let cents = |text: &str| text.parse::<Money>().unwrap().rounded_to_cents().to_string();
        assert_eq!(cents("0.83822466"), "0.84");
        assert_eq!(cents("0.835"), "0.84");
        assert_eq!(cents("0.83499999"), "0.83");
        assert_eq!(cents("-0.835"), "-0.84");
    }

    #[test]
    fn a_dropped_tail_is_dropped_towards_zero() {
        let cents = |text: &str| text.parse::<Money>().unwrap().tail_dropped().to_string();
        assert_eq!(cents("0.83822466"), "0.83");
        assert_eq!(cents("0.83999999"), "0.83");
        assert_eq!(cents("12.00"), "12.00");
        assert_eq!(cents("-0.83999999"), "-0.83");
    }

    #[test]
    fn columns_show_every_decimal() {
        assert_eq!("0.05".parse::<Money>().unwrap().in_full(), "0.05000000");
        assert_eq!("-7".parse::<Money>().unwrap().in_full(), "-7.00000000");
        assert_eq!("0.0000000033".parse::<UnitPrice>().unwrap().in_full(), "0.0000000033");
    }
}
