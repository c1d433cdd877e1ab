//! Where a template and the values of its variables come from: the program, files and directories, the command line.

use std::io::Read as _;
use std::path::Path;

use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_console::runtime::templates::{self, TemplateFileError};
use fleetui_fleet::create::{Flavour, Variables, built_in, built_ins};

use crate::cli::status::WrongUsage;

/// The most bytes of a template, or of a file of variables.
const LONGEST: u64 = 4 << 20;

/// What a cluster is made from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// A template, which was read.
    Template(Flavour),
    /// The ClusterClass of this name.
    Class(String),
    /// A cluster that is there.
    Cluster(Like),
}

/// The cluster that a new one is to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Like {
    /// Its namespace, where that is said.
    pub(super) namespace: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// Why nothing else can be meant, where that was not said.
    pub(super) otherwise: Option<String>,
}

impl Source {
    /// What is meant by the words of the command line: a flavour, a file or a directory, else a cluster of that name.
    ///
    /// # Errors
    /// Nothing is, or it cannot be read.
    pub(super) fn of(from: Option<&str>, flavor: Option<&str>) -> color_eyre::Result<Self> {
        // As clusterctl has it, a flavor alone is one of those that there are.
        let (from, flavor) = match (from, flavor) {
            (None, Some(flavor)) if built_in(flavor).is_some() => (Some(flavor), None),
            said => said,
        };
        if let Some(class) = from.and_then(class) {
            return Ok(Self::Class(class.to_owned()));
        }
        if let Some(like) = from.and_then(like) {
            return Ok(Self::Cluster(like));
        }
        let found = flavour(from, flavor);
        let named = from.filter(|from| flavor.is_none() && !Path::new(from).exists());
        match (found, named.and_then(cluster_named)) {
            (Err(why), Some(like)) => Ok(Self::Cluster(Like {
                otherwise: Some(why.to_string()),
                ..like
            })),
            (found, _) => found.map(Self::Template),
        }
    }
}

/// The name of the class where one is meant: `class/NAME`.
fn class(from: &str) -> Option<&str> {
    from.strip_prefix("class/")
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The cluster where one is meant: `cluster/NAME`, or `cluster/NAMESPACE/NAME`.
fn like(from: &str) -> Option<Like> {
    cluster_named(from.strip_prefix("cluster/")?)
}

/// The cluster of `NAME` or `NAMESPACE/NAME`.
fn cluster_named(said: &str) -> Option<Like> {
    let (namespace, name) = match said.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, said),
    };
    let are_names = is_name(name) && namespace.is_none_or(is_name);
    are_names.then(|| Like {
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        otherwise: None,
    })
}

/// Whether a text can be the name of a cluster.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(plain)
}

/// The template that is meant.
///
/// # Errors
/// None is, or it cannot be read.
fn flavour(from: Option<&str>, flavor: Option<&str>) -> color_eyre::Result<Flavour> {
    let names: Vec<String> = built_ins().into_iter().map(|flavour| flavour.name).collect();
    let Some(from) = from else {
        if let Some(flavor) = flavor {
            let what = format!(
                "there is no flavor {flavor:?} here ({}); of a directory of templates it is --from DIR --flavor {flavor}",
                names.join(", ")
            );
            return Err(WrongUsage(what).into());
        }
        let what = format!(
            "say what it is made from: --from {}, a template of your own, or a cluster that is there",
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
        several @ TemplateFileError::Several { .. } => {
            WrongUsage(format!("{several}: name a file, or a flavor with --flavor")).into()
        }
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
pub(crate) fn variables(file: Option<&Path>) -> color_eyre::Result<Variables> {
    let mut known = Variables::of_environment(std::env::vars());
    if let Some(file) = file {
        let text = read(file)?;
        known
            .add_file(&text)
            .map_err(|why| eyre!("{} has no variables: {why}", file.display()))?;
    }
    Ok(known)
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
        // A flavor alone, as clusterctl has it.
        let alone = |flavor: &str| Source::of(None, Some(flavor)).map_err(|error| error.to_string());
        assert_eq!(
            alone("simulated"),
            Ok(Source::Template(built_in("simulated").unwrap()))
        );
        assert!(
            alone("eks")
                .unwrap_err()
                .contains("it is --from DIR --flavor eks")
        );
        assert_eq!(of(&path, Some("plain")).unwrap(), "cluster-template.yaml");
        let of = |from: &str| Source::of(Some(from), None).unwrap();
        let like = |namespace: Option<&str>| Like {
            namespace: namespace.map(str::to_owned),
            name: "prod".to_owned(),
            otherwise: None,
        };
        assert_eq!(of("class/quick"), Source::Class("quick".to_owned()));
        assert_eq!(of("cluster/prod"), Source::Cluster(like(None)));
        assert_eq!(of("cluster/edge/prod"), Source::Cluster(like(Some("edge"))));
        assert!(
            matches!(of("edge/prod"), Source::Cluster(Like { namespace: Some(edge), name, .. }) if edge == "edge" && name == "prod")
        );
        assert!(matches!(of("simulated"), Source::Template(_)));
        assert!(
            matches!(of("nowhere"), Source::Cluster(Like { otherwise: Some(why), .. }) if why.contains("no file and no directory"))
        );
        assert!(
            Source::of(Some("nowhere.yaml"), None).is_err(),
            "no name of a cluster"
        );
        assert_eq!(assigned("A=b=c").unwrap(), ("A", "b=c"));
        assert!(assigned("A").is_err() && assigned("=b").is_err());
    }
}
