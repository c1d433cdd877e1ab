//! Where the next page of a list starts; the form is upstream's, so that tools that look into it find what they know.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use fleetui_base::ObjectName;
use serde::{Deserialize, Serialize};

use crate::status::ApiError;

const VERSION: &str = "meta.k8s.io/v1";

/// What a token holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Token {
    v: String,
    /// The revision of the first page; -1 to go on with the newest objects, whatever they are.
    rv: i64,
    /// The last object told, as a path below the list's own, and a NUL.
    start: String,
}

impl Token {
    /// The token behind `last` of a list in `namespace`, or of all.
    pub(super) fn encode(revision: i64, last: &ObjectName, namespace: Option<&str>) -> String {
        let path = match namespace {
            Some(_) => last.name.to_string(),
            None => last.to_string(),
        };
        let token = Self {
            v: VERSION.to_owned(),
            rv: revision,
            start: format!("{path}\0"),
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_string(&token).unwrap_or_default())
    }

    /// The revision (none for the newest) and the last object told.
    pub(crate) fn decode(text: &str, namespace: Option<&str>) -> Result<(Option<u64>, ObjectName), ApiError> {
        let refuse = |why: &str| ApiError::bad_request(format!("invalid continue token: {why}"));
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .or_else(|_| URL_SAFE.decode(text))
            .map_err(|error| refuse(&error.to_string()))?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|error| refuse(&error.to_string()))?;
        if token.v != VERSION {
            return Err(refuse(&format!(
                "server does not recognize this encoded version {:?}",
                token.v
            )));
        }
        let path = token
            .start
            .strip_suffix('\0')
            .filter(|path| !path.is_empty())
            .ok_or_else(|| refuse("it does not say where to start"))?;
        let last = match (namespace, path.split_once('/')) {
            (Some(namespace), None) => ObjectName::new(namespace, path),
            (None, Some((namespace, name))) => ObjectName::new(namespace, name),
            (None, None) => ObjectName::new("", path),
            (Some(_), Some(_)) => return Err(refuse("it is of another list")),
        };
        let revision = match token.rv {
            -1 => None,
            revision => {
                let revision = u64::try_from(revision).ok().filter(|revision| *revision > 0);
                Some(revision.ok_or_else(|| refuse("it names no revision"))?)
            }
        };
        Ok((revision, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        let name = ObjectName::new("team-a", "one");
        for namespace in [None, Some("team-a")] {
            for revision in [7, -1] {
                let token = Token::encode(revision, &name, namespace);
                let expected = (u64::try_from(revision).ok(), name.clone());
                assert_eq!(Token::decode(&token, namespace).unwrap(), expected);
            }
        }
        let cluster_wide = ObjectName::new("", "node-1");
        assert_eq!(
            Token::decode(&Token::encode(7, &cluster_wide, None), None).unwrap(),
            (Some(7), cluster_wide)
        );
        let of_all = Token::encode(7, &name, None);
        let without_revision = URL_SAFE_NO_PAD.encode(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"a\u0000"}"#);
        for text in ["", "x", "e30", "!!!", &of_all, &without_revision] {
            let refused = Token::decode(text, Some("team-a")).unwrap_err();
            assert_eq!(refused.code().as_u16(), 400, "{text}");
            assert!(
                refused.to_string().starts_with("invalid continue token: "),
                "{refused}"
            );
        }
    }
}
