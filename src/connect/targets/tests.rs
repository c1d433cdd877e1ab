//! Which management clusters are meant, whatever stands in the files and on the command line.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleetui_pki::authority::{Authority, Validity};
use fleetui_pki::certificate::ders_of_pem;

use super::*;

/// A directory with a kubeconfig of three contexts (current: taipei), a second one, and a fleet file if there is a text for it.
fn request(fleet: Option<&str>) -> (tempfile::TempDir, TargetRequest) {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, contexts: &[&str]| {
        let list = |line: &dyn Fn(&str) -> String| -> String {
            contexts
                .iter()
                .map(|context| line(context))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let text = format!(
            "current-context: {}\ncontexts:\n{}\nclusters:\n{}\n",
            contexts[0],
            list(&|name| format!("- {{name: {name}, context: {{cluster: {name}, namespace: of-{name}}}}}")),
            list(&|name| format!("- {{name: {name}, cluster: {{server: 'https://{name}:6443'}}}}")),
        );
        fs::write(directory.path().join(name), text).unwrap();
    };
    write("config", &["taipei", "osaka", "kyoto"]);
    write("second", &["tokyo"]);
    let fleet_file = directory.path().join("fleet.yaml");
    if let Some(fleet) = fleet {
        fs::write(&fleet_file, fleet).unwrap();
    }
    let environment = Environment {
        kubeconfig: Some(directory.path().join("config").into_os_string()),
        ..Environment::default()
    };
    let request = TargetRequest {
        fleet_file: Some(fleet_file),
        environment,
        ..TargetRequest::default()
    };
    (directory, request)
}

fn names(targets: &[Target]) -> Vec<&str> {
    targets
        .iter()
        .map(|target| target.management_cluster.as_str())
        .collect()
}

const FLEET: &str = "managementClusters:
- {context: osaka, alias: west, readOnly: true, namespaces: [a, b], connect: lazy}
- {context: tokyo, kubeconfig: second, group: east}
";

#[test]
fn anchor_29_without_anything_it_is_the_current_context_and_never_all() {
    let (_directory, request) = request(None);
    let targets = resolve(&request).unwrap();
    assert_eq!(names(&targets), ["taipei"]);
    assert_eq!(targets[0].server, "https://taipei:6443");
    assert_eq!(targets[0].namespaces, ["of-taipei"]);
    assert!(!targets[0].read_only);
}

#[test]
fn the_fleet_file_comes_before_the_current_context() {
    let (_directory, request) = request(Some(FLEET));
    let targets = resolve(&request).unwrap();
    assert_eq!(names(&targets), ["west", "tokyo"]);
    let west = &targets[0];
    assert!(west.read_only && west.lazy);
    assert_eq!(west.namespaces, ["a", "b"]);
    assert!(west.only_namespaces, "the user's own file says which are read");
    assert!(
        !targets[1].only_namespaces,
        "the context's is where to look when the whole may not be read"
    );
    assert_eq!(
        targets[1].server, "https://tokyo:6443",
        "a kubeconfig beside the fleet file"
    );
    assert_eq!(targets[1].group.as_deref(), Some("east"));
}

#[test]
fn named_contexts_come_before_all_and_keep_what_the_fleet_file_says() {
    let (_directory, mut request) = request(Some(FLEET));
    request.contexts = vec!["kyoto".to_owned(), "osaka".to_owned(), "tokyo".to_owned()];
    let targets = resolve(&request).unwrap();
    assert_eq!(names(&targets), ["kyoto", "west", "tokyo"]);
    assert!(
        targets[1].read_only,
        "naming a context does not take its protection away"
    );
}

#[test]
fn a_named_kubeconfig_is_meant_instead_of_the_fleet() {
    let (directory, mut request) = request(Some(FLEET));
    request.kubeconfig = Some(directory.path().join("second"));
    assert_eq!(names(&resolve(&request).unwrap()), ["tokyo"]);
}

#[test]
fn where_one_is_meant_it_is_the_current_context_as_the_fleet_file_has_it() {
    let current = "managementClusters:
- {context: taipei, alias: home, readOnly: true}
- {context: tokyo, kubeconfig: second}
";
    let (directory, mut request) = request(Some(current));
    request.one = true;
    let targets = resolve(&request).unwrap();
    assert_eq!(names(&targets), ["home"]);
    assert!(
        targets[0].read_only,
        "to leave the context out does not take its protection away"
    );
    // An entry of another file is another cluster, whatever its context is called.
    let elsewhere = "managementClusters: [{context: taipei, kubeconfig: second, readOnly: true}]\n";
    fs::write(directory.path().join("fleet.yaml"), elsewhere).unwrap();
    // What would be written to is not what is shown: that is not guessed.
    let refused = resolve(&request).unwrap_err().to_string();
    assert_eq!(
        refused,
        "which management cluster is meant? the current context is taipei, and fleet.yaml has taipei; name one with --context"
    );
    let other =
        "managementClusters:\n- {context: osaka, alias: west}\n- {context: tokyo, kubeconfig: second}\n";
    fs::write(directory.path().join("fleet.yaml"), other).unwrap();
    let refused = resolve(&request).unwrap_err().to_string();
    assert!(
        refused.contains(
            "the current context is taipei, and fleet.yaml has west, tokyo; name one with --context"
        ),
        "{refused}"
    );
    request.contexts = vec!["taipei".to_owned()];
    assert_eq!(
        names(&resolve(&request).unwrap()),
        ["taipei"],
        "named, it is meant"
    );
}

#[test]
fn where_one_is_meant_and_no_context_is_current_the_fleet_file_is_asked() {
    let one_of = |fleet: &str| {
        let (directory, mut request) = request(Some(fleet));
        request.one = true;
        request.environment.kubeconfig = Some(directory.path().join("none").into_os_string());
        let resolved = resolve(&request);
        (directory, resolved)
    };
    let (_directory, alone) = one_of("managementClusters:\n- {context: tokyo, kubeconfig: second}\n");
    assert_eq!(names(&alone.unwrap()), ["tokyo"]);
    let several = "managementClusters:\n- {context: osaka, alias: west}\n- {context: tokyo}\n";
    let (_directory, several) = one_of(several);
    let error = several.unwrap_err().to_string();
    assert!(
        error.ends_with("--context takes the names of fleet.yaml too: west, tokyo"),
        "{error}"
    );
    let (_directory, none) = one_of("managementClusters: []\n");
    assert!(none.unwrap_err().is_no_kubeconfig());
}

#[test]
fn read_only_holds_everywhere() {
    let (_directory, mut request) = request(Some(FLEET));
    request.read_only = true;
    assert!(resolve(&request).unwrap().iter().all(|target| target.read_only));
}

#[test]
fn what_is_wrong_is_said() {
    let (_directory, mut request) = request(None);
    request.contexts = vec!["nagoya".to_owned()];
    let message = resolve(&request).unwrap_err().to_string();
    assert_eq!(message, "no context nagoya; there are: taipei, osaka, kyoto");
    request.contexts = vec!["osaka".to_owned(), "osaka".to_owned()];
    assert_eq!(
        resolve(&request).unwrap_err(),
        TargetsError::Twice("osaka".to_owned())
    );
    let nothing = TargetRequest {
        environment: Environment {
            home: Some("/nowhere".into()),
            ..Environment::default()
        },
        fleet_file: Some(Path::new("/nowhere/fleet.yaml").into()),
        ..TargetRequest::default()
    };
    assert!(resolve(&nothing).unwrap_err().is_no_kubeconfig());
}

#[test]
fn a_context_of_the_kubeconfig_that_is_named_is_none_of_another_file() {
    // The fleet has a context of the same name, in a file of its own.
    let fleet = "managementClusters:\n- {context: tokyo, alias: east, kubeconfig: elsewhere}\n";
    let (directory, mut request) = request(Some(fleet));
    let second = directory.path().join("second");
    std::fs::copy(&second, directory.path().join("elsewhere")).unwrap();
    request.kubeconfig = Some(second);
    assert_eq!(names(&resolve(&request).unwrap()), ["tokyo"]);
    request.contexts = vec!["tokyo".to_owned()];
    assert_eq!(names(&resolve(&request).unwrap()), ["tokyo"]);
    request.contexts = vec!["east".to_owned()];
    assert_eq!(names(&resolve(&request).unwrap()), ["east"]);
    // The same file is the same one, however it is named.
    request.contexts = vec!["tokyo".to_owned()];
    request.kubeconfig = Some(directory.path().join(".").join("elsewhere"));
    assert_eq!(names(&resolve(&request).unwrap()), ["east"]);
}

#[test]
fn of_a_name_that_nothing_has_both_sorts_of_names_are_told() {
    let fleet = "managementClusters:\n- {context: osaka, alias: west}\n";
    let (_directory, mut request) = request(Some(fleet));
    request.contexts = vec!["wst".to_owned()];
    assert_eq!(
        resolve(&request).unwrap_err().to_string(),
        "no management cluster and no context is called wst (did you mean west?); fleet.yaml has west, and the kubeconfig has \
         the contexts taipei, osaka, kyoto"
    );
}

#[test]
fn printing_a_target_shows_no_key() {
    let (_directory, request) = request(None);
    let printed = format!("{:?}", resolve(&request).unwrap());
    assert!(
        printed.contains("taipei") && !printed.contains("clusters"),
        "{printed}"
    );
}

#[test]
fn one_broken_entry_does_not_keep_the_fleet_from_starting() {
    let fleet =
        "managementClusters:\n- {context: osaka}\n- {context: nara, kubeconfig: gone}\n- {context: nagoya}\n";
    let (directory, mut request) = request(Some(fleet));
    let targets = resolve(&request).unwrap();
    assert_eq!(names(&targets), ["osaka", "nara", "nagoya"]);
    assert_eq!(targets[0].mistake(), None);
    let gone = directory.path().join("gone").display().to_string();
    assert!(targets[1].mistake().unwrap().to_string().starts_with(&gone));
    assert!(
        targets[2]
            .mistake()
            .unwrap()
            .to_string()
            .contains("no context nagoya")
    );
    request.contexts = vec!["nara".to_owned(), "osaka".to_owned()];
    assert!(resolve(&request).is_err(), "what was named has to be there");
    let dangling = "current-context: osaka\ncontexts:\n- {name: osaka, context: {cluster: osaka}}\n\
                    - {name: dangling, context: {cluster: gone}}\n\
                    clusters:\n- {name: osaka, cluster: {server: 'https://osaka:6443'}}\n";
    fs::write(directory.path().join("config"), dangling).unwrap();
    request.contexts = vec!["dangling".to_owned(), "osaka".to_owned()];
    let targets = resolve(&request).unwrap();
    let said = targets[0].mistake().unwrap().to_string();
    let file = directory.path().join("config").display().to_string();
    assert_eq!(
        said,
        format!("context dangling of {file}: its cluster gone is not in the kubeconfig")
    );
    request.contexts = vec!["dangling".to_owned()];
    assert!(resolve(&request).is_err(), "nothing is left to show");
    let (_directory, nothing_works) = self::request(Some("managementClusters:\n- {context: nagoya}\n"));
    let targets = resolve(&nothing_works).unwrap();
    assert!(
        targets[0].mistake().is_some(),
        "the screen says what is wrong with each"
    );
}

#[test]
fn what_names_no_context_says_so_plainly() {
    let fleet = "managementClusters:\n- {context: '', alias: eu}\n- {context: osaka, alias: ''}\n- {context: ''}\n\
                 - {context: hollow}\n- {context: lost}\n";
    let (directory, request) = request(Some(fleet));
    let kubeconfig = "current-context: osaka\ncontexts:\n- {name: osaka, context: {cluster: osaka}}\n- {name: hollow}\n\
                      - {name: lost, context: {cluster: ''}}\n- {name: '', context: {cluster: osaka}}\n\
                      clusters:\n- {name: osaka, cluster: {server: 'https://osaka:6443'}}\n";
    fs::write(directory.path().join("config"), kubeconfig).unwrap();
    let targets = resolve(&request).unwrap();
    assert_eq!(names(&targets), ["eu", "osaka", "(no name)", "hollow", "lost"]);
    let file = directory.path().join("config").display().to_string();
    let nowhere = "no context is named; there are: osaka, hollow, lost".to_owned();
    let said = targets
        .iter()
        .map(|target| target.mistake().map(ToString::to_string));
    let expected = [
        Some(nowhere.clone()),
        None,
        Some(nowhere),
        Some(format!(
            "context hollow of {file}: it is empty: it names neither a cluster nor a user"
        )),
        Some(format!("context lost of {file}: it names no cluster")),
    ];
    assert_eq!(said.collect::<Vec<_>>(), expected);
}

#[test]
fn another_cluster_or_user_is_meant_of_one_alone() {
    let (_directory, mut request) = request(Some(FLEET));
    request.overrides.cluster = Some("kyoto".to_owned());
    let message = resolve(&request).unwrap_err().to_string();
    assert!(
        message.contains("west, tokyo") && message.contains("--context"),
        "{message}"
    );
    request.contexts = vec!["osaka".to_owned()];
    let targets = resolve(&request).unwrap();
    assert_eq!(
        (names(&targets), targets[0].server.as_str()),
        (vec!["west"], "https://kyoto:6443")
    );
    assert!(
        targets[0].read_only,
        "it is still the management cluster of that name"
    );
    request.overrides = Overrides {
        acting_as: Some("jane".to_owned()),
        ..Overrides::default()
    };
    request.contexts = Vec::new();
    for target in resolve(&request).unwrap() {
        let login = target.login().unwrap();
        assert_eq!(login.acting_as.as_deref(), Some("jane"), "of all of the fleet");
    }
}

#[test]
fn anchor_08_who_is_shown_is_who_is_asked_whatever_the_current_context() {
    let (directory, mut request) = request(None);
    request.contexts = vec!["kyoto".to_owned()];
    let target = resolve(&request).unwrap().remove(0);
    assert_eq!(target.management_cluster.as_str(), "kyoto");
    assert_eq!(target.server, "https://kyoto:6443");
    let Source::Kubeconfig {
        kubeconfig, context, ..
    } = &target.source
    else {
        panic!("it is a kubeconfig's")
    };
    let kubeconfig = kubeconfig.as_ref().unwrap();
    assert_eq!(
        (context.as_str(), kubeconfig.current_context.as_deref()),
        ("kyoto", Some("kyoto"))
    );
    let text = serde_json::to_string(&**kubeconfig).unwrap();
    assert!(
        !text.contains("taipei"),
        "nothing of the current context is at hand: {text}"
    );
    assert!(directory.path().exists());
}

/// A backup must not be of another server than the one that is meant, whatever the kubeconfig lets pass.
#[test]
fn a_server_can_be_made_to_prove_that_it_is_of_an_authority() {
    let (directory, _) = request(None);
    let now = "2026-08-21T12:00:00Z".parse().unwrap();
    let authority = |name: &str| Authority::generate(name, Validity::days(now, 1)).unwrap();
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let [own, other] = [&ours, &theirs].map(|it| ders_of_pem(it.certificate_pem()).unwrap());
    let path = directory.path().join("careless");
    let target = |authority: &str| {
        let text = format!(
            "current-context: a\ncontexts: [{{name: a, context: {{cluster: a}}}}]\n\
             clusters: [{{name: a, cluster: {{server: 'https://a:1', insecure-skip-tls-verify: true{authority}}}}}]\n"
        );
        fs::write(&path, text).unwrap();
        let request = TargetRequest {
            kubeconfig: Some(path.clone()),
            ..TargetRequest::default()
        };
        resolve(&request).unwrap().remove(0)
    };
    let named = format!(
        ", certificate-authority-data: {}",
        STANDARD.encode(ours.certificate_pem())
    );
    let mut careless = target(&named);
    assert!(!careless.warnings.is_empty());
    assert_eq!(careless.prove_by(&own), Ok(true));
    let Source::Kubeconfig { kubeconfig, .. } = &careless.source else {
        panic!("it has one");
    };
    let cluster = kubeconfig.as_ref().unwrap().clusters[0].cluster.as_ref().unwrap();
    assert_eq!(cluster.insecure_skip_tls_verify, None);
    assert_eq!(careless.prove_by(&other), Ok(false));
    assert_eq!(target("").prove_by(&own), Ok(false));
}

/// What may not be written to stays so by whatever name it is reached.
#[test]
fn read_only_holds_for_the_server_and_not_for_the_name() {
    let fleet = "managementClusters:\n- {context: tokyo, kubeconfig: second, alias: east, readOnly: true}\n";
    let (directory, mut request) = request(Some(fleet));
    request.one = true;
    let mut of = |server: &str| {
        let text = format!(
            "current-context: mine\ncontexts: [{{name: mine, context: {{cluster: c}}}}]\nclusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n"
        );
        fs::write(directory.path().join("copy"), text).unwrap();
        request.kubeconfig = Some(directory.path().join("copy"));
        let targets = resolve(&request).unwrap();
        assert_eq!(names(&targets), ["mine"]);
        targets[0].read_only
    };
    for same in ["https://tokyo:6443", "https://TOKYO:6443/", "https://tokyo.:6443"] {
        assert!(of(same), "{same}");
    }
    for other in [
        "https://kobe:6443",
        "https://tokyo:6444",
        "https://tokyo:6443/k8s/c-1",
    ] {
        assert!(!of(other), "{other}");
    }
    // Whatever the name of this machine.
    let place = |server: &str| Place::of(server).unwrap();
    assert_eq!(
        place("https://localhost:17702/"),
        place("https://127.0.0.1:17702")
    );
    assert_eq!(place("https://[::1]"), place("https://LOCALHOST:443"));
    assert_ne!(place("https://[fd00::1]:6443"), place("https://[fd00::2]:6443"));
    // Nor by another cluster of the command line.
    let file = "managementClusters:\n- {context: taipei}\n- {context: osaka, readOnly: true}\n";
    let (_directory, mut request) = super::tests::request(Some(file));
    request.contexts = vec!["taipei".to_owned()];
    assert!(!resolve(&request).unwrap()[0].read_only);
    request.overrides.cluster = Some("osaka".to_owned());
    assert!(resolve(&request).unwrap()[0].read_only);
}
