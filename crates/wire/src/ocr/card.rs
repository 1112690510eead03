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
