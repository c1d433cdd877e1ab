//! Reading theme files. Every mistake is reported with its line and with what is allowed there.

use std::collections::BTreeMap;

use ratatui::style::Modifier;
use serde::Deserialize;
use serde_yaml::Spanned;

use super::colour::ANSI_NAMES;
use super::{Colour, Look, Role, Theme};
use crate::file_error::{At, FileError, at};
use crate::near::{near, or_all, suggestion};
use crate::user_file::stem;

/// The themes that are built in, in an order in which each comes after what it inherits.
pub(super) const EMBEDDED: [(&str, &str); 6] = [
    ("themes/dark.yaml", include_str!("../../../themes/dark.yaml")),
    ("themes/light.yaml", include_str!("../../../themes/light.yaml")),
    ("themes/ansi16.yaml", include_str!("../../../themes/ansi16.yaml")),
    (
        "themes/high-contrast.yaml",
        include_str!("../../../themes/high-contrast.yaml"),
    ),
    (
        "themes/colour-blind.yaml",
        include_str!("../../../themes/colour-blind.yaml"),
    ),
    ("themes/mono.yaml", include_str!("../../../themes/mono.yaml")),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What the theme is for; read by people alone.
    #[serde(default, rename = "doc")]
    _doc: String,
    /// The theme whose roles hold where this one says nothing.
    inherits: Option<Spanned<String>>,
    /// Names for colours, for use in `roles`.
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    roles: BTreeMap<String, Spanned<RoleFile>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a word of the file, and they go together freely"
)]
struct RoleFile {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// Reads one file; `known` are the themes that it may inherit.
pub(super) fn read(path: &str, text: &str, known: &BTreeMap<String, Theme>) -> Result<Theme, FileError> {
    let name = stem(path).to_owned();
    let file: File = serde_yaml::from_str(text).map_err(|error| FileError::yaml(path, &error))?;
    let mut looks = match &file.inherits {
        Some(wanted) => {
            let base = known.get(&wanted.value).ok_or_else(|| {
                let all: Vec<_> = known.keys().map(String::as_str).collect();
                let what = format!(
                    "there is no theme '{}' to inherit; known are {}",
                    wanted.value,
                    all.join(", ")
                );
                FileError::new(path, at(wanted), what)
            })?;
            base.looks.clone()
        }
        None => known
            .get(&name)
            .map(|base| base.looks.clone())
            .unwrap_or_default(),
    };
    let palette = palette(path, &file.palette)?;
    for (name, value) in &file.roles {
        let place = at(value);
        let role = Role::named(name).ok_or_else(|| {
            let all = || Role::ALL.iter().map(|role| role.name());
            let hint = suggestion(&near(name, all()));
            let roles: Vec<_> = all().collect();
            let what = format!("there is no role '{name}'{}", or_all(&hint, "roles are", &roles));
            FileError::new(path, place, what)
        })?;
        looks.insert(role, look(path, place, &value.value, &palette)?);
    }
    let missing: Vec<_> = Role::ALL
        .iter()
        .filter(|role| !looks.contains_key(role))
        .map(|role| role.name())
        .collect();
    if !missing.is_empty() {
        let what = format!(
            "roles without a look: {}; name them, or inherit a theme (inherits: dark)",
            missing.join(", ")
        );
        return Err(FileError::new(path, (1, 1), what));
    }
    Ok(Theme { name, looks })
}

fn palette(
    path: &str,
    file: &BTreeMap<String, Spanned<String>>,
) -> Result<BTreeMap<String, Colour>, FileError> {
    let mut palette = BTreeMap::new();
    for (name, value) in file {
        let colour = colour(path, at(value), &value.value, &BTreeMap::new())?;
        palette.insert(name.clone(), colour);
    }
    Ok(palette)
}

fn look(
    path: &str,
    place: At,
    file: &RoleFile,
    palette: &BTreeMap<String, Colour>,
) -> Result<Look, FileError> {
    let read = |text: &Option<String>| {
        text.as_ref()
            .map(|text| colour(path, place, text, palette))
            .transpose()
    };
    let mut modifier = Modifier::empty();
    for (set, bit) in [
        (file.bold, Modifier::BOLD),
        (file.dim, Modifier::DIM),
        (file.italic, Modifier::ITALIC),
        (file.underline, Modifier::UNDERLINED),
        (file.reverse, Modifier::REVERSED),
    ] {
        modifier.set(bit, set);
    }
    Ok(Look {
        foreground: read(&file.fg)?,
        background: read(&file.bg)?,
        modifier,
    })
}

fn colour(
    path: &str,
    place: At,
    text: &str,
    palette: &BTreeMap<String, Colour>,
) -> Result<Colour, FileError> {
    palette
        .get(text)
        .copied()
        .or_else(|| Colour::parse(text))
        .ok_or_else(|| {
            let names: Vec<_> = palette.keys().map(String::as_str).collect();
            // In the palette itself there is none to name.
            let own = if names.is_empty() {
                String::new()
            } else {
                format!("one of the palette ({}), ", names.join(", "))
            };
            let what = format!(
                "'{text}' is no colour; a colour is #rrggbb, default, {own}or one of {}",
                ANSI_NAMES.join(", ")
            );
            FileError::new(path, place, what)
        })
}
