//! The documents that are told apart: each has its kind, whose own rules say whether it is one. Here is the list, and
//! nothing about where on a picture they lie.

use super::super::field::Fields;
use super::super::flight_itinerary::{self, FlightItinerary};
use super::super::id_card::{self, IdCard};
use super::super::licence::Sides;
use super::super::mvs_invoice::{self, MvsInvoice};
use super::super::passport::{self, Passport};
use super::super::side::Side;
use super::super::vat_invoice::{self, VatInvoice};
use super::super::{
    Bankcard, DriverLicense, Kind, QuotaInvoice, TaxiInvoice, TollInvoice, TrainTicket, VehicleLicense,
};
use crate::Page;

/// What is wanted of the documents of a type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Want<A> {
    /// They are not looked for.
    No,
    /// Whatever stands on them.
    #[default]
    Any,
    /// What their own call answers if it is asked for this.
    Exactly(A),
}

/// The table: what a type is called, its kind, and what that is asked for to find any document of it.
macro_rules! types {
    ($($(#[$about:meta])* $name:ident $field:ident: $kind:ty, $asked:expr;)*) => {
        /// A type of documents.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Type {
            $($(#[$about])* $name,)*
        }

        /// What was found on a document, as its kind gives it.
        #[derive(Debug, Clone)]
        pub enum Content {
            $($(#[$about])* $name(<$kind as Kind>::Found),)*
        }

        /// What is wanted of each type.
        #[derive(Debug, Clone, Default)]
        pub struct Wanted {
            $($(#[$about])* pub $field: Want<<$kind as Kind>::Asked>,)*
        }

        impl Type {
            /// All of them.
            pub const ALL: &'static [Type] = &[$(Type::$name,)*];

            /// What it is called.
            pub fn name(self) -> &'static str {
                match self { $(Type::$name => stringify!($field),)* }
            }

            /// What a page says, if it is a document of this type.
            pub(super) fn shown(self, page: &Page) -> Option<Content> {
                match self {
                    $(Type::$name => {
                        let found = $asked.iter().filter_map(|asked| <$kind>::find(page.clone(), asked).ok());
                        // Of two sides the one that says more.
                        found.map(Content::$name).rev().max_by_key(Content::filled)
                    })*
                }
            }
        }

        impl Wanted {
            /// Whether documents of a type are looked for.
            pub fn has(&self, kind: Type) -> bool {
                match kind { $(Type::$name => !matches!(self.$field, Want::No),)* }
            }

            /// What is wanted of a document on this page, of which that was shown; nothing if it is not on it.
            pub(super) fn of(&self, shown: Content, page: Page) -> Option<Content> {
                match shown {
                    $(Content::$name(shown) => match &self.$field {
                        Want::No => None,
                        Want::Any => Some(Content::$name(shown)),
                        Want::Exactly(asked) => <$kind>::find(page, asked).ok().map(Content::$name),
                    },)*
                }
            }
        }

        impl Content {
            /// Of which type it is.
            pub fn kind(&self) -> Type {
                match self { $(Content::$name(_) => Type::$name,)* }
            }

            /// How many fields of it say something.
            pub(super) fn filled(&self) -> usize {
                match self { $(Content::$name(found) => found.filled(),)* }
            }
        }
    };
}

types! {
    /// A bank card.
    Bankcard bankcard: Bankcard, [()];
    /// A driving licence of China.
    DriverLicense driver_license: DriverLicense, [Side::Front, Side::Back];
    /// The itinerary of a ticket for air transport.
    FlightItinerary flight_itinerary: FlightItinerary, [()];
    /// An identity card of China.
    IdCard id_card: IdCard, [id_card::Asked::Front, id_card::Asked::Back];
    /// An invoice of a vehicle that was sold.
    MvsInvoice mvs_invoice: MvsInvoice, [mvs_invoice::Asked::New];
    /// A passport.
    Passport passport: Passport, [passport::Asked::Any];
    /// A quota invoice.
    QuotaInvoice quota_invoice: QuotaInvoice, [()];
    /// The receipt of a taxi.
    TaxiInvoice taxi_invoice: TaxiInvoice, [()];
    /// The receipt of a toll.
    TollInvoice toll_invoice: TollInvoice, [()];
    /// A railway ticket.
    TrainTicket train_ticket: TrainTicket, [()];
    /// An invoice of the value-added tax.
    VatInvoice vat_invoice: VatInvoice, [vat_invoice::Asked { page: 1 }];
    /// A vehicle licence of China.
    VehicleLicense vehicle_license: VehicleLicense, [Side::Front, Side::Back];
}

impl Type {
    /// The type of that name, if there is one.
    pub fn parse(name: &str) -> Option<Type> {
        Type::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// What can say more or less.
trait Filled {
    /// How many of its fields say something.
    fn filled(&self) -> usize;
}

impl Filled for Fields {
    fn filled(&self) -> usize {
        self.iter().filter(|field| !field.value.is_empty()).count()
    }
}

impl Filled for Sides {
    fn filled(&self) -> usize {
        [&self.front, &self.back].into_iter().flatten().map(Filled::filled).sum()
    }
}

impl Filled for id_card::Found {
    fn filled(&self) -> usize {
        let front = self.front.as_ref().map_or(0, |front| front.fields.filled());
        front + self.back.as_ref().map_or(0, |back| back.fields.filled())
    }
}

impl Filled for vat_invoice::Found {
    fn filled(&self) -> usize {
        self.fields.filled() + self.items.iter().map(Filled::filled).sum::<usize>()
    }
}

impl Filled for flight_itinerary::Found {
    fn filled(&self) -> usize {
        self.fields.filled() + self.legs.iter().map(Filled::filled).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_names() {
        for &kind in Type::ALL {
            assert_eq!(Type::parse(kind.name()), Some(kind));
            assert!(Wanted::default().has(kind));
        }
        assert_eq!((Type::parse("id-card"), Type::parse("")), (None, None));
    }
}
