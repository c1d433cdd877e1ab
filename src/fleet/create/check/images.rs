//! Names of images and of registries, where it is known that an answer or a field is one.

use fleetui_rules::image;

/// How the names of variables end whose values are places where images lie.
const REGISTRIES: [&str; 3] = ["BASE_REGISTRY", "IMAGE_REGISTRY", "IMAGE_REPOSITORY"];
/// The variable of an image that the template of the program has.
const IMAGE: &str = "KUBE_VIP_IMAGE";

/// Fields that are places where images lie: the kind, and where in it.
const FIELDS: [(&str, &str); 3] = [
    ("ByoCluster", "/spec/bundleLookupBaseRegistry"),
    (
        "KubeadmControlPlane",
        "/spec/kubeadmConfigSpec/clusterConfiguration/imageRepository",
    ),
    ("K8sInstallerConfigTemplate", "/spec/template/spec/bundleRepo"),
];

/// Why a value cannot be that of a variable.
pub(super) fn of_variable(variable: &str, value: &str) -> Option<String> {
    if variable == IMAGE {
        let why = image::check(value).err()?;
        return Some(format!("{value:?} is no image: {why}"));
    }
    let is_registry = REGISTRIES.iter().any(|ending| variable.ends_with(ending));
    is_registry.then(|| registry(value)).flatten()
}

/// The fields of an object that are no registry although they have to be: where, and why.
pub(super) fn of_object<'v>(
    kind: &'v str,
    text: impl Fn(&str) -> &'v str,
) -> impl Iterator<Item = (&'static str, String)> {
    let fields = FIELDS.iter().filter(move |(of, _)| *of == kind);
    fields.filter_map(move |(_, pointer)| {
        let value = text(pointer);
        let why = (!value.is_empty()).then(|| registry(value)).flatten()?;
        Some((*pointer, why))
    })
}

fn registry(value: &str) -> Option<String> {
    let why = image::repository(value).err()?;
    Some(format!("{value:?} is no registry of images: {why}"))
}
