//! Names of container images, and of the places where they lie.
//!
//! Source: the grammar of references of the distribution project: `[host[:port]/]path[:tag][@digest]`.

/// The longest name without tag and digest.
const LONGEST: usize = 255;
/// The longest tag.
const LONGEST_TAG: usize = 128;

/// Why a text names no image, such as `ghcr.io/kube-vip/kube-vip:v0.9.1`.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), String> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
        return Err(format!(
            "{digest:?} is no digest, such as sha256: and 64 digits of hexadecimal"
        ));
    }
    // A colon before the last slash is that of a port.
    let path = rest.rfind('/').map_or(0, |slash| slash + 1);
    let colon = rest
        .get(path..)
        .and_then(|last| last.find(':'))
        .map(|at| path + at);
    let (name, tag) = match colon.and_then(|at| rest.split_at_checked(at)) {
        Some((name, tag)) => (name, tag.strip_prefix(':')),
        None => (rest, None),
    };
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        return Err(format!("{tag:?} is no tag of an image, such as v0.9.1"));
    }
    repository(name)
}

/// Why a text names no place where images lie, such as `registry.example:5000/byoh`.
///
/// # Errors
/// What is wrong with it.
pub fn repository(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.contains("://") {
        return Err("it is written without https:// or another scheme".to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("it has {} characters, {LONGEST} at most", text.len()));
    }
    let parts: Vec<&str> = text.split('/').collect();
    let (host, path) = match parts.as_slice() {
        [first, rest @ ..] if is_host_only(first) || (rest.is_empty() && first.contains('.')) => {
            (Some(*first), rest)
        }
        all => (None, all),
    };
    if let Some(host) = host.filter(|host| !is_host(host)) {
        return Err(format!("{host:?} is no registry, such as registry.example:5000"));
    }
    match path.iter().find(|part| !is_component(part)) {
        None => Ok(()),
        Some(&"") => Err("there is a slash too many".to_owned()),
        Some(part) => Err(format!(
            "{part:?} cannot stand in it: lower case letters and digits, parted by one dot, by underscores or by dashes"
        )),
    }
}

/// Whether the first part of a name can be a host alone.
fn is_host_only(part: &str) -> bool {
    let is_upper = part.bytes().any(|byte| byte.is_ascii_uppercase());
    part.contains(':') || part.starts_with('[') || is_upper
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_name = match bare {
        Some(address) => address.parse::<core::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(|label| {
            let plain = label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
        }),
    };
    is_name && port.is_none_or(is_port)
}

/// `kube-vip`, `a__b`, `a.b`: what parts letters and digits is one dot, one or two underscores, or dashes.
fn is_component(part: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends_well = part.as_bytes().first().is_some_and(plain) && part.as_bytes().last().is_some_and(plain);
    let mut between = part.split(|sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit());
    ends_well
        && between
            .all(|parts| matches!(parts, "" | "." | "_" | "__") || parts.bytes().all(|byte| byte == b'-'))
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = text.bytes();
    text.len() <= LONGEST_TAG
        && bytes.next().is_some_and(word)
        && bytes.all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, digits)) = text.split_once(':') else {
        return false;
    };
    let is_whole = if algorithm == "sha256" {
        digits.len() == 64
    } else {
        digits.len() >= 32
    };
    algorithm.starts_with(|first: char| first.is_ascii_alphabetic())
        && is_whole
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_told_from_what_cannot_be_one() {
        let digest = format!("ghcr.io/a/b@sha256:{}", "a1".repeat(32));
        for good in [
            "ghcr.io/kube-vip/kube-vip:v0.9.1",
            "busybox",
            "library/busybox:1.36",
            "localhost:5000/a/b_c:x",
            "[2001:db8::1]:5000/a",
            "Registry.Example/a__b/c.d--e",
            "registry.example:5000/byoh:latest",
            &digest,
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "empty"),
            ("ghcr.io/kube vip", "\"kube vip\" cannot stand in it"),
            ("ghcr.io/Kube-Vip/x", "lower case"),
            ("ghcr.io//x", "slash too many"),
            ("ghcr.io/x/", "slash too many"),
            ("ghcr.io/x:", "no tag"),
            ("ghcr.io/x:-1", "no tag"),
            ("ghcr.io/x:a b", "no tag"),
            ("https://ghcr.io/x", "without https://"),
            ("ghcr.io:port/x", "is no registry"),
            ("ghcr.io/x@sha256:12", "no digest"),
            ("ghcr.io/-x", "cannot stand in it"),
            ("ghcr.io/x..y", "cannot stand in it"),
            ("!!!", "cannot stand in it"),
        ] {
            let told = check(bad).expect_err(bad);
            assert!(told.contains(why), "{bad}: {told}");
        }
    }

    #[test]
    fn a_registry_has_no_tag() {
        for good in [
            "registry.example",
            "registry.example:5000",
            "registry.example/byoh",
            "simulated",
            "10.0.0.1:5000/x",
        ] {
            assert_eq!(repository(good), Ok(()), "{good}");
        }
        for bad in [
            "registry.example/byoh:v1",
            "http://registry.example",
            "registry example",
            "registry.example/",
            "reg_!",
        ] {
            assert!(repository(bad).is_err(), "{bad}");
        }
    }
}
