//! A cloud-config as text: what a machine writes and runs at its first boot.
//!
//! Every string is either a block of plain lines or a quoted one, so that nothing in it can end it or start a key.
//! Must not know: kubeadm.

use std::fmt::Write as _;

use fleetui_api::v1beta2::{DiskSetup, Ntp, PartitionSize, User};
use serde_json::{Map, Value, json};

/// What jinja fills in comes from the machine's own data.
const HEAD: &str = "## template: jinja\n#cloud-config\n";

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) owner: String,
    /// Octal digits, `0640`.
    pub(super) permissions: String,
    pub(super) encoding: Option<String>,
    pub(super) append: bool,
    pub(super) content: String,
}

impl File {
    /// A file of root's that others in its group may read.
    pub(super) fn of_root(path: &str, content: String) -> Self {
        Self {
            path: path.to_owned(),
            owner: "root:root".to_owned(),
            permissions: "0640".to_owned(),
            encoding: None,
            append: false,
            content,
        }
    }
}

/// Everything that a machine does at its first boot.
#[derive(Debug, Clone, Default)]
pub(super) struct CloudConfig<'a> {
    pub(super) boot_commands: &'a [String],
    pub(super) files: Vec<File>,
    pub(super) commands: Vec<String>,
    pub(super) ntp: Option<&'a Ntp>,
    pub(super) users: Vec<User>,
    pub(super) disks: Option<&'a DiskSetup>,
    pub(super) mounts: &'a [Vec<String>],
}

impl CloudConfig<'_> {
    /// The text. Directives without anything in them are left out.
    pub(super) fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        let disks = self.disks.cloned().unwrap_or_default();
        let directives = [
            ("bootcmd", json!(self.boot_commands)),
            ("write_files", self.files.iter().map(file).collect()),
            ("runcmd", json!(self.commands)),
            ("ntp", self.ntp.map(ntp).unwrap_or_default()),
            ("users", self.users.iter().map(user).collect()),
            ("disk_setup", partitions(&disks)),
            ("fs_setup", filesystems(&disks)),
            ("mounts", json!(self.mounts)),
        ];
        for (directive, value) in directives {
            let empty = match &value {
                Value::Array(items) => items.is_empty(),
                Value::Object(fields) => fields.is_empty(),
                Value::Null => true,
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            if !empty {
                text.push('\n');
                text.push_str(directive);
                text.push(':');
                write_value(&mut text, &value, 0);
            }
        }
        text
    }
}

fn file(file: &File) -> Value {
    let mut fields = json!({
        "path": file.path,
        "owner": file.owner,
        "permissions": file.permissions,
    });
    if let Some(fields) = fields.as_object_mut() {
        if let Some(encoding) = &file.encoding {
            fields.insert("encoding".to_owned(), Value::from(encoding.as_str()));
        }
        if file.append {
            fields.insert("append".to_owned(), Value::from(true));
        }
        fields.insert("content".to_owned(), Value::from(file.content.as_str()));
    }
    fields
}

fn ntp(ntp: &Ntp) -> Value {
    defined([
        ("enabled", ntp.enabled.map(Value::from)),
        ("servers", (!ntp.servers.is_empty()).then(|| json!(ntp.servers))),
    ])
}

fn user(user: &User) -> Value {
    let text = |value: &Option<String>| value.as_deref().map(Value::from);
    defined([
        ("name", Some(Value::from(user.name.as_str()))),
        ("gecos", text(&user.gecos)),
        ("groups", text(&user.groups)),
        ("homedir", text(&user.home_dir)),
        ("inactive", user.inactive.map(Value::from)),
        ("lock_passwd", user.lock_password.map(Value::from)),
        ("passwd", text(&user.passwd)),
        ("primary_group", text(&user.primary_group)),
        ("shell", text(&user.shell)),
        ("sudo", text(&user.sudo)),
        (
            "ssh_authorized_keys",
            (!user.ssh_authorized_keys.is_empty()).then(|| json!(user.ssh_authorized_keys)),
        ),
    ])
}

fn partitions(disks: &DiskSetup) -> Value {
    let size = |size: &PartitionSize| match &size.partition_type {
        Some(kind) => json!([size.percentage, cloud_init_type(kind)]),
        None => json!(size.percentage),
    };
    let of_device = disks.partitions.iter().map(|partition| {
        let layout = if partition.disk_layout.is_empty() {
            json!(partition.layout.unwrap_or(false))
        } else {
            partition.disk_layout.iter().map(size).collect()
        };
        let fields = defined([
            ("table_type", partition.table_type.as_deref().map(Value::from)),
            ("layout", Some(layout)),
            ("overwrite", partition.overwrite.map(Value::from)),
        ]);
        (partition.device.clone(), fields)
    });
    Value::Object(of_device.collect())
}

/// cloud-init knows the common types by their number in a table of partitions.
fn cloud_init_type(kind: &str) -> &str {
    match kind {
        "Linux" => "83",
        "LinuxSwap" => "82",
        "LinuxRAID" => "fd",
        "LVM" => "8e",
        "Fat32" => "0c",
        "NTFS" => "07",
        "LinuxExtended" => "85",
        other => other,
    }
}

fn filesystems(disks: &DiskSetup) -> Value {
    let text = |value: &Option<String>| value.as_deref().map(Value::from);
    let one = disks.filesystems.iter().map(|filesystem| {
        defined([
            ("label", text(&filesystem.label)),
            ("filesystem", Some(Value::from(filesystem.filesystem.as_str()))),
            ("device", Some(Value::from(filesystem.device.as_str()))),
            ("partition", text(&filesystem.partition)),
            ("overwrite", filesystem.overwrite.map(Value::from)),
            ("replace_fs", text(&filesystem.replace_fs)),
            (
                "extra_opts",
                (!filesystem.extra_opts.is_empty()).then(|| json!(filesystem.extra_opts)),
            ),
        ])
    });
    one.collect()
}

/// An object of those fields that there are.
fn defined<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let present = fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(present.collect::<Map<String, Value>>())
}

/// Writes a value behind its key or dash, and ends the line.
fn write_value(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            for (key, value) in fields {
                indented(text, indent + 2);
                write_field(text, key, value, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                indented(text, indent);
                write_item(text, item, indent);
            }
        }
        Value::String(lines) if is_block(lines) => write_block(text, lines, indent + 2),
        Value::String(line) => {
            text.push(' ');
            quote(text, line);
            text.push('\n');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            text.push(' ');
            text.push_str(&value.to_string());
            text.push('\n');
        }
    }
}

fn write_field(text: &mut String, key: &str, value: &Value, indent: usize) {
    if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        text.push_str(key);
    } else {
        quote(text, key);
    }
    text.push(':');
    write_value(text, value, indent);
}

/// An item of a list. The first field of an object stands beside the dash.
fn write_item(text: &mut String, item: &Value, indent: usize) {
    text.push('-');
    match item {
        Value::Object(fields) if !fields.is_empty() => {
            for (position, (key, value)) in fields.iter().enumerate() {
                if position == 0 {
                    text.push(' ');
                } else {
                    indented(text, indent + 2);
                }
                write_field(text, key, value, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            // A list in a list is short: it stands on one line.
            text.push_str(" [");
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push_str(", ");
                }
                match item {
                    Value::String(line) => quote(text, line),
                    other => text.push_str(&other.to_string()),
                }
            }
            text.push_str("]\n");
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => write_value(text, item, indent),
    }
}

fn indented(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

/// Whether a text of several lines can stand as it is, indented.
fn is_block(lines: &str) -> bool {
    let plain = |character: char| {
        character == '\n' || character == '\t' || !(character.is_control() || is_odd(character))
    };
    lines.contains('\n') && !lines.starts_with([' ', '\t', '\n']) && lines.chars().all(plain)
}

/// Line ends and marks that some readers of YAML take for more than a character.
fn is_odd(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn write_block(text: &mut String, lines: &str, indent: usize) {
    // How many of the last line ends belong to the text.
    let bare = lines.strip_suffix('\n');
    text.push_str(match bare {
        None => " |-\n",
        Some(bare) if bare.ends_with('\n') => " |+\n",
        Some(_) => " |\n",
    });
    for line in bare.unwrap_or(lines).split('\n') {
        if !line.is_empty() {
            indented(text, indent);
            text.push_str(line);
        }
        text.push('\n');
    }
}

/// A text in double quotes, which JSON and YAML read alike.
fn quote(text: &mut String, line: &str) {
    for character in Value::from(line).to_string().chars() {
        if character.is_control() || is_odd(character) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
}

#[cfg(test)]
mod tests;
