//! Documents whose answer is fields of text: all of one form, but for the names of their fields.

use std::collections::BTreeMap;

use super::Location;

/// How sure each field is, from 0 to 1, by its name; 0 for one that was looked for in vain.
pub type Confidences = BTreeMap<&'static str, f32>;

/// Where each field stands, by its name; none for one that was looked for in vain.
pub type Locations = BTreeMap<&'static str, Location>;

/// The fields of a document: of text first, which `of` takes by their names, then of other kinds, which are left out
/// until they are set. A field that was looked for and not found is an empty text; one the document does not have is
/// left out.
macro_rules! card {
    (
        $(#[$about:meta])*
        $name:ident {
            $($(#[$of_field:meta])* $field:ident,)*
            ;
            $($(#[$of_more:meta])* $more:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, schemars::JsonSchema)]
        pub struct $name {
            $($(#[$of_field])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<String>,)*
            $($(#[$of_more])* #[serde(skip_serializing_if = "Option::is_none")] pub $more: Option<$kind>,)*
        }

        impl $name {
            /// What stands in each field, by its name.
            pub fn of(mut value: impl FnMut(&str) -> Option<String>) -> $name {
                $name {
                    $($field: value(stringify!($field).trim_start_matches("r#")),)*
                    $($more: None,)*
                }
            }
        }
    };
}

/// A licence with two sides: what is asked about it, and what stands on it. Of one side its fields are given, of both one
/// after the other in `front` and `back`, and beside them what is `alone`. Some is asked and not answered: `unanswered`.
macro_rules! licence {
    (
        $(#[$about_body:meta])*
        Body { unanswered { $($unanswered:ident,)* } }
        $(#[$about:meta])*
        $name:ident {
            alone { $($(#[$of_alone:meta])* $alone:ident,)* }
            both { $($(#[$of_both:meta])* $both:ident,)* }
            $(#[$about_front:meta])*
            front $front:ident { $($(#[$of_front:meta])* $on_front:ident,)* }
            $(#[$about_back:meta])*
            back $back:ident { $($(#[$of_back:meta])* $on_back:ident,)* }
        }
    ) => {
        $(#[$about_body])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        pub struct Body {
            image: Option<String>,
            url: Option<String>,
            /// `front`, `back`, `double_side`; left out: `front`.
            side: Option<String>,
            return_issuing_authority: Option<bool>,
            return_text_location: Option<bool>,
            $($unanswered: Option<bool>,)*
        }

        impl super::Body for Body {
            fn sources(&mut self) -> super::Sources {
                super::Sources { bytes: self.image.take(), url: self.url.take() }
            }
        }

        impl Body {
            /// Which side is on the picture.
            ///
            /// # Errors
            /// AIS.0101 for what is none.
            pub fn side(&self) -> Result<super::body::Side, super::Invalid> {
                super::body::Side::parse(self.side.as_deref())
            }

            /// Whether it is wanted who issued it.
            pub fn wants_authority(&self) -> bool {
                self.return_issuing_authority.unwrap_or(false)
            }

            /// Whether places are wanted.
            pub fn wants_locations(&self) -> bool {
                self.return_text_location.unwrap_or(false)
            }
        }

        /// The body of a 200.
        pub type Response = super::Answer<$name>;

        card! {
            $(#[$about])*
            $name {
                $($(#[$of_alone])* $alone,)*
                $($(#[$of_both])* $both,)*
                $($(#[$of_front])* $on_front,)*
                $($(#[$of_back])* $on_back,)*
                ;
                /// Where each field stands, if asked for.
                text_location: super::Locations,
                $(#[$about_front])*
                front: $front,
                $(#[$about_back])*
                back: $back,
            }
        }

        card! {
            $(#[$about_front])*
            $front {
                $($(#[$of_both])* $both,)*
                $($(#[$of_front])* $on_front,)*
                ;
                /// Where each field stands, if asked for.
                text_location: super::Locations,
            }
        }

        card! {
            $(#[$about_back])*
            $back {
                $($(#[$of_both])* $both,)*
                $($(#[$of_back])* $on_back,)*
                ;
                /// Where each field stands, if asked for.
                text_location: super::Locations,
            }
        }

        impl $name {
            /// What stands on the sides that were found, each of them a `S` of which `value` and `places` tell.
            pub fn of_sides<S>(
                sides: (Option<S>, Option<S>),
                value: impl Fn(&S, &str) -> Option<String>,
                places: impl Fn(&S) -> Option<super::Locations>,
            ) -> $name {
                match sides {
                    (Some(front), Some(back)) => $name {
                        $($alone: value(&front, stringify!($alone).trim_start_matches("r#")),)*
                        front: Some($front {
                            text_location: places(&front),
                            ..$front::of(|name| value(&front, name))
                        }),
                        back: Some($back {
                            text_location: places(&back),
                            ..$back::of(|name| value(&back, name))
                        }),
                        ..$name::default()
                    },
                    (Some(side), None) | (None, Some(side)) => $name {
                        text_location: places(&side),
                        ..$name::of(|name| value(&side, name))
                    },
                    (None, None) => $name::default(),
                }
            }
        }
    };
}
