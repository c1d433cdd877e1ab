//! What else a session tells of a management cluster: the server's version, its round trip, its clock, the installed providers,
//! the API era.

use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::kinds;
use fleetui_base::SharedClock;
use fleetui_fleet::session::ApiEra;
use jiff::SignedDuration;
use semver::Version;
use serde_json::Value;

use crate::act::hints::{self, Hints};
use crate::catalogue::Catalogue;
use crate::fault::Fault;
use crate::request::Requester;
use crate::settings::ClientSettings;
use crate::skew;

/// Name of Cluster API's own Provider in clusterctl's inventory.
const CORE_PROVIDER: &str = "cluster-api";

/// What the server says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Inventory {
    pub(crate) server_version: Option<CompactString>,
    pub(crate) latency: Option<Duration>,
    /// How far the server's clock is ahead of ours, where it said what it shows.
    pub(crate) skew: Option<SignedDuration>,
    pub(crate) providers: Vec<(CompactString, CompactString)>,
    pub(crate) era: Option<ApiEra>,
    /// What the user may do, where that could be found out.
    pub(crate) hints: Option<Hints>,
}

/// Reads it. Whatever may not be read, or is not there, is left out: none of it keeps rows from being shown.
pub(crate) async fn take(
    requester: &Requester,
    catalogue: &Catalogue,
    (known_era, namespaces): (Option<ApiEra>, Option<&[String]>),
    settings: &ClientSettings,
    clock: &SharedClock,
) -> Inventory {
    let (
        Greeting {
            server_version,
            latency,
            skew,
        },
        providers,
        hints,
    ) = tokio::join!(
        greet(requester, settings, clock),
        providers(requester, settings),
        hints(requester, catalogue, namespaces, settings)
    );
    let era = era(requester, catalogue, &providers, known_era, settings).await;
    Inventory {
        server_version,
        latency,
        skew,
        providers,
        era,
        hints,
    }
}

/// What the user may do, where that is asked now.
async fn hints(
    requester: &Requester,
    catalogue: &Catalogue,
    namespaces: Option<&[String]>,
    settings: &ClientSettings,
) -> Option<Hints> {
    hints::take(requester, catalogue, namespaces?, settings.request_timeout).await
}

/// What one small request tells.
#[derive(Default)]
struct Greeting {
    server_version: Option<CompactString>,
    latency: Option<Duration>,
    skew: Option<SignedDuration>,
}

async fn greet(requester: &Requester, settings: &ClientSettings, clock: &SharedClock) -> Greeting {
    let begun = clock.monotonic();
    let Ok((text, date)) = requester.get_dated("/version", settings.request_timeout).await else {
        return Greeting::default();
    };
    let took = clock.monotonic().saturating_sub(begun);
    let version = serde_json::from_str::<Value>(&text).ok();
    let version = version
        .as_ref()
        .and_then(|version| version.get("gitVersion")?.as_str());
    Greeting {
        server_version: version.map(CompactString::from),
        latency: version.is_some().then_some(took),
        skew: date.and_then(|date| skew::measured(&date, clock.now(), took)),
    }
}

async fn providers(requester: &Requester, settings: &ClientSettings) -> Vec<(CompactString, CompactString)> {
    // clusterctl has had this one version since its beginning.
    let path = format!("/apis/{}/v1alpha3/providers?limit=500", kinds::CLUSTERCTL);
    let answer = requester.get(&path, settings.request_timeout).await;
    let Some(list) = answer
        .ok()
        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
    else {
        return Vec::new();
    };
    let items = list
        .get("items")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut providers: Vec<_> = items
        .iter()
        .filter_map(|provider| {
            let name = provider.pointer("/metadata/name")?.as_str()?;
            let version = provider.get("version")?.as_str()?;
            Some((CompactString::from(name), CompactString::from(version)))
        })
        .collect();
    // Cluster API itself first; then by name.
    providers.sort_by(|a, b| (a.0 != CORE_PROVIDER, &a.0).cmp(&(b.0 != CORE_PROVIDER, &b.0)));
    providers.dedup();
    providers
}

/// Which shape the objects have. v1beta2 says it itself; of v1beta1 the installed release tells whether the new conditions
/// are there too, and where no inventory tells it, the CRD does.
async fn era(
    requester: &Requester,
    catalogue: &Catalogue,
    providers: &[(CompactString, CompactString)],
    known_era: Option<ApiEra>,
    settings: &ClientSettings,
) -> Option<ApiEra> {
    let clusters = catalogue.find(&kinds::core("Cluster"), None)?;
    if clusters.version == "v1beta2" {
        return Some(ApiEra::V1Beta2);
    }
    let release = providers.iter().find(|(name, _)| name == CORE_PROVIDER);
    let release = release.and_then(|(_, version)| Version::parse(version.trim_start_matches('v')).ok());
    let known_era = known_era.filter(|era| *era != ApiEra::V1Beta2);
    let has_new_conditions = match (release, known_era) {
        (Some(release), _) => (release.major, release.minor) >= (1, 9),
        // The CRD is large; it is read once.
        (None, Some(_)) => return known_era,
        (None, None) => match crd_has_new_conditions(requester, &clusters.version, settings).await {
            Ok(has) => has,
            Err(fault) => {
                tracing::debug!(%fault, "the Cluster CRD cannot be read; taking the older shape");
                false
            }
        },
    };
    Some(if has_new_conditions {
        ApiEra::V1Beta1WithV1Beta2Status
    } else {
        ApiEra::V1Beta1
    })
}

async fn crd_has_new_conditions(
    requester: &Requester,
    version: &str,
    settings: &ClientSettings,
) -> Result<bool, Fault> {
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusters.cluster.x-k8s.io";
    let text = requester.get(path, settings.request_timeout).await?;
    let crd: Value = serde_json::from_str(&text).map_err(|error| Fault::Garbled(error.to_string()))?;
    let versions = crd.pointer("/spec/versions").and_then(Value::as_array);
    let schema = versions
        .into_iter()
        .flatten()
        .find(|served| served.get("name") == Some(&Value::from(version)));
    let status = "/schema/openAPIV3Schema/properties/status/properties/v1beta2";
    Ok(schema.is_some_and(|schema| schema.pointer(status).is_some()))
}
