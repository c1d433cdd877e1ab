//! Kubeconfig files on disk: how they merge, and what is said about those that are wrong.

use std::fs;

use super::*;

fn kubeconfig(cluster: &str, server: &str, current: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: '{current}'
clusters:
- name: {cluster}
  cluster: {{server: '{server}'}}
contexts:
- name: {cluster}
  context: {{cluster: {cluster}, user: {cluster}-user, namespace: team-a}}
users:
- name: {cluster}-user
  user: {{token: token-of-{cluster}}}
"
    )
}

/// A directory with some files, and the environment that names them all (and one that does not exist).
fn files(texts: &[&str]) -> (tempfile::TempDir, KubeconfigFiles) {
    let directory = tempfile::tempdir().unwrap();
    let mut paths = vec![directory.path().join("missing")];
    for (index, text) in texts.iter().enumerate() {
        let path = directory.path().join(format!("{index}.yaml"));
        fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let environment = Environment {
        kubeconfig: Some(std::env::join_paths(&paths).unwrap()),
        ..Environment::default()
    };
    (directory, KubeconfigFiles::of(None, &environment))
}

#[test]
fn missing_files_of_the_list_are_skipped_and_the_first_value_wins() {
    let (_directory, files) = files(&[
        &kubeconfig("taipei", "https://taipei:6443", "taipei"),
        &kubeconfig("osaka", "https://osaka:6443", "osaka"),
        &kubeconfig("taipei", "https://impostor:6443", "osaka"),
    ]);
    let loaded = files.load().unwrap();
    assert_eq!(loaded.contexts(), ["taipei", "osaka"]);
    assert_eq!(loaded.current_context(), Ok("taipei"));
    assert_eq!(
        loaded.slice("taipei", &Overrides::default()).unwrap().server,
        "https://taipei:6443"
    );
    assert_eq!(
        loaded
            .slice("taipei", &Overrides::default())
            .unwrap()
            .namespace
            .as_deref(),
        Some("team-a")
    );
}

#[test]
fn a_slice_holds_the_keys_of_its_own_context_alone() {
    let (_directory, files) = files(&[
        &kubeconfig("taipei", "https://taipei:6443", "taipei"),
        &kubeconfig("osaka", "https://osaka:6443", "osaka"),
    ]);
    let slice = files
        .load()
        .unwrap()
        .slice("osaka", &Overrides::default())
        .unwrap();
    let text = serde_json::to_string(&slice.kubeconfig).unwrap();
    assert!(text.contains("token-of-osaka"));
    assert!(!text.contains("taipei"), "{text}");
}

#[test]
fn anchor_28_no_kubeconfig_is_an_answer_of_its_own() {
    let (directory, files) = files(&[]);
    let looked = vec![directory.path().join("missing")];
    assert_eq!(
        files.load().unwrap_err(),
        KubeconfigError::NoKubeconfig { looked }
    );
    let empty = directory.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let message = KubeconfigFiles::Named(empty.clone())
        .load()
        .unwrap_err()
        .to_string();
    assert_eq!(message, format!("{}: there is no context in it", empty.display()));
    let home = Environment {
        home: Some("/nowhere".into()),
        ..Environment::default()
    };
    let message = KubeconfigFiles::of(None, &home).load().unwrap_err().to_string();
    assert!(message.contains("/nowhere/.kube/config"), "{message}");
}

#[test]
fn a_named_file_has_to_exist() {
    let named = KubeconfigFiles::of(Some(Path::new("/nowhere/config")), &Environment::default());
    assert!(
        matches!(named.load().unwrap_err(), KubeconfigError::Unreadable { file, .. } if file == Path::new("/nowhere/config"))
    );
}

#[test]
fn a_malformed_file_is_told_with_its_line_and_without_its_secrets() {
    let cases = [
        (
            "clusters:\n- name: a\n  cluster: {server: 'https://a'}\nusers:\n- name: a\n  user: s3cr3t-token\n",
            6,
        ),
        ("clusters: [\n- name\n", 2),
        ("contexts: {a: b}\n", 1),
    ];
    for (text, expected) in cases {
        let (directory, files) = files(&[text]);
        let error = files.load().unwrap_err();
        let KubeconfigError::Malformed { file, line, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*file, directory.path().join("0.yaml"));
        assert_eq!(*line, expected, "{error}");
        let message = error.to_string();
        assert!(!message.contains("s3cr3t"), "{message}");
        assert!(message.contains("current-context"), "what is allowed: {message}");
    }
}

#[test]
fn an_unknown_context_is_told_with_those_that_exist() {
    let (_directory, files) = files(&[
        &kubeconfig("taipei", "https://taipei:6443", ""),
        &kubeconfig("osaka", "https://osaka:6443", ""),
    ]);
    let loaded = files.load().unwrap();
    assert_eq!(
        loaded
            .slice("tokyo", &Overrides::default())
            .unwrap_err()
            .to_string(),
        "no context tokyo; there are: taipei, osaka"
    );
    let message = loaded.current_context().unwrap_err().to_string();
    assert!(message.ends_with("--context: taipei, osaka"), "{message}");
}

#[test]
fn broken_contexts_say_what_is_missing() {
    let (_directory, files) = files(&["contexts:
- name: no-cluster
  context: {cluster: gone, user: a}
- name: no-server
  context: {cluster: empty, user: a}
clusters:
- name: empty
  cluster: {}
"]);
    let loaded = files.load().unwrap();
    assert!(
        loaded
            .slice("no-cluster", &Overrides::default())
            .unwrap_err()
            .to_string()
            .contains("gone is not in the kubeconfig")
    );
    assert!(
        loaded
            .slice("no-server", &Overrides::default())
            .unwrap_err()
            .to_string()
            .contains("empty has no server")
    );
}

#[test]
fn what_is_unsafe_is_said_and_credentials_in_urls_are_not() {
    let (_directory, files) = files(&["contexts:
- {name: a, context: {cluster: a}}
- {name: b, context: {cluster: b}}
clusters:
- {name: a, cluster: {server: 'HTTP://user:pass@a:8080/prefix'}}
- {name: b, cluster: {server: 'https://b', insecure-skip-tls-verify: true}}
"]);
    let loaded = files.load().unwrap();
    let plain = loaded.slice("a", &Overrides::default()).unwrap();
    assert_eq!(
        (plain.server.as_str(), plain.warnings),
        ("HTTP://a:8080/prefix", vec![Warning::PlainHttp])
    );
    assert_eq!(
        loaded.slice("b", &Overrides::default()).unwrap().warnings,
        [Warning::TlsNotVerified]
    );
}

#[test]
fn anchor_27_a_relative_plugin_is_found_beside_its_kubeconfig() {
    let text = "current-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n\
                clusters: [{name: a, cluster: {server: 'https://a'}}]\n\
                users: [{name: a, user: {exec: {command: ./bin/login}}}]\n";
    let (directory, files) = files(&[text]);
    let slice = files.load().unwrap().slice("a", &Overrides::default()).unwrap();
    let user = slice.kubeconfig.auth_infos[0].auth_info.clone().unwrap();
    let command = std::path::PathBuf::from(user.exec.unwrap().command.unwrap());
    assert!(command.is_absolute(), "{}", command.display());
    assert_eq!(
        command.canonicalize().ok(),
        directory.path().join("bin/login").canonicalize().ok()
    );
    assert!(command.ends_with("bin/login") && command.starts_with(directory.path()));
}

#[test]
fn the_command_line_can_name_another_cluster_and_another_user() {
    let (_directory, files) = files(&[
        &kubeconfig("taipei", "https://taipei:6443", "taipei"),
        &kubeconfig("osaka", "https://osaka:6443", "osaka"),
    ]);
    let loaded = files.load().unwrap();
    let other = Overrides {
        cluster: Some("osaka".to_owned()),
        user: Some("osaka-user".to_owned()),
        acting_as: Some("jane".to_owned()),
        groups: vec!["ops".to_owned()],
    };
    let slice = loaded.slice("taipei", &other).unwrap();
    assert_eq!(slice.server, "https://osaka:6443");
    let user = slice.kubeconfig.auth_infos[0].auth_info.clone().unwrap();
    assert_eq!(user.impersonate.as_deref(), Some("jane"));
    assert_eq!(user.impersonate_groups, Some(vec!["ops".to_owned()]));
    let text = serde_json::to_string(&slice.kubeconfig).unwrap();
    assert!(
        text.contains("token-of-osaka") && !text.contains("token-of-taipei"),
        "{text}"
    );
    for (cluster, user) in [(Some("nara"), None), (None, Some("nara"))] {
        let unknown = Overrides {
            cluster: cluster.map(str::to_owned),
            user: user.map(str::to_owned),
            ..Overrides::default()
        };
        let message = loaded.slice("taipei", &unknown).unwrap_err().to_string();
        assert!(message.contains("nara"), "{message}");
    }
}
