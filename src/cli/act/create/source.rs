//! Where a template and the values of its variables come from: the program, files and directories, the command line.

use std::io::Read as _;
use std::path::Path;

use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_console::runtime::templates::{self, TemplateFileError};
use fleetui_fleet::create::{Flavour, Variables, built_in, built_ins};

use crate::cli::status::WrongUsage;

/// The most bytes of a template, or of a file of variables.
const LONGEST: u64 = 4 << 20;

/// The name of the class where one is meant: `class/NAME`.
pub(super) fn class(from: &str) -> Option<&str> {
    from.strip_prefix("class/")
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The template that is meant.
///
/// # Errors
/// None is, or it cannot be read.
pub(super) fn flavour(from: Option<&str>, flavor: Option<&str>) -> color_eyre::Result<Flavour> {
    let names: Vec<String> = built_ins().into_iter().map(|flavour| flavour.name).collect();
    let Some(from) = from else {
        let what = format!(
            "say what it is made from: --from {}, or a template of your own",
            names.join(" or ")
        );
        return Err(WrongUsage(what).into());
    };
    if let Some(found) = built_in(from) {
        return match flavor {
            None => Ok(found),
            Some(flavor) => Err(WrongUsage(format!(
                "{from} has no flavor {flavor:?} here, only the plain one"
            ))
            .into()),
        };
    }
    if from.starts_with("http://") || from.starts_with("https://") {
        return Err(WrongUsage(format!(
            "templates are not fetched; save {from} and name the file"
        ))
        .into());
    }
    if from == "-" {
        return Ok(Flavour::template(from, &read(Path::new(from))?));
    }
    templates::read(Path::new(from), flavor).map_err(|error| match error {
        TemplateFileError::NotMeant(what) => WrongUsage(what).into(),
        error @ TemplateFileError::Unreadable { .. } => error.into(),
    })
}

fn read(file: &Path) -> color_eyre::Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.wrap_err_with(|| format!("{} cannot be read", file.display()))?;
    Ok(text)
}

/// Adds the variables of a file.
///
/// # Errors
/// It cannot be read, or has none.
pub(super) fn add_file(known: &mut Variables, file: &Path) -> color_eyre::Result<()> {
    let text = read(file)?;
    known
        .add_file(&text)
        .map_err(|why| eyre!("{} has no variables: {why}", file.display()))
}

/// The variable and the value of `VARIABLE=VALUE`.
///
/// # Errors
/// It is written otherwise.
pub(super) fn assigned(text: &str) -> Result<(&str, &str), WrongUsage> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| WrongUsage(format!("--set {text:?}: an answer is written VARIABLE=VALUE")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_found_by_flavour_file_and_directory() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_string_lossy().into_owned();
        let of = |from: &str, flavor: Option<&str>| {
            flavour(Some(from), flavor)
                .map(|flavour| flavour.name)
                .map_err(|error| error.to_string())
        };
        assert_eq!(of("byoh", None).unwrap(), "byoh");
        assert!(of("byoh", Some("x")).unwrap_err().contains("only the plain one"));
        assert!(
            of("nowhere", None)
                .unwrap_err()
                .contains("no file and no directory")
        );
        assert!(of("https://a/b.yaml", None).unwrap_err().contains("not fetched"));
        assert!(
            flavour(None, None)
                .unwrap_err()
                .to_string()
                .contains("byoh or simulated")
        );
        assert!(of(&path, None).unwrap_err().contains("no YAML"));
        std::fs::write(directory.path().join("mine.yaml"), "a: ${B}").unwrap();
        assert_eq!(of(&path, None).unwrap(), "mine.yaml", "the only one");
        std::fs::write(directory.path().join("cluster-template-eks.yaml"), "a: ${B}").unwrap();
        assert_eq!(of(&path, Some("eks")).unwrap(), "cluster-template-eks.yaml");
        assert!(of(&path, None).unwrap_err().contains("mine.yaml"));
        std::fs::write(directory.path().join("cluster-template.yaml"), "a: ${B}").unwrap();
        assert_eq!(of(&path, None).unwrap(), "cluster-template.yaml");
        assert_eq!(of(&format!("{path}/mine.yaml"), None).unwrap(), "mine.yaml");
        assert_eq!(
            (class("class/quick"), class("class/"), class("byoh")),
            (Some("quick"), None, None)
        );
        assert_eq!(assigned("A=b=c").unwrap(), ("A", "b=c"));
        assert!(assigned("A").is_err() && assigned("=b").is_err());
    }
}
