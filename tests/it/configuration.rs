//! `fleetui config` and the configuration itself, from outside.

use crate::program::Home;

#[tokio::test]
async fn the_configuration_holds_and_the_command_line_wins_over_it() {
    let home = Home::new();
    let shown = home.run(&["config", "show"]).await;
    assert_eq!((shown.code, shown.said.as_str()), (Some(0), ""));
    assert!(shown.printed.contains("theme: dark"), "{}", shown.printed);
    let path = home.configure("config.yaml", "theme: light\nkeymap: vim\nreadOnly: true\n");
    let shown = home.run(&["config", "show", "--theme", "mono"]).await.printed;
    for line in ["theme: mono", "# --theme", "keymap: vim", "readOnly: true"] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(shown.contains(&format!("{}:2", path.display())), "{shown}");
    // What it forbids is forbidden.
    let nobody = "apiVersion: v1\nkind: Config\ncurrent-context: away\n\
        clusters: [{name: away, cluster: {server: 'http://127.0.0.1:9'}}]\n\
        contexts: [{name: away, context: {cluster: away, user: away}}]\nusers: [{name: away, user: {}}]\n";
    let kubeconfig = home.write("kubeconfig", nobody);
    let kubeconfig = kubeconfig.to_str().unwrap();
    let frame = home
        .run(&["frame", "--size", "80x24", "--kubeconfig", kubeconfig])
        .await;
    assert!(frame.printed.contains("READ-ONLY"), "{}", frame.printed);
    let paths = home.run(&["config", "path"]).await.printed;
    assert!(
        paths.contains("config/fleetui") && paths.contains("config.yaml  is there"),
        "{paths}"
    );
}

#[tokio::test]
async fn a_mistake_is_told_with_its_line_and_ends_badly() {
    let home = Home::new();
    let well = home.run(&["config", "check"]).await;
    assert_eq!(well.code, Some(0), "{}", well.printed);
    home.configure("config.yaml", "theme: dark\nreadonly: true\n");
    home.configure("themes/mine.yaml", "inherits: dark\nroles:\n  faild: {fg: red}\n");
    let checked = home.run(&["config", "check"]).await;
    assert_eq!(checked.code, Some(1));
    for told in [
        "config.yaml:2:1: there is no setting 'readonly'; did you mean readOnly?",
        "mine.yaml:3:10: ",
    ] {
        assert!(checked.printed.contains(told), "{told}\n{}", checked.printed);
    }
    // A configuration that cannot be followed may be the one that forbids to write: nothing begins without it.
    let frame = home.run(&["frame"]).await;
    assert_eq!(frame.code, Some(1));
    assert!(frame.said.contains("config.yaml:2:1: "), "{}", frame.said);
}

#[tokio::test]
async fn every_shell_gets_completions_that_it_can_read() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = home.run(&["completions", shell]).await;
        assert_eq!((printed.code, printed.said.as_str()), (Some(0), ""), "{shell}");
        assert!(
            printed.printed.contains("FLEETUI_COMPLETE"),
            "{}",
            printed.printed
        );
        let file = home.write(&format!("fleetui.{shell}"), &printed.printed);
        // What is on this machine says whether it is its language.
        let read = std::process::Command::new(shell).arg("-n").arg(&file).output();
        if let (Ok(read), true) = (read, shell != "powershell" && shell != "elvish") {
            assert!(
                read.status.success(),
                "{shell}: {}",
                String::from_utf8_lossy(&read.stderr)
            );
        }
    }
    let none = home.run(&["completions", "cmd"]).await;
    assert_eq!(none.code, Some(2));
}
