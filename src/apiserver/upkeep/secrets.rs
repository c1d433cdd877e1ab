//! Secrets of the type `kubernetes.io/service-account-token`: filled with a token of their account, and gone with it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{objects, place};
use crate::authn::accounts;
use crate::call::{Place, Shared};
use crate::handlers::delete::{Deletion, remove};
use crate::handlers::update::change;
use crate::object::{map_of, metadata, metadata_mut};
use crate::status::ApiError;
use crate::storage::{CollectionKey, Key, Stored};
use crate::strategy::{ACCOUNT, ACCOUNT_UID, Part, TOKEN_SECRET};

/// Fills a Secret that lacks something, if its account is there. Without the account it goes.
pub(super) async fn fill(shared: &Arc<Shared>, key: &Key) -> Result<(), ApiError> {
    let (Some(stored), Some(place)) = (shared.store.get(key), place(shared, &key.collection)) else {
        return Ok(());
    };
    let secret = stored.value()?;
    if secret.get("type") != Some(&json!(TOKEN_SECRET)) || stored.meta.deleting() {
        return Ok(());
    }
    let annotation = |name: &str| {
        metadata(&secret, "annotations")
            .and_then(|annotations| annotations.get(name))
            .and_then(Value::as_str)
    };
    let accounts = CollectionKey::new(&key.collection.cluster, "", "serviceaccounts");
    let name = annotation(ACCOUNT).unwrap_or_default();
    let account = shared
        .store
        .get(&Key::new(&accounts, &key.object.namespace, name));
    let uid = annotation(ACCOUNT_UID);
    let of_this = |account: &&Arc<Stored>| uid.is_none_or(|uid| uid.is_empty() || uid == account.meta.uid);
    let Some(account) = account.as_ref().filter(of_this) else {
        return forget(&place, &stored).await;
    };
    let credentials = shared.keys.credentials();
    // Before the server is served there is nobody who could use a token, and no authority to tell.
    let Some(authority) = credentials.authority.as_ref() else {
        return Ok(());
    };
    let wanted = [
        ("ca.crt", STANDARD.encode(authority.certificate_pem())),
        ("namespace", STANDARD.encode(key.object.namespace.as_str())),
    ];
    let has = |field: &str| secret.pointer(&format!("/data/{field}")).and_then(Value::as_str);
    let good = has("token").is_some_and(|token| is_ours(shared, token));
    let complete = wanted
        .iter()
        .all(|(field, value)| has(field) == Some(value.as_str()));
    if good && complete && uid == Some(account.meta.uid.as_str()) {
        return Ok(());
    }
    let token = accounts::for_secret(shared, account, &stored)
        .ok_or_else(|| ApiError::internal("the token cannot be signed"))?;
    change(&place, key, (Part::Main, false), |secret| {
        let mut secret = secret.clone();
        let annotations = metadata_mut(&mut secret)
            .entry("annotations")
            .or_insert_with(|| json!({}));
        map_of(annotations).insert(ACCOUNT_UID.to_owned(), json!(account.meta.uid.as_str()));
        let data = map_of(&mut secret).entry("data").or_insert_with(|| json!({}));
        let data = map_of(data);
        for (field, value) in &wanted {
            data.insert((*field).to_owned(), json!(value));
        }
        if !good {
            data.insert("token".to_owned(), json!(STANDARD.encode(&token)));
        }
        Ok(secret)
    })
    .await
    .map(|_| ())
}

/// Whether a token in a Secret was signed with the key that the server has now.
fn is_ours(shared: &Shared, encoded: &str) -> bool {
    STANDARD
        .decode(encoded)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .is_some_and(|token| shared.keys.claims(&token).is_some())
}

/// Removes the Secrets of an account that went.
pub(super) async fn remove_of(shared: &Arc<Shared>, account: &Key) -> Result<(), ApiError> {
    let secrets = CollectionKey::new(&account.collection.cluster, "", "secrets");
    for secret in objects(shared, &secrets, Some(&account.object.namespace)) {
        if super::is_of_account(&secret.bytes) {
            fill(shared, &secret.key).await?;
        }
    }
    Ok(())
}

async fn forget(place: &Place, secret: &Stored) -> Result<(), ApiError> {
    // Only this state: the annotation may be corrected meanwhile.
    let deletion = Deletion {
        revision: Some(secret.revision.to_string()),
        ..Deletion::default()
    };
    remove(place, &secret.key, &deletion).await.map(|_| ())
}
