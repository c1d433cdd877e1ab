//! What is written is read back as it was, by a reader of YAML.

use serde_json::Value;

use super::*;

fn read(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn every_text_is_read_back_as_it_was() {
    let texts = [
        "",
        "plain",
        "yes",
        "0640",
        "two\nlines",
        "two\nlines\n",
        "and empty ones\n\n\n",
        "  leading: spaces\n",
        "\nleading line",
        "a\n   \nb",
        "tab\there\n\tand here\n",
        "carriage\r\nreturn\r\n",
        "'''\n---\nuser: root",
        "runcmd:\n- rm -rf /\n# not a comment\n...\n",
        "bell\u{7} next\u{85} separator\u{2028} mark\u{feff}\nline",
        "ü \u{1f600}\n",
        "quote\" and \\ backslash",
        "{{ ds.meta_data.local_hostname }}\n{% if x %}\n",
    ];
    let files = texts
        .iter()
        .map(|text| File::of_root("/f", (*text).to_owned()))
        .collect();
    let commands: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let config = CloudConfig {
        files,
        commands,
        ..CloudConfig::default()
    };
    let text = config.render();
    assert!(text.starts_with("## template: jinja\n#cloud-config\n"), "{text}");
    let value = read(&text);
    for (index, expected) in texts.iter().enumerate() {
        assert_eq!(value["write_files"][index]["content"], **expected, "{text}");
        assert_eq!(value["write_files"][index]["permissions"], "0640");
        assert_eq!(value["runcmd"][index], **expected, "{text}");
    }
    assert_eq!(
        value.as_object().map(Map::len),
        Some(2),
        "no key was started: {text}"
    );
}

#[test]
fn users_time_and_disks_are_named_as_cloud_init_names_them() {
    let user: User = serde_json::from_value(json!({
        "name": "ada", "gecos": "Ada: L", "groups": "wheel", "homeDir": "/home/ada", "inactive": false, "lockPassword": true,
        "passwd": "$6$x", "primaryGroup": "ada", "shell": "/bin/bash", "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "sshAuthorizedKeys": ["ssh-ed25519 AAAA ada"]
    }))
    .expect("a user");
    let disks: DiskSetup = serde_json::from_value(json!({
        "partitions": [
            {"device": "/dev/sdb", "layout": true, "overwrite": false, "tableType": "gpt"},
            {"device": "/dev/sdc", "diskLayout": [{"percentage": 30}, {"percentage": 70, "partitionType": "LinuxSwap"}]}
        ],
        "filesystems": [{
            "device": "/dev/sdb", "filesystem": "ext4", "label": "etcd", "partition": "auto", "overwrite": true,
            "replaceFS": "ntfs", "extraOpts": ["-E", "lazy_itable_init=1"]
        }]
    }))
    .expect("disks");
    let ntp: Ntp =
        serde_json::from_value(json!({"enabled": true, "servers": ["time.example"]})).expect("ntp");
    let mounts = vec![vec!["LABEL=etcd".to_owned(), "/var/lib/etcd".to_owned()]];
    let boot = vec!["sysctl -p".to_owned()];
    let config = CloudConfig {
        boot_commands: &boot,
        ntp: Some(&ntp),
        users: vec![user],
        disks: Some(&disks),
        mounts: &mounts,
        ..CloudConfig::default()
    };
    let text = config.render();
    assert_eq!(
        read(&text),
        json!({
            "bootcmd": ["sysctl -p"],
            "ntp": {"enabled": true, "servers": ["time.example"]},
            "users": [{
                "name": "ada", "gecos": "Ada: L", "groups": "wheel", "homedir": "/home/ada", "inactive": false,
                "lock_passwd": true, "passwd": "$6$x", "primary_group": "ada", "shell": "/bin/bash",
                "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": ["ssh-ed25519 AAAA ada"]
            }],
            "disk_setup": {
                "/dev/sdb": {"table_type": "gpt", "layout": true, "overwrite": false},
                "/dev/sdc": {"layout": [30, [70, "82"]]}
            },
            "fs_setup": [{
                "label": "etcd", "filesystem": "ext4", "device": "/dev/sdb", "partition": "auto", "overwrite": true,
                "replace_fs": "ntfs", "extra_opts": ["-E", "lazy_itable_init=1"]
            }],
            "mounts": [["LABEL=etcd", "/var/lib/etcd"]]
        }),
        "{text}"
    );
}
