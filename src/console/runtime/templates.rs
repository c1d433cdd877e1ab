//! Templates of clusters that somebody has written, from files and directories as clusterctl's repositories have them.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use fleetui_fleet::create::{Flavour, PLAIN, built_ins, flavor_of_file};

/// The most bytes of a template.
const LONGEST: u64 = 4 << 20;
/// The most templates of a directory that are offered.
const MOST: usize = 100;

/// Why there is no template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateFileError {
    /// What was named is none, or not one alone; what there is.
    #[error("{0}")]
    NotMeant(String),
    /// A directory has several, and none of them is the plain one.
    #[error("{} has no {PLAIN}; it has {}", .directory.display(), .names.join(", "))]
    Several {
        /// The directory.
        directory: PathBuf,
        /// Their files.
        names: Vec<String>,
    },
    /// It cannot be read.
    #[error("{} cannot be read: {what}", .path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        what: io::Error,
    },
}

/// A template of a directory.
#[derive(Debug)]
pub struct Offered {
    /// The name of its file.
    pub file: String,
    /// As it was read, or why it cannot be.
    pub read: Result<Flavour, TemplateFileError>,
}

/// The template at a path: a file, or one of a directory: `cluster-template-FLAVOR.yaml`, else `cluster-template.yaml`, else the
/// only one. With one of a directory come the ClusterClasses that it names, from `clusterclass-NAME.yaml` beside it. Blocks on the
/// disk.
///
/// # Errors
/// None is there, or it cannot be read.
pub fn read(path: &Path, flavor: Option<&str>) -> Result<Flavour, TemplateFileError> {
    if path.is_dir() {
        return of_directory(path, flavor);
    }
    let not_meant = |what: String| Err(TemplateFileError::NotMeant(what));
    if let Some(flavor) = flavor {
        return not_meant(format!(
            "{} is no directory, so there is no flavor {flavor:?} in it",
            path.display()
        ));
    }
    if !path.exists() {
        let names: Vec<String> = built_ins().into_iter().map(|flavour| flavour.name).collect();
        return not_meant(format!(
            "{} is no flavour here ({}), no file and no directory",
            path.display(),
            names.join(", ")
        ));
    }
    of_file(path)
}

/// What a directory offers: the plain template first, then its flavors; where it has no plain one, then other files of YAML.
/// Blocks on the disk.
///
/// # Errors
/// There is none, or the directory cannot be read.
pub fn offered(directory: &Path) -> Result<Vec<Offered>, TemplateFileError> {
    let files = files(directory)?;
    if files.is_empty() {
        return Err(nothing_in(directory));
    }
    let files = files.into_iter().take(MOST);
    let read = files.map(|file| Offered {
        file: name_of(&file),
        read: with_classes(directory, &file),
    });
    Ok(read.collect())
}

fn of_directory(directory: &Path, flavor: Option<&str>) -> Result<Flavour, TemplateFileError> {
    with_classes(directory, &in_directory(directory, flavor)?)
}

/// The template of a file, with the classes that it names and that lie beside it.
fn with_classes(directory: &Path, file: &Path) -> Result<Flavour, TemplateFileError> {
    let mut template = of_file(file)?;
    for name in template.names_of_classes() {
        // Part of the name of a file, which leads nowhere else.
        let is_plain = |at: char| at.is_ascii_alphanumeric() || matches!(at, '-' | '.');
        let class = directory.join(format!("clusterclass-{name}.yaml"));
        if name.chars().all(is_plain) && class.is_file() {
            template.classes.insert(name, text(&class)?);
        }
    }
    Ok(template)
}

/// The template of a directory: that of the flavor, the plain one, or the only one.
fn in_directory(directory: &Path, flavor: Option<&str>) -> Result<PathBuf, TemplateFileError> {
    let name = match flavor {
        Some(flavor) => format!("cluster-template-{flavor}.yaml"),
        None => PLAIN.to_owned(),
    };
    let wanted = directory.join(&name);
    if wanted.is_file() {
        return Ok(wanted);
    }
    let files = files(directory)?;
    if let Some(flavor) = flavor {
        // As they are offered: the plain one by that word, others that are no flavors by their files.
        let offered = |file: &&PathBuf| offered_as(&name_of(file)) == flavor || name_of(file) == flavor;
        if let Some(found) = files.iter().find(offered) {
            return Ok(found.clone());
        }
        let flavors: Vec<String> = files
            .iter()
            .map(|file| offered_as(&name_of(file)).to_owned())
            .collect();
        let there = if flavors.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", flavors.join(", "))
        };
        return Err(TemplateFileError::NotMeant(format!(
            "{} has no flavor {flavor:?}, which would be {name}; {there}",
            directory.display()
        )));
    }
    match files.as_slice() {
        [] => Err(nothing_in(directory)),
        [only] => Ok(only.clone()),
        several => Err(TemplateFileError::Several {
            directory: directory.to_owned(),
            names: several.iter().map(|file| name_of(file)).collect(),
        }),
    }
}

/// How a template of a directory is called among the others: its flavor, `plain`, or its file.
pub fn offered_as(file: &str) -> &str {
    if file == PLAIN {
        return "plain";
    }
    flavor_of_file(file).unwrap_or(file)
}

fn nothing_in(directory: &Path) -> TemplateFileError {
    TemplateFileError::NotMeant(format!(
        "there is no template in {}: {PLAIN}, cluster-template-FLAVOR.yaml or another file of YAML is looked for, and there is no YAML",
        directory.display()
    ))
}

/// The templates of a directory, the plain one first, then flavors; other files of YAML where there is no plain one.
fn files(directory: &Path) -> Result<Vec<PathBuf>, TemplateFileError> {
    let entries = std::fs::read_dir(directory).map_err(|what| TemplateFileError::Unreadable {
        path: directory.to_owned(),
        what,
    })?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| {
        let is_yaml = path.extension().is_some_and(|it| it == "yaml" || it == "yml");
        is_yaml && !is_beside(&name_of(path))
    });
    let rank = |path: &PathBuf| match name_of(path) {
        name if name == PLAIN => 0,
        name if flavor_of_file(&name).is_some() => 1,
        _ => 2,
    };
    files.sort_by_cached_key(|path| (rank(path), offered_as(&name_of(path)).to_owned()));
    if files.first().is_some_and(|first| rank(first) == 0) {
        files.retain(|path| rank(path) < 2);
    }
    Ok(files)
}

/// Whether a file of a repository of clusterctl's is something else than a template.
fn is_beside(name: &str) -> bool {
    name.starts_with("clusterclass-") || name == "metadata.yaml" || name.ends_with("-components.yaml")
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| file.display().to_string())
}

fn of_file(file: &Path) -> Result<Flavour, TemplateFileError> {
    Ok(Flavour::template(&name_of(file), &text(file)?))
}

fn text(file: &Path) -> Result<String, TemplateFileError> {
    let read = || {
        let mut text = String::new();
        let length = std::fs::File::open(file)?
            .take(LONGEST + 1)
            .read_to_string(&mut text)?;
        if u64::try_from(length).is_ok_and(|length| length > LONGEST) {
            return Err(io::Error::other(format!(
                "it is longer than {} MiB",
                LONGEST >> 20
            )));
        }
        Ok(text)
    };
    read().map_err(|what| TemplateFileError::Unreadable {
        path: file.to_owned(),
        what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_a_plain_one_flavors_and_what_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let of = |path: &Path, flavor: Option<&str>| {
            read(path, flavor)
                .map(|flavour| flavour.name)
                .map_err(|error| error.to_string())
        };
        let put = |name: &str| std::fs::write(path.join(name), "a: ${B}").unwrap();
        let offer = |path: &Path| {
            let offered = offered(path).unwrap().into_iter();
            offered.map(|offered| offered.file).collect::<Vec<String>>()
        };
        for why in [
            of(path, None).unwrap_err(),
            offered(path).unwrap_err().to_string(),
        ] {
            assert!(
                why.contains("cluster-template-FLAVOR.yaml or another file of YAML"),
                "{why}"
            );
        }
        put("mine.yaml");
        assert_eq!(of(path, None).unwrap(), "mine.yaml", "the only one");
        put("cluster-template-eks.yaml");
        assert_eq!(of(path, Some("eks")).unwrap(), "cluster-template-eks.yaml");
        assert!(of(path, None).unwrap_err().contains("mine.yaml"));
        assert_eq!(offer(path), ["cluster-template-eks.yaml", "mine.yaml"]);
        assert_eq!(of(path, Some("mine.yaml")).unwrap(), "mine.yaml");
        put("cluster-template.yaml");
        assert_eq!(of(path, None).unwrap(), "cluster-template.yaml");
        put("cluster-template-ha.yaml");
        put("cluster-template-eks-pools.yaml");
        let ends =
            "has no flavor \"x\", which would be cluster-template-x.yaml; it has plain, eks, eks-pools, ha";
        assert!(of(path, Some("x")).unwrap_err().ends_with(ends));
        assert_eq!(of(path, Some("plain")).unwrap(), "cluster-template.yaml");
        for other in ["clusterclass-quick.yaml", "metadata.yaml", "aws-components.yaml"] {
            put(other);
        }
        let flavors = [
            "cluster-template-eks.yaml",
            "cluster-template-eks-pools.yaml",
            "cluster-template-ha.yaml",
        ];
        assert_eq!(offer(path), [&["cluster-template.yaml"], &flavors[..]].concat());
        let file = path.join("mine.yaml");
        assert_eq!(of(&file, None).unwrap(), "mine.yaml");
        assert!(of(&file, Some("eks")).unwrap_err().contains("is no directory"));
        assert!(
            of(Path::new("nowhere"), None)
                .unwrap_err()
                .contains("no file and no directory")
        );
    }

    #[test]
    fn with_a_template_of_a_directory_come_the_classes_that_it_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let template = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\"}\nspec: {topology: {classRef: {name: quick}, version: v1.33.4}}\n";
        std::fs::write(path.join("cluster-template-topology.yaml"), template).unwrap();
        let flavour = read(path, Some("topology")).unwrap();
        assert!(flavour.classes.is_empty(), "there is none beside it");
        std::fs::write(path.join("clusterclass-quick.yaml"), "kind: ClusterClass\n").unwrap();
        std::fs::write(path.join("clusterclass-other.yaml"), "kind: ClusterClass\n").unwrap();
        let flavour = read(path, Some("topology")).unwrap();
        let classes: Vec<&str> = flavour.classes.keys().map(String::as_str).collect();
        assert_eq!(classes, ["quick"]);
        let alone = read(&path.join("cluster-template-topology.yaml"), None).unwrap();
        assert!(alone.classes.is_empty(), "a file is all that is named");
    }
}
