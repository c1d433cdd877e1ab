//! What libraries say when something goes wrong, as a person can use it: without the names of their own types, and without addresses
//! of their own manuals.

use std::borrow::Cow;

/// What a reader of YAML says of a mistake.
pub fn of_yaml(what: &str) -> Cow<'_, str> {
    // Options of the reader are nobody's but the program's.
    if let Some(rest) = what.strip_prefix("duplicate mapping key") {
        let key = rest.split(", set ").next().unwrap_or_default();
        return match key.strip_prefix(": ") {
            Some(key) => Cow::Owned(format!("{key} stands here a second time; it may stand here once")),
            None => Cow::Borrowed("the same name stands here a second time; it may stand here once"),
        };
    }
    Cow::Borrowed(match what {
        "expected mapping start" => "names with their values belong here (name: value)",
        "expected sequence start" => "a list belongs here (- value)",
        "expected string scalar" => "one text belongs here",
        "unexpected end of input" => "the file ends in the middle of something",
        "cannot deserialize null into string; use Option<String>" => {
            "a text belongs here, and there is nothing"
        }
        "invalid boolean (strict mode expects true/false)" => "true or false belongs here",
        "input is not valid UTF-8" => "this is no text in UTF-8",
        "alias references unknown anchor" => "what stands behind * is named nowhere before (&name)",
        "list or mapping end with no start" => "something is closed here that was not opened",
        other => other.split(", set ").next().unwrap_or(other),
    })
}

/// What a TLS library, or a resolver of names, says of a connection that did not come about, and what it mostly means.
pub fn of_connection(what: &str) -> Cow<'_, str> {
    let meaning = MEANINGS
        .iter()
        .find(|(signs, _)| signs.iter().any(|sign| what.contains(sign)))
        .map(|(_, meaning)| *meaning);
    match meaning {
        // What it says besides tells of names and times.
        Some(meaning) if what.contains("certificate") && what.contains("valid") => {
            Cow::Owned(format!("{meaning}: {}", without_address(what)))
        }
        Some(meaning) => Cow::Borrowed(meaning),
        None => Cow::Borrowed(without_address(what)),
    }
}

/// Words of libraries, and what they mean; the first that fits.
const MEANINGS: [(&[&str], &str); 10] = [
    (
        &["without sending TLS close_notify", "tls handshake eof"],
        "the connection was cut by the server, or by something between",
    ),
    (
        &["corrupt message", "InvalidContentType"],
        "the server does not speak TLS there; is it http, or another port?",
    ),
    (
        &["UnknownIssuer"],
        "the server's certificate is signed by nobody that is trusted here; certificate-authority of the kubeconfig does not fit it",
    ),
    (
        &["certificate expired"],
        "the server's certificate has expired, or a clock is wrong",
    ),
    (
        &["certificate not valid yet"],
        "the server's certificate is not valid yet, or a clock is wrong",
    ),
    (
        &["certificate not valid for name"],
        "the server's certificate is for another name; tls-server-name of the kubeconfig can say which",
    ),
    (
        &[
            "alert: CertificateRequired",
            "alert: BadCertificate",
            "alert: CertificateExpired",
            "alert: CertificateRevoked",
            "alert: CertificateUnknown",
            "alert: UnknownCA",
        ],
        "the server does not accept the client certificate; it may have expired",
    ),
    (
        &[
            "peer is incompatible",
            "alert: ProtocolVersion",
            "alert: HandshakeFailure",
        ],
        "the server's TLS is of another kind; TLS 1.2 with safe ciphers is needed, or 1.3",
    ),
    (
        &["peer misbehaved", "cannot decrypt peer's message"],
        "what answers there breaks the rules of TLS; something between may have changed it",
    ),
    (
        &["failed to lookup address"],
        "the server's name is not known to the resolver (DNS)",
    ),
];

/// Without the address of a manual at the end.
fn without_address(what: &str) -> &str {
    let at = ["https://docs.rs", "http://docs.rs"]
        .into_iter()
        .find_map(|address| what.find(address));
    let before = at.and_then(|at| what.get(..at)).unwrap_or(what);
    before.trim_end_matches([' ', ':', ';', ',', '(', '<'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_yaml_are_told_without_the_readers_own_names() {
        let told = of_yaml("duplicate mapping key: server, set DuplicateKeyPolicy in Options if acceptable");
        assert_eq!(told, "server stands here a second time; it may stand here once");
        let cases = [
            "duplicate mapping key, set DuplicateKeyPolicy in Options if acceptable",
            "cannot deserialize null into string; use Option<String>",
            "!!binary scalar is not valid UTF-8, set ignore_binary_tag_for_string in Options",
        ];
        for case in cases {
            let told = of_yaml(case);
            assert!(!told.contains("Option") && !told.is_empty(), "{told}");
        }
        assert_eq!(of_yaml("unknown field `x`"), "unknown field `x`");
    }

    #[test]
    fn what_a_tls_library_says_is_told_by_what_it_means() {
        let told = of_connection(
            "peer closed connection without sending TLS close_notify: \
             https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpected-eof",
        );
        assert_eq!(
            told,
            "the connection was cut by the server, or by something between"
        );
        let told = of_connection("invalid peer certificate: UnknownIssuer");
        assert!(told.contains("certificate-authority"), "{told}");
        let told = of_connection(
            "invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid for DnsName(\"b\")",
        );
        assert!(told.contains("another name") && told.contains("\"b\""), "{told}");
        assert_eq!(of_connection("strange: https://docs.rs/x"), "strange");
        assert_eq!(of_connection("connection refused"), "connection refused");
    }
}
