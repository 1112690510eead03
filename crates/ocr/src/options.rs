//! What a caller may ask for: the request fields of general-text, without the picture.

use serde::{Deserialize, Serialize};

use crate::Limits;

/// How to read a picture. The defaults are those of general-text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Report the page's direction; without it [`crate::Page::direction`] is `-1.0`. Pages that lie on
    /// a side are read either way.
    pub detect_direction: bool,
    /// The picture holds a single line of text: do not search for lines.
    pub quick_mode: bool,
    /// Also give each character with its place.
    pub character_mode: bool,
    /// The language expected.
    pub language: Language,
    /// All text of the picture runs in one direction: do not look for lines turned against the page.
    pub single_orientation_mode: bool,
    /// Which page of a PDF to read, from 1. Pictures of other formats ignore it.
    pub pdf_page_number: u32,
    /// Also give the text joined to [`crate::Page::markdown`].
    pub return_markdown_result: bool,
    /// Also give the ruled lines.
    pub rulings: bool,
    /// Also give the sheets that lie on the picture.
    pub sheets: bool,
    /// Whether seals are looked for.
    pub seals: SealOptions,
    /// Also give the picture itself, for files that show it with its text.
    pub jpeg: bool,
    /// Which pictures are taken.
    pub limits: Limits,
}

/// Whether seals are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SealOptions {
    /// They are not (the default).
    #[default]
    No,
    /// Beside the text: where they are.
    Places,
    /// Instead of the text of the page: where they are and what they say.
    Alone {
        /// Also the part of the picture each is on.
        pictures: bool,
        /// Also the picture without them.
        erased: bool,
    },
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            detect_direction: false,
            quick_mode: false,
            character_mode: false,
            language: Language::default(),
            single_orientation_mode: false,
            pdf_page_number: 1,
            return_markdown_result: false,
            rulings: false,
            sheets: false,
            seals: SealOptions::No,
            jpeg: false,
            limits: Limits::default(),
        }
    }
}

macro_rules! languages {
    ($($variant:ident $code:literal $covered:literal $name:literal,)*) => {
        /// The languages general-text takes by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Language {
            $(#[doc = $name] $variant,)*
            /// Chinese, simplified and traditional, mixed with English (the default).
            #[default]
            Zh,
        }

        impl Language {
            /// All of them.
            pub const ALL: &'static [Language] = &[$(Language::$variant,)* Language::Zh];

            /// The name in requests, such as `zh`.
            pub fn code(self) -> &'static str {
                match self {
                    $(Language::$variant => $code,)*
                    Language::Zh => "zh",
                }
            }

            /// Whether the recognition model knows the script of this language. Text in a script it
            /// does not know is read as what looks most like it, with low confidence.
            pub fn is_covered(self) -> bool {
                match self {
                    $(Language::$variant => $covered,)*
                    Language::Zh => true,
                }
            }
        }
    };
}

languages! {
    Auto "auto" true "Whatever the picture shows.",
    Ms "ms" true "Malay.",
    Uk "uk" false "Ukrainian.",
    Hi "hi" false "Hindi.",
    Ru "ru" false "Russian.",
    Vi "vi" false "Vietnamese.",
    Id "id" true "Indonesian.",
    Th "th" false "Thai.",
    Ar "ar" false "Arabic.",
    De "de" true "German.",
    La "la" true "Latin.",
    Fr "fr" true "French.",
    It "it" true "Italian.",
    Es "es" true "Spanish.",
    Pt "pt" true "Portuguese.",
    Ro "ro" true "Romanian.",
    Pl "pl" true "Polish.",
    Am "am" false "Amharic.",
    Ja "ja" true "Japanese.",
    Ko "ko" false "Korean.",
    Tr "tr" true "Turkish.",
    No "no" true "Norwegian.",
    Da "da" true "Danish.",
    Sv "sv" true "Swedish.",
    Km "km" false "Khmer.",
    He "he" false "Hebrew.",
}

impl Language {
    /// The language of that name; `None` if general-text does not know it. Names are lower case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.code() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_name() {
        assert_eq!(Language::ALL.len(), 27);
        for &language in Language::ALL {
            assert_eq!(Language::parse(language.code()), Some(language));
        }
        assert_eq!(Language::parse("ZH"), None);
        assert_eq!(Language::parse("xx"), None);
        assert_eq!(TextOptions::default().language, Language::Zh);
    }
}
