//! What a certificate request must say.

use serde_json::Value;

use super::{request, signer};
use crate::status::Cause;

/// The shortest life that a request may ask for.
const LEAST_SECONDS: i64 = 600;

/// What a key may be used for, as requests say it.
const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// The usages of a request.
pub(crate) fn usages(object: &Value) -> Vec<&str> {
    object
        .pointer("/spec/usages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What is wrong with a new request.
pub(crate) fn check(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Err(why) = request(object) {
        let field = object.pointer("/spec/request").unwrap_or(&Value::Null);
        causes.push(Cause::invalid("spec.request", &field.to_string(), &why));
    }
    causes.extend(check_usages(&usages(object)));
    causes.extend(check_signer(signer(object)));
    let seconds = object.pointer("/spec/expirationSeconds");
    if let Some(seconds) = seconds.filter(|seconds| !seconds.is_null())
        && seconds.as_i64().is_none_or(|seconds| seconds < LEAST_SECONDS)
    {
        causes.push(Cause::invalid(
            "spec.expirationSeconds",
            &seconds.to_string(),
            "may not specify a duration less than 600 seconds (10 minutes)",
        ));
    }
    causes
}

fn check_usages(usages: &[&str]) -> Vec<Cause> {
    if usages.is_empty() {
        return vec![Cause::required("spec.usages", "")];
    }
    let mut causes = Vec::new();
    for (index, usage) in usages.iter().enumerate() {
        let field = format!("spec.usages[{index}]");
        if !USAGES.contains(usage) {
            causes.push(Cause::not_supported(&field, usage, &USAGES));
        }
        if usages.iter().take(index).any(|before| before == usage) {
            causes.push(Cause {
                reason: "FieldValueDuplicate",
                message: format!("Duplicate value: {usage:?}"),
                field,
            });
        }
    }
    causes
}

fn check_signer(signer: &str) -> Option<Cause> {
    const FIELD: &str = "spec.signerName";
    if signer.is_empty() {
        return Some(Cause::required(FIELD, ""));
    }
    let quoted = format!("{signer:?}");
    if signer == "kubernetes.io/legacy-unknown" {
        let message = "the legacy signerName is not allowed via this API version";
        return Some(Cause::invalid(FIELD, &quoted, message));
    }
    let label = |text: &str| {
        !text.is_empty()
            && text.len() <= 63
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
    };
    let good = signer.split_once('/').is_some_and(|(domain, path)| {
        domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(label)
            && path.len() <= 253
            && path.split('.').all(label)
    });
    (!good).then(|| {
        Cause::invalid(
            FIELD,
            &quoted,
            "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_are_a_domain_and_a_path() {
        for good in [
            "kubernetes.io/kube-apiserver-client",
            "example.com/a",
            "a.b.example.com/x.y",
        ] {
            assert_eq!(check_signer(good), None, "{good}");
        }
        for bad in [
            "",
            "kubernetes.io",
            "kubernetes.io/",
            "/a",
            "localhost/a",
            "example.com/a/b",
            "Example.com/a",
            "kubernetes.io/legacy-unknown",
        ] {
            assert!(check_signer(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn usages_are_known_and_named_once() {
        assert!(check_usages(&["client auth", "digital signature"]).is_empty());
        assert_eq!(check_usages(&[])[0].reason, "FieldValueRequired");
        assert_eq!(check_usages(&["fishing"])[0].reason, "FieldValueNotSupported");
        assert_eq!(check_usages(&["any", "any"])[0].reason, "FieldValueDuplicate");
    }
}
