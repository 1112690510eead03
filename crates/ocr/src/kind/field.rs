//! Fields: what a document says, by the names its API has for them.

use crate::page::Quad;
use crate::sheet::{Glyph, Run as _};

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in the API.
    pub name: &'static str,
    /// What it says; empty if it was looked for in vain.
    pub value: String,
    /// How likely that is right, 0 to 1.
    pub confidence: f32,
    /// Where it stands.
    pub location: Option<Quad>,
}

/// The fields of a document, in its own order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    /// The field of that name, if the document has it.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }

    /// What a field says; empty also if the document does not have it.
    pub fn value(&self, name: &str) -> &str {
        self.get(name).map_or("", |field| &field.value)
    }

    /// Adds a field that says this, made of these characters.
    pub(crate) fn put(&mut self, name: &'static str, value: impl Into<String>, run: &[Glyph]) {
        self.put_as_sure(name, value, run.confidence(), run);
    }

    /// The same, with a confidence of its own. What stood there before is gone.
    pub(crate) fn put_as_sure(
        &mut self,
        name: &'static str,
        value: impl Into<String>,
        confidence: f32,
        run: &[Glyph],
    ) {
        let value = value.into();
        let confidence = if value.is_empty() { 0.0 } else { confidence };
        self.0.retain(|field| field.name != name);
        self.0.push(Field { name, value, confidence, location: run.location() });
    }

    /// Makes a field surer that says the same in another place, where it is so likely right.
    pub(crate) fn agree(&mut self, name: &str, confidence: f32) {
        if let Some(field) = self.0.iter_mut().find(|field| field.name == name) {
            field.confidence = 1.0 - (1.0 - field.confidence) * (1.0 - confidence);
        }
    }

    /// Adds a field that was looked for in vain.
    pub(crate) fn put_missing(&mut self, name: &'static str) {
        self.put(name, "", &[]);
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Fields {
        Fields(fields.into_iter().collect())
    }
}

/// How likely something is right whose check digit fits, if it was so likely before: what is wrong fits in one of so many
/// cases.
pub(crate) fn checked(confidence: f32, one_of: f32) -> f32 {
    confidence / (confidence + (1.0 - confidence) / one_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_digit_makes_surer() {
        assert_eq!((checked(1.0, 10.0), checked(0.0, 10.0)), (1.0, 0.0));
        assert!((checked(0.5, 10.0) - 10.0 / 11.0).abs() < 1e-6);
    }
}
