//! JSON Web Tokens with one algorithm, ES256: what a ServiceAccount's token says, signed and verified.
//!
//! Must not know: whether what a token says still holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fleetui_pki::TokenKey;
use serde::{Deserialize, Deserializer, Serialize};

/// The longest token that is looked at.
const LONGEST: usize = 16 * 1024;

/// An object by its name and uid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    /// Its name.
    #[serde(default)]
    pub(crate) name: String,
    /// Its uid.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) uid: String,
}

/// The objects that a token is bound to: when one of them goes, so does the token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    /// The namespace of all of them.
    #[serde(default)]
    pub(crate) namespace: String,
    /// The account.
    #[serde(default, rename = "serviceaccount")]
    pub(crate) account: Reference,
    /// A Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<Reference>,
    /// A Pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pod: Option<Reference>,
    /// A Node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<Reference>,
}

/// What a token says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Whom it is for.
    #[serde(
        default,
        rename = "aud",
        deserialize_with = "one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) audiences: Vec<String>,
    /// When it ends, in seconds since 1970; the token in a Secret does not end.
    #[serde(default, rename = "exp", skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<i64>,
    /// When it was issued.
    #[serde(default, rename = "iat", skip_serializing_if = "Option::is_none")]
    pub(crate) issued: Option<i64>,
    /// Who issued it.
    #[serde(default, rename = "iss")]
    pub(crate) issuer: String,
    /// What tells it from other tokens.
    #[serde(default, rename = "jti", skip_serializing_if = "String::is_empty")]
    pub(crate) id: String,
    /// What it is bound to.
    #[serde(default, rename = "kubernetes.io", skip_serializing_if = "Option::is_none")]
    pub(crate) bound: Option<Bound>,
    /// From when on it is good.
    #[serde(default, rename = "nbf", skip_serializing_if = "Option::is_none")]
    pub(crate) not_before: Option<i64>,
    /// Whose it is.
    #[serde(default, rename = "sub")]
    pub(crate) subject: String,
}

/// `aud` is a text or a list of texts.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Audience::deserialize(deserializer)? {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    })
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    #[serde(default)]
    kid: String,
}

/// A token that says `claims`; absent where the system gives no random numbers.
pub(crate) fn sign(key: &TokenKey, claims: &Claims) -> Option<String> {
    let head = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, key.id());
    let claims = serde_json::to_vec(claims).ok()?;
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(head),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = key.sign(message.as_bytes())?;
    Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// What a token says, if `key` signed it. The algorithm is never taken from the token: it must be ours.
pub(crate) fn verify(key: &TokenKey, token: &str) -> Option<Claims> {
    if token.len() > LONGEST {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (head, claims) = message.split_once('.')?;
    let head: Head = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
    if head.alg != "ES256" || head.kid != key.id() {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !key.verify(message.as_bytes(), &signature) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            audiences: vec!["api".to_owned()],
            expires: Some(7),
            issuer: "us".to_owned(),
            subject: "system:serviceaccount:n:a".to_owned(),
            bound: Some(Bound {
                namespace: "n".to_owned(),
                account: Reference {
                    name: "a".to_owned(),
                    uid: "u".to_owned(),
                },
                ..Bound::default()
            }),
            ..Claims::default()
        }
    }

    #[test]
    fn a_token_says_what_was_signed() {
        let key = TokenKey::generate().unwrap();
        let token = sign(&key, &claims()).unwrap();
        assert_eq!(verify(&key, &token), Some(claims()));
        assert_eq!(verify(&TokenKey::generate().unwrap(), &token), None);
    }

    #[test]
    fn nothing_else_is_believed() {
        let key = TokenKey::generate().unwrap();
        let token = sign(&key, &claims()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let other = serde_json::to_string(&Claims {
            subject: "system:serviceaccount:kube-system:root".to_owned(),
            ..claims()
        })
        .unwrap();
        let unsigned = format!(r#"{{"alg":"none","kid":"{}"}}"#, key.id());
        for bad in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{}.{}.{}", parts[0], encode(&other), parts[2]),
            format!("{}.{}.", encode(&unsigned), parts[1]),
            format!("{}.{}.{}", encode(&unsigned), parts[1], parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}x"),
            format!("{token}.{}", parts[2]),
            "a".repeat(LONGEST + 1),
        ] {
            assert_eq!(verify(&key, &bad), None, "{bad}");
        }
    }

    #[test]
    fn an_audience_may_be_one_text() {
        let claims: Claims = serde_json::from_str(r#"{"aud":"api","iss":"us","sub":"s"}"#).unwrap();
        assert_eq!(claims.audiences, ["api"]);
    }
}
