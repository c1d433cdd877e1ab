//! Who owns what after a write: opened before the rules and whoever embeds the server have their say, because what those
//! fill in is nobody's, and closed once the object is as it will be stored.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use crate::apply::fields::FieldSet;
use crate::apply::managed::same_but_for_times;
use crate::apply::typed::TypeTable;
use crate::apply::{Tracker, Versions};
use crate::call::{Place, Writer};
use crate::object::{map_of, metadata, set_metadata};
use crate::registry::{Resource, custom};
use crate::strategy::{Part, complete_as_read};

/// The `managedFields` that a write leaves.
pub(crate) struct Book {
    managed: Option<Value>,
    /// Whether they are to be written although nothing else changes.
    deliberate: bool,
}

/// Tells what a write leaves: of `new`, which takes the place of `old` or is created. The `managedFields` that the client
/// sent are taken out of `new`.
pub(crate) fn open(place: &Place, part: Part, old: Option<&Value>, new: &mut Value) -> Book {
    complete_as_read(&place.resource, new);
    let given = take(new);
    let Writer::Named(manager) = &place.writer else {
        return Book {
            managed: given,
            deliberate: true,
        };
    };
    let recorded = old.and_then(|old| metadata(old, "managedFields"));
    Book {
        managed: track(place, manager, part, |tracker| {
            tracker.updated(old, new, given.as_ref())
        }),
        deliberate: subresource(part).is_empty() && given.is_some() && given.as_ref() != recorded,
    }
}

/// Lets `work` have what follows the fields of an object of `place` through a write of `part` by `manager`.
pub(crate) fn track<T>(place: &Place, manager: &str, part: Part, work: impl FnOnce(Tracker<'_>) -> T) -> T {
    let resource = &place.resource;
    let version = resource.api_version();
    let types = resource.field_types.of(resource);
    let versions = OtherVersions::of(place);
    let tracker = Tracker::new((types, &version), (manager, subresource(part)), place.now())
        .resetting(reset(resource, part))
        .with_versions(&versions);
    work(tracker)
}

/// Writes the book into an object that is created.
pub(crate) fn enter(book: Book, new: &mut Value) {
    set_metadata(new, "managedFields", book.managed);
}

/// Writes the book into an object that takes the place of `old` and has its `managedFields` until now. Where nothing came
/// of the write, nobody owns more by it, and no time moves.
pub(crate) fn close(book: Book, old: &Value, new: &mut Value) {
    let recorded = metadata(old, "managedFields");
    let moves = book.deliberate && !same_but_for_times(book.managed.as_ref(), recorded);
    if !moves && *new == *old {
        return;
    }
    set_metadata(new, "managedFields", book.managed);
}

/// The other versions in which a custom resource is served; entries may be told in any of them.
struct OtherVersions<'a> {
    place: &'a Place,
    served: Vec<Arc<Resource>>,
}

impl<'a> OtherVersions<'a> {
    /// Those beside the version of `place`.
    fn of(place: &'a Place) -> Self {
        let Resource {
            group,
            version,
            plural,
            form,
            ..
        } = &*place.resource;
        let versions = form.iter().flat_map(|form| form.versions());
        let others: Vec<&str> = versions.filter(|other| other != version).collect();
        let served = if others.is_empty() {
            Vec::new()
        } else {
            let served = place.hosted.served();
            others
                .into_iter()
                .filter_map(|other| served.find(group, other, plural))
                .collect()
        };
        Self { place, served }
    }

    fn version(&self, api_version: &str) -> Option<&Arc<Resource>> {
        self.served
            .iter()
            .find(|resource| resource.api_version() == api_version)
    }
}

impl Versions for OtherVersions<'_> {
    fn types(&self, api_version: &str) -> Option<&TypeTable> {
        let resource = self.version(api_version)?;
        Some(resource.field_types.of(resource))
    }

    fn to_version(&self, object: &Value, api_version: &str) -> Option<Value> {
        let version = &self.version(api_version)?.version;
        self.place.in_version(object.clone(), version).ok()
    }

    fn back(&self, object: &Value, _: &str) -> Option<Value> {
        self.place.told(object.clone()).ok()
    }
}

fn take(object: &mut Value) -> Option<Value> {
    map_of(object)
        .get_mut("metadata")?
        .as_object_mut()?
        .shift_remove("managedFields")
}

/// The subresource of an entry.
fn subresource(part: Part) -> &'static str {
    match part {
        Part::Main => "",
        Part::Scale => "scale",
        Part::Status => "status",
        Part::Finalize => "finalize",
    }
}

/// The fields that a write of this part sets back to what they were, and which it therefore does not own.
pub(crate) fn reset(resource: &Resource, part: Part) -> &'static FieldSet {
    static NOTHING: LazyLock<FieldSet> = LazyLock::new(FieldSet::default);
    static STATUS: LazyLock<FieldSet> = LazyLock::new(|| FieldSet::of_names(&[&["status"]]));
    static SPEC: LazyLock<FieldSet> = LazyLock::new(|| FieldSet::of_names(&[&["spec"]]));
    static SPEC_AND_STATUS: LazyLock<FieldSet> =
        LazyLock::new(|| FieldSet::of_names(&[&["spec"], &["status"]]));
    static METADATA_AND_SPEC: LazyLock<FieldSet> =
        LazyLock::new(|| FieldSet::of_names(&[&["metadata"], &["spec"]]));
    static METADATA_AND_STATUS: LazyLock<FieldSet> =
        LazyLock::new(|| FieldSet::of_names(&[&["metadata"], &["status"]]));
    match part {
        Part::Main if resource.is("", "namespaces") => &SPEC_AND_STATUS,
        Part::Main | Part::Scale if resource.status_subresource => &STATUS,
        Part::Main | Part::Scale => &NOTHING,
        Part::Status if resource.custom || resource.is(custom::GROUP, custom::PLURAL) => &METADATA_AND_SPEC,
        Part::Status => &SPEC,
        Part::Finalize => &METADATA_AND_STATUS,
    }
}
